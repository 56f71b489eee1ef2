/* SPDX-License-Identifier: ISC */
/*
 * options: the command line, from argv to what is asked for.
 *
 * Owns the table of options.  What a value has to look like is optionvalues', what goes
 * with what is option_rules', what people are told is help's.  Prints nothing.
 */
#ifndef MSGFETCH_COMMAND_CLI_OPTIONS_H
#define MSGFETCH_COMMAND_CLI_OPTIONS_H

#include "client/command/cli/patterns.h"
#include "client/command/show/progress.h"
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

/* Options without a letter; the others go by theirs. */
enum {
	LONG_DIGEST = UCHAR_MAX + 1,
	LONG_DOCTOR,
	LONG_EXCLUDE,
	LONG_INCLUDE,
	LONG_JSON,
	LONG_LONG,
	LONG_MAX_SIZE,
	LONG_PRINT_DIGEST,
	LONG_PROGRESS,
	LONG_RANGE,
	LONG_RETRY,
	LONG_RING,
	LONG_SERVER_USER,
	LONG_SKIP_EXISTING,
	LONG_STALL_TIMEOUT,
	LONG_STATUS,
	LONG_TOP,
	LONG_TRANSPORT,
	LONG_END, /* one past the last */
};

/* Of --status. */
enum options_format {
	OPTIONS_TEXT,
	OPTIONS_JSON,
	OPTIONS_PROMETHEUS,
};

/* Of --jobs. */
enum { OPTIONS_MOST_JOBS = 64 };

/* Which bytes of a file. */
struct options_range {
	bool wanted;
	bool tail;       /* the last length bytes */
	uint64_t offset; /* from this one on */
	uint64_t length; /* so many; 0: to the end */
};

/* Strings belong to argv, unless it is said here that they are owned. */
struct options {
	enum options_action action;
	struct msgfetch_options session;
	const char *output;    /* the one file to write; NULL: standard output */
	const char *directory; /* keep remote names there; NULL: do not */
	bool recursive;
	bool preserve;
	bool skip_existing;
	bool update;    /* only what is newer than what is there */
	bool continued; /* with what came of each file before */
	bool dry_run;
	uint64_t max_size;        /* bytes; UINT64_MAX: no limit */
	struct patterns patterns; /* owned: what of a tree is wanted */
	struct options_range range;
	enum msgfetch_digest digest;
	bool print_digest;
	bool list_long;
	bool json;
	unsigned jobs; /* 1 or more */
	enum options_format format;
	enum progress_wish progress;
	bool quiet;
	bool verbose;
	const char *files_from; /* a file with paths, "-": standard input; or NULL */
	bool null;              /* these end in NUL, not in a newline */
	char **paths;           /* those of argv, or owned */
	size_t path_count;
	char *list;           /* owned: what paths points into; NULL: argv */
	bool given[LONG_END]; /* which options were there */
};

/*
 * Reads argv, which it may reorder, and the file that --files-from names.  key: the value
 * of MSGFETCH_KEY, or NULL.  Returns 0; -EINVAL and *error, a line for people to be freed
 * by the caller; or -ENOMEM.  options_free() is due in any case.  With 0 the options go
 * together as option_rules_check() says.
 */
int options_parse(struct options *options, int argc, char *argv[], const char *key,
		  char **error);

/* The long name of an option, by its letter or number; NULL: there is none. */
const char *options_name(int option);

/* Whether an option has a meaning with an action. */
bool options_apply(int option, enum options_action action);

void options_free(struct options *options);

#endif
