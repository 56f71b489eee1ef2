/* SPDX-License-Identifier: ISC */
/*
 * slate: what each worker says of its work, in memory that it shares with the daemon.
 *
 * Owns that memory: one slate for each place in the table of workers.  What is written
 * there is believed no more than what a peer says: whoever takes over a worker can write
 * to all slates.  Must not know what is made of it (account, status).
 *
 * In a new process it would cost three times as much to write a line to the log; and
 * journald looks a sender up by its pid, and would find that a worker is gone already.
 */
#ifndef MSGFETCH_SERVER_STATS_SLATE_H
#define MSGFETCH_SERVER_STATS_SLATE_H

#include "server/stats/tally.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#define SLATE_EXPORT_MAX 256u

enum slate_outcome {
	SLATE_SENT,    /* all of it */
	SLATE_PARTIAL, /* some of it: the tally says what not */
	SLATE_FAILED,  /* nothing of it */
	SLATE_GONE,    /* the client is gone */
	SLATE_STALLED, /* the client took nothing for too long */
	SLATE_LIMITED, /* took too long as a whole */
	SLATE_BROKEN,  /* a message could not be sent */
	SLATE_KILLED,  /* the worker died: the daemon's word */
	SLATE_OUTCOMES,
};

/* The beginning of a page each, and as much more as a path takes. */
struct slate {
	_Alignas(4096) struct tally tally;
	_Atomic unsigned begun; /* not 0: export, path and paths are there */
	_Atomic unsigned ended; /* not 0: outcome, too */
	unsigned exported;      /* not 0: the path is of an export */
	unsigned outcome;       /* enum slate_outcome */
	unsigned paths;         /* how many were asked for */
	char export[SLATE_EXPORT_MAX];
	char path[PATH_MAX]; /* the first one, as the client put it */
};

/* A copy that nobody else writes to: bounded, and its strings end. */
struct slate_view {
	uint64_t bytes, delayed, failures[TALLY_FAILURES];
	bool ended;
	bool exported;
	int error;
	enum slate_outcome outcome; /* SLATE_BROKEN until it has ended */
	unsigned paths;
	char export[SLATE_EXPORT_MAX];
	char path[PATH_MAX];
};

#define SLATE_CHUNK 128u

/* As more workers are allowed, chunks are added; those that are there stay where they are. */
struct slates {
	struct slate **chunks;
	unsigned count; /* of chunks */
};

/* Sees to slates for places 0 to places - 1.  Returns 0 or -ENOMEM: those before stay. */
int slates_grow(struct slates *slates, unsigned places);
void slates_free(struct slates *slates);

/* The slate of a place below what was last asked for. */
struct slate *slates_at(const struct slates *slates, unsigned place);

/* In the daemon, before the fork: nothing is written here yet. */
void slate_clear(struct slate *slate);

/* In the worker, as soon as it is known what is asked for.  export: NULL: none has that name.
 */
void slate_begin(struct slate *slate, const char *export, const char *path, unsigned paths);

/* In the worker, last of all. */
void slate_end(struct slate *slate, enum slate_outcome outcome);

/* In the daemon, or in any worker: what is there now, whatever it is. */
void slate_read(const struct slate *slate, struct slate_view *view);

/* Its name in log and status: stable, lower case with dashes. */
const char *slate_outcome_name(enum slate_outcome outcome);

#endif
