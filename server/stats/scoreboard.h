/* SPDX-License-Identifier: ISC */
/*
 * scoreboard entry: what each worker says of its work, in memory that it shares with the
 * daemon.
 *
 * Owns that memory: one scoreboard entry for each place in the table of workers.  What is
 * written there is believed no more than what a client says: whoever takes over a worker can
 * write to all scoreboard.  Must not know what is made of it (account, status).
 *
 * In a new process it would cost three times as much to write a line to the log; and
 * journald looks a sender up by its pid, and would find that a worker is gone already.
 */
#ifndef MSGFETCH_SERVER_STATS_SCOREBOARD_H
#define MSGFETCH_SERVER_STATS_SCOREBOARD_H

#include "server/stats/counters.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#define SCORE_EXPORT_MAX 256u

enum transfer_outcome {
	TRANSFER_SENT,    /* all of it */
	TRANSFER_PARTIAL, /* some of it: the counters says what not */
	TRANSFER_FAILED,  /* nothing of it */
	TRANSFER_GONE,    /* the client is gone */
	TRANSFER_STALLED, /* the client took nothing for too long */
	TRANSFER_LIMITED, /* took too long as a whole */
	TRANSFER_BROKEN,  /* a message could not be sent */
	TRANSFER_KILLED,  /* the worker died: the daemon's word */
	TRANSFER_OUTCOMES,
};

/* The beginning of a page each, and as much more as a path takes. */
struct score {
	_Alignas(4096) struct counters counters;
	_Atomic unsigned begun; /* not 0: export, path and paths are there */
	_Atomic unsigned ended; /* not 0: outcome, too */
	unsigned exported;      /* not 0: the path is of an export */
	unsigned outcome;       /* enum transfer_outcome */
	unsigned paths;         /* how many were asked for */
	char export[SCORE_EXPORT_MAX];
	char path[PATH_MAX]; /* the first one, as the client put it */
};

/* A copy that nobody else writes to: bounded, and its strings end. */
struct score_view {
	uint64_t bytes, delayed, failures[ENTRY_FAILURES];
	bool ended;
	bool exported;
	int error;
	enum transfer_outcome outcome; /* TRANSFER_BROKEN until it has ended */
	unsigned paths;
	char export[SCORE_EXPORT_MAX];
	char path[PATH_MAX];
};

#define SCOREBOARD_CHUNK 128u

/* As more workers are allowed, chunks are added; those that are there stay where they are. */
struct scoreboard {
	struct score **chunks;
	unsigned count; /* of chunks */
};

/* Sees to scoreboard for places 0 to places - 1.  Returns 0 or -ENOMEM: those before stay. */
int scoreboard_grow(struct scoreboard *scoreboard, unsigned places);
void scoreboard_free(struct scoreboard *scoreboard);

/* The scoreboard entry of a place below what was last asked for. */
struct score *scoreboard_at(const struct scoreboard *scoreboard, unsigned place);

/* In the daemon, before the fork: nothing is written here yet. */
void score_clear(struct score *score);

/* In the worker, as soon as it is known what is asked for.  export: NULL: none has that name.
 */
void score_begin(struct score *score, const char *export, const char *path, unsigned paths);

/* In the worker, last of all. */
void score_end(struct score *score, enum transfer_outcome outcome);

/* In the daemon, or in any worker: what is there now, whatever it is. */
void score_read(const struct score *score, struct score_view *view);

/* Its name in log and status: stable, lower case with dashes. */
const char *transfer_outcome_name(enum transfer_outcome outcome);

#endif
