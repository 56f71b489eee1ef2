/* SPDX-License-Identifier: ISC */
/*
 * optionset: the values of all options.
 *
 * Owns the types.  Must not know how values are parsed.
 */
#ifndef MSGFETCH_COMMAND_CLI_OPTIONSET_H
#define MSGFETCH_COMMAND_CLI_OPTIONSET_H

#include "client/command/cli/patterns.h"
#include "client/lib/msgfetch.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum options_action {
	OPTIONS_FETCH,
	OPTIONS_LIST,
	OPTIONS_STAT,
	OPTIONS_PING,
	OPTIONS_DOCTOR,
	OPTIONS_STATUS,
	OPTIONS_TOP,
	OPTIONS_HELP,
	OPTIONS_VERSION,
};

/* Numbers of the options without a letter.  The other options use their letter. */
enum {
	LONG_CREATE_DIRS = UCHAR_MAX + 1,
	LONG_DIGEST,
	LONG_DOCTOR,
	LONG_EXCLUDE,
	LONG_EXCLUDE_FROM,
	LONG_EXISTING,
	LONG_FAIL_EARLY,
	LONG_HUMAN,
	LONG_INCLUDE,
	LONG_INCLUDE_FROM,
	LONG_INPLACE,
	LONG_JSON,
	LONG_LINES,
	LONG_LONG,
	LONG_MAX_SIZE,
	LONG_MIN_SIZE,
	LONG_MODIFY_WINDOW,
	LONG_NO_GLOB,
	LONG_PRINT_DIGEST,
	LONG_PROGRESS,
	LONG_RANGE,
	LONG_RETRY,
	LONG_RING,
	LONG_SERVER_USER,
	LONG_SKIP_EXISTING,
	LONG_SORT,
	LONG_STALL_TIMEOUT,
	LONG_STATUS,
	LONG_STRICT,
	LONG_TOP,
	LONG_TRANSPORT,
	LONG_END, /* one past the last */
};

/* Values of --status. */
enum options_format {
	OPTIONS_TEXT,
	OPTIONS_JSON,
	OPTIONS_PROMETHEUS,
};

/* Values of --progress. */
enum options_progress {
	OPTIONS_PROGRESS_AUTO, /* on a suitable terminal, in runs longer than a moment */
	OPTIONS_PROGRESS_NEVER,
	OPTIONS_PROGRESS_ALWAYS,
};

/* Values of --sort. */
enum options_sort {
	OPTIONS_BY_NAME,
	OPTIONS_BY_SIZE, /* the largest first */
	OPTIONS_BY_TIME, /* the newest first */
};

/* Upper bound of --jobs. */
enum { OPTIONS_MOST_JOBS = 64 };

/* The byte range of --range. */
struct options_range {
	bool wanted;
	bool tail;       /* the last length bytes of the file */
	uint64_t offset; /* the first byte */
	uint64_t length; /* bytes; 0: to the end of the file */
};

/* Strings belong to argv unless marked as owned. */
struct options {
	enum options_action action;
	struct msgfetch_options session;
	const char *output;    /* the one file to write; NULL: standard output */
	const char *directory; /* the directory for remote names; NULL: none */
	bool recursive;
	bool fail_early; /* stop after the first failure */
	bool preserve;
	bool create_dirs; /* make the missing directories of the target */
	bool in_place;    /* write existing files instead of replacing them */
	bool skip_existing;
	bool existing; /* fetch only files that exist locally */
	bool human;    /* print sizes with a unit */
	enum options_sort sort;
	uint64_t min_size;     /* bytes */
	int64_t modify_window; /* ns: times so far apart are equal */
	bool update;           /* fetch only files newer than the local ones */
	bool continued;        /* resume partial files of earlier runs */
	bool dry_run;
	bool follow;       /* go on with what is appended */
	uint64_t lines;    /* with follow: start with so many lines, if LONG_LINES is given */
	uint64_t max_size; /* bytes; UINT64_MAX: no limit */
	struct patterns patterns; /* owned: --exclude and --include */
	struct options_range range;
	enum msgfetch_digest digest;
	bool print_digest;
	bool strict; /* refuse a file that grows during the transfer */
	bool list_long;
	bool json;
	unsigned jobs; /* 1 to OPTIONS_MOST_JOBS */
	enum options_format format;
	enum options_progress progress;
	bool quiet;
	bool verbose;
	const char *files_from; /* a file that lists paths, "-": standard input; or NULL */
	bool null;              /* NUL instead of newline after paths of lists */
	char **paths;           /* argv's, or owned if list is set */
	size_t path_count;
	size_t argument_count; /* of the paths: those of the command line, which come first */
	bool no_glob;          /* take wildcards in these literally */
	const char *
		*earlier; /* owned: for each path NULL, or one before with its name; or NULL */
	char *list;       /* owned: the text of files_from; NULL: paths are argv's */
	bool given[LONG_END]; /* the options on the command line */
};

#endif
