/* SPDX-License-Identifier: ISC */
/*
 * progress: how far a run has come, on standard error.
 *
 * Owns the clock, the terminal and how often it is written to.  What a line says
 * is bar's.  Trouble with writing it is nobody's: it never ends a fetch.
 */
#ifndef MSGFETCH_CLIENT_PROGRESS_H
#define MSGFETCH_CLIENT_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum progress_style {
	PROGRESS_NONE,
	PROGRESS_LINES, /* a line now and then, and one at each file's end */
	PROGRESS_LIVE,  /* one line that is drawn over */
};

struct progress {
	enum progress_style style;
	bool colour;
	bool shown; /* a live line stands on the terminal */
	char *name; /* owned */
	size_t index, count;
	uint64_t done, size;    /* bytes of this file */
	double next;            /* no drawing before; seconds, monotonic */
	double measured_at;     /* when rate was last brought up to date */
	uint64_t measured_done; /* done at that time */
	double rate;            /* smoothed, bytes a second; 0: not known */
};

/*
 * What suits standard error.  terminal: whether it is one; type: $TERM or NULL.
 * forced: --progress=always; without it nothing is shown but on a capable terminal.
 */
enum progress_style progress_choose(bool forced, bool terminal, const char *type);

/* hasty: shows at once; otherwise only a run of more than a moment is shown. */
void progress_start(struct progress *progress, enum progress_style style, bool hasty,
		    size_t count);

/* The index-th path, from 1, is next. */
void progress_file(struct progress *progress, const char *path, size_t index);

/* Its bytes begin, or begin again.  size: 0 where it is not known. */
void progress_begin(struct progress *progress, uint64_t size);

/* done bytes of it are there. */
void progress_advance(struct progress *progress, uint64_t done);

/* All of it is there. */
void progress_complete(struct progress *progress);

/* Makes room for a message: takes a live line away until the next drawing. */
void progress_clear(struct progress *progress);

/* Clears, and frees what the struct owns. */
void progress_stop(struct progress *progress);

#endif
