/* SPDX-License-Identifier: ISC */
/*
 * progress: how far a run has come, on standard error.
 *
 * Owns the clock, the terminal and how often it is written to.  What a line says
 * is bar's.  Trouble with writing it is nobody's: it never ends a fetch.
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
	PROGRESS_UNDECIDED, /* nothing was due to be shown yet */
	PROGRESS_LINES,     /* a line now and then, and one at each file's end */
	PROGRESS_LIVE,      /* one line that is drawn over */
	PROGRESS_SHARED,    /* nothing here: another process shows it */
};

/* Memory shared with the process that shows the progress of several. */
struct progress_part {
	_Atomic uint64_t *bytes;  /* of all paths so far */
	_Atomic size_t *paths;    /* finished, successful or not */
	const _Atomic bool *line; /* a progress line stands on the terminal */
};

struct progress {
	enum progress_style style;
	bool colour;
	bool shown;     /* a live line stands on the terminal */
	bool to_stdout; /* where files go; on one terminal they and a line would mix */
	const char *path;
	size_t index, count;
	uint64_t done, size;       /* bytes of this path; size 0: not known */
	bool tree;                 /* files are counted, too */
	uint64_t files;            /* complete */
	double next;               /* no drawing before; seconds, monotonic */
	double measured_at;        /* when rate was last brought up to date */
	uint64_t measured_done;    /* done at that time */
	double rate;               /* smoothed, bytes a second; 0: not known */
	struct progress_part part; /* of PROGRESS_SHARED */
	uint64_t before;           /* of PROGRESS_SHARED: bytes of the paths before this one */
};

/*
 * to_stdout: files go there.  Asks nothing of the terminal before there is something to
 * show.  count: of paths.
 */
void progress_start(struct progress *progress, enum options_progress wish, bool to_stdout,
		    size_t count);

/* Leaves the display to another process, in place of progress_start().  part: copied. */
void progress_share(struct progress *progress, const struct progress_part *part);

/* So many paths are done with, wherever. */
void progress_paths(struct progress *progress, size_t count);

/* The index-th path, from 1, is next; it has to stay where it is. */
void progress_file(struct progress *progress, const char *path, size_t index);

/* Its bytes begin, or begin again.  size: 0 where it is not known. */
void progress_begin(struct progress *progress, uint64_t size);

/* It turns out to be a directory with all that is in it. */
void progress_begin_tree(struct progress *progress);

/* Of a tree: another file is there. */
void progress_add_file(struct progress *progress);

/* done bytes of the path are there. */
void progress_advance(struct progress *progress, uint64_t done);

/* All of it is there. */
void progress_complete(struct progress *progress);

/* Nothing more comes of the path, be it there or not. */
void progress_leave(struct progress *progress);

/* Makes room for a message: takes a live line away until the next drawing. */
void progress_clear(struct progress *progress);

/* Clears: nothing more is shown. */
void progress_stop(struct progress *progress);

#endif
