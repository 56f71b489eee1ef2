/* SPDX-License-Identifier: ISC */
/*
 * reporter: what is said and counted of each path and of each file in it.
 *
 * Owns the messages, the exit code and the lines for programs.  Knows of files only what
 * it is told.
 */
#ifndef MSGFETCH_COMMAND_SHOW_REPORTER_H
#define MSGFETCH_COMMAND_SHOW_REPORTER_H

#include "client/command/base/report.h"
#include "client/command/cli/options.h"
#include "client/command/select/selection.h"
#include "client/command/show/outcomes.h"
#include "client/command/show/progress.h"

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* Starts as all zeros but for options and progress. */
struct reporter {
	const struct options *options;
	struct progress *progress;
	struct report_tally tally;
	struct outcomes outcomes;
	const char *path;      /* the path at hand, */
	const char *target;    /* and where it goes; NULL: standard output */
	uint32_t mode;         /* of the path; 0: not known */
	bool failed;           /* the path did, and that was said */
	bool skipped;          /* nothing is to come of it */
	uint64_t files, bytes; /* complete ones */
	struct timespec start; /* of the path */
	int output_error;      /* standard output took no more lines: a negative errno */
};

/* Says which form of lines the options ask for. */
void reporter_open(struct reporter *reporter, const struct options *options,
		   struct progress *progress);

/* A path is next.  The strings stay where they are until reporter_done(). */
void reporter_path(struct reporter *reporter, const char *path, const char *target);

/* It begins, or begins again: nothing came of it yet.  mode: st_mode. */
void reporter_begin(struct reporter *reporter, uint32_t mode);

/* A file is complete.  entry: its name beneath the path, or "".  digest: may be empty. */
void reporter_file(struct reporter *reporter, const char *entry, uint64_t size,
		   const struct outcome_digest *digest);

/* The path at hand, or an entry of it, failed; text: why, for people. */
void reporter_fail(struct reporter *reporter, const char *entry, int code, const char *text);

/*
 * The path at hand, or an entry, is not fetched, for it was decided so.  Who names a file
 * that is too large, and gets nothing, has to know: that is a failure.
 */
void reporter_pass_over(struct reporter *reporter, const char *entry, uint32_t mode,
			enum selection_decision decision);

/* An entry is neither file, directory nor symbolic link. */
void reporter_leave_out(struct reporter *reporter, const char *entry, uint32_t mode);

/* The path at hand, or an entry, would be fetched, and is not. */
void reporter_plan(struct reporter *reporter, const char *entry, uint32_t mode, uint64_t size);

/* Nothing more comes of the path at hand. */
void reporter_done(struct reporter *reporter);

/* Writes a line about path, or NULL, to standard error; the progress line makes way. */
void reporter_tell(struct reporter *reporter, const char *path, const char *text);

#endif
