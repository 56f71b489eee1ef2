/* SPDX-License-Identifier: ISC */
/*
 * progress: how far a run has come, on standard error.
 *
 * Owns the clock, the terminal and how often it is written to.  What a line says
 * is bar's.  Trouble with writing it is nobody's: it never ends a fetch.
 */
#ifndef MSGFETCH_COMMAND_SHOW_PROGRESS_H
#define MSGFETCH_COMMAND_SHOW_PROGRESS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the user wants. */
enum progress_wish {
	PROGRESS_SUITABLE, /* on a terminal that can do it, in a run of more than a moment */
	PROGRESS_NEVER,
	PROGRESS_ALWAYS,
};

enum progress_style {
	PROGRESS_NONE,
	PROGRESS_UNDECIDED, /* nothing was due to be shown yet */
	PROGRESS_LINES,     /* a line now and then, and one at each file's end */
	PROGRESS_LIVE,      /* one line that is drawn over */
	PROGRESS_SHARED,    /* nothing here: another process shows it */
};

/* How far one of several processes is, for the one that shows it. */
struct progress_part {
	_Atomic uint64_t bytes; /* of all paths so far */
	_Atomic size_t paths;   /* done with */
};

struct progress {
	enum progress_style style;
	bool colour;
	bool shown;     /* a live line stands on the terminal */
	bool to_stdout; /* where files go; on one terminal they and a line would mix */
	const char *path;
	size_t index, count;
	uint64_t done, size;        /* bytes of this path; size 0: not known */
	bool tree;                  /* files are counted, too */
	uint64_t files;             /* complete */
	double next;                /* no drawing before; seconds, monotonic */
	double measured_at;         /* when rate was last brought up to date */
	uint64_t measured_done;     /* done at that time */
	double rate;                /* smoothed, bytes a second; 0: not known */
	struct progress_part *part; /* of PROGRESS_SHARED */
	const _Atomic bool *line;   /* there: whether the other process shows a line */
	uint64_t before;            /* there: bytes of the paths before this one */
};

/*
 * to_stdout: files go there.  Asks nothing of the terminal before there is something to
 * show.  count: of paths.
 */
void progress_start(struct progress *progress, enum progress_wish wish, bool to_stdout,
		    size_t count);

/*
 * Has another process show how far this one is: both share part and line.  In place of
 * progress_start().
 */
void progress_share(struct progress *progress, struct progress_part *part,
		    const _Atomic bool *line);

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
