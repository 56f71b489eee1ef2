/* SPDX-License-Identifier: ISC */
/*
 * progress: shows on standard error how far a run has come.
 *
 * Owns the clock, the terminal and the update interval; bar formats the line.  Write errors
 * are ignored: they never fail a fetch.
 */
#ifndef MSGFETCH_COMMAND_SHOW_PROGRESS_H
#define MSGFETCH_COMMAND_SHOW_PROGRESS_H

#include "client/command/cli/options.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum progress_style {
	PROGRESS_NONE,
	PROGRESS_UNDECIDED, /* no drawing was due yet */
	PROGRESS_LINES,     /* a line every few seconds, and at the end of each file */
	PROGRESS_LIVE,      /* one line that is redrawn */
	PROGRESS_SHARED,    /* another process draws */
};

/* Memory shared with the process that shows the progress of several. */
struct progress_part {
	_Atomic uint64_t *bytes;  /* of all paths so far */
	_Atomic size_t *paths;    /* finished, successful or not */
	const _Atomic bool *line; /* a progress line stands on the terminal */
};

struct progress {
	enum progress_style style;
	bool color;
	bool shown;     /* a live line is on the terminal */
	bool to_stdout; /* files go to standard output: do not mix them with a line */
	const char *path;
	size_t index, count;
	uint64_t done, size;       /* bytes of this path; size 0: not known */
	bool tree;                 /* show the number of files as well */
	uint64_t files;            /* complete */
	double next;               /* time of the next drawing; seconds, monotonic */
	double measured_at;        /* time of the last update of rate */
	uint64_t measured_done;    /* done at that time */
	double rate;               /* smoothed, bytes a second; 0: not known */
	struct progress_part part; /* PROGRESS_SHARED only */
	uint64_t before;           /* PROGRESS_SHARED only: bytes of earlier paths */
};

/*
 * Starts.  to_stdout: files go to standard output.  count: number of paths.  The terminal is
 * not examined before the first drawing.
 */
void progress_start(struct progress *progress, enum options_progress wish, bool to_stdout,
		    size_t count);

/* Leaves the display to another process, in place of progress_start().  part: copied. */
void progress_share(struct progress *progress, const struct progress_part *part);

/* Sets the number of finished paths. */
void progress_paths(struct progress *progress, size_t count);

/* Starts the path number index, from 1.  path is not copied. */
void progress_file(struct progress *progress, const char *path, size_t index);

/* Starts, or restarts, the bytes of the path.  size 0: not known. */
void progress_begin(struct progress *progress, uint64_t size);

/* Starts, or restarts, the path as a directory. */
void progress_begin_tree(struct progress *progress);

/* Counts a complete file of a directory. */
void progress_add_file(struct progress *progress);

/* Sets the number of bytes of the path that have arrived. */
void progress_advance(struct progress *progress, uint64_t done);

/* Shows the path as complete. */
void progress_complete(struct progress *progress);

/* Finishes the path, complete or not. */
void progress_leave(struct progress *progress);

/* Erases a live line to make room for a message. */
void progress_clear(struct progress *progress);

/* Erases a live line and stops drawing. */
void progress_stop(struct progress *progress);

#endif
