/* SPDX-License-Identifier: ISC */
/*
 * reporter: reports and counts the result of each path and of each file in it.
 *
 * Owns the messages, the exit code and the lines for programs.  Must not access files.
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

struct reporter {
	const struct options *options;
	struct progress *progress;
	struct report_result result;
	struct report_result path_result; /* of the path and the entries beneath it */
	struct outcomes outcomes;
	const char *path;      /* the current path */
	const char *target;    /* its local name; NULL: standard output */
	uint32_t mode;         /* of the path; 0: not known */
	bool failed;           /* the path failed, which was reported */
	bool skipped;          /* the path is not fetched */
	uint64_t files, bytes; /* complete ones of the path */
	struct timespec start; /* of the path */
	int output_error;      /* negative errno of writing lines to standard output, or 0 */
};

/* Initializes reporter.  Both pointers must stay valid. */
void reporter_open(struct reporter *reporter, const struct options *options,
		   struct progress *progress);

/* Starts the next path.  The strings must stay valid until reporter_done(). */
void reporter_path(struct reporter *reporter, const char *path, const char *target);

/* Begins, or restarts, the transfer of the path.  mode: its st_mode. */
void reporter_begin(struct reporter *reporter, uint32_t mode);

/*
 * Records a complete file.  entry: its name beneath the path, or "".  digest may be empty.
 * grew: the file grew during the transfer.
 */
void reporter_file(struct reporter *reporter, const char *entry, uint64_t size,
		   const struct outcome_digest *digest, bool grew);

/* Reports with --verbose how the path or an entry was written.  remark: NULL reports nothing.
 */
void reporter_remark(struct reporter *reporter, const char *entry, const char *remark);

/* Reports that the path, or an entry beneath it, failed.  text: the reason, for people. */
void reporter_fail(struct reporter *reporter, const char *entry, int code, const char *text);

/*
 * Reports that the options exclude the path or an entry.  A path named on the command line
 * that exceeds --max-size counts as a failure.
 */
void reporter_pass_over(struct reporter *reporter, const char *entry, uint32_t mode,
			enum selection_decision decision);

/* Reports an entry that is neither file, directory nor symbolic link. */
void reporter_leave_out(struct reporter *reporter, const char *entry, uint32_t mode);

/* Reports that the path or an entry would be fetched without --dry-run. */
void reporter_plan(struct reporter *reporter, const char *entry, uint32_t mode, uint64_t size);

/* Finishes the path. */
void reporter_done(struct reporter *reporter);

/* Writes a message about path, or NULL, to standard error in place of the progress line. */
void reporter_tell(struct reporter *reporter, const char *path, const char *text);

#endif
