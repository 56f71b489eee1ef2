/* SPDX-License-Identifier: ISC */
/*
 * scoreboard: the progress of each worker, in memory shared with the daemon.
 *
 * Owns the shared memory: one entry for each place in the table of workers, with the path a
 * worker serves, its counters and the outcome.  The daemon trusts an entry no more than a
 * client's message, because a worker that was taken over can write to every entry.  Must not
 * know the readers (transfer_log, status_collect).
 *
 * The daemon writes the log, not the worker: a first log line costs a new process three times
 * as much, and journald looks a sender up by its pid and finds that a worker has gone.
 */
#ifndef MSGFETCH_SERVER_STATS_SCOREBOARD_H
#define MSGFETCH_SERVER_STATS_SCOREBOARD_H

#include <limits.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define SCORE_EXPORT_MAX 256u

/* Room for a record of each path of the longest request, in an export with a short name. */
#define SCORE_AUDIT_BYTES (64u << 10)

/* Why an entry could not be sent. */
enum entry_failure {
	ENTRY_NOT_FOUND,
	ENTRY_NOT_PERMITTED,
	ENTRY_NOT_A_FILE, /* a directory, a fifo, a device */
	ENTRY_OUTSIDE,    /* a path that leaves its export, or a loop of links */
	ENTRY_CHANGED,    /* the file changed during or since the transfer */
	ENTRY_RANGE,      /* the byte range begins past the end of the file */
	ENTRY_IO,         /* the file system failed to read */
	ENTRY_BUSY,       /* a retry may succeed */
	ENTRY_OTHER,
	ENTRY_FAILURES,
};

/* The decider of a failure. */
enum failure_cause {
	CAUSE_FILE_SYSTEM, /* no such file, an error of reading, a file that changed */
	CAUSE_MODE,        /* the permissions of a file or directory */
	CAUSE_RULE,        /* the configuration: access rules, hidden names, no such export */
	CAUSE_REQUEST,     /* the request: a range past the end, a wrong ring */
	CAUSE_DAEMON,      /* the daemon lacks memory or a lookup */
	CAUSES,
};

/* How a request ended. */
enum transfer_outcome {
	TRANSFER_SENT,    /* every entry */
	TRANSFER_PARTIAL, /* some entries; the counters tell the failures */
	TRANSFER_FAILED,  /* no entry */
	TRANSFER_GONE,    /* the client has gone */
	TRANSFER_STALLED, /* the client took nothing for the stall limit */
	TRANSFER_LIMITED, /* the transfer limit passed */
	TRANSFER_BROKEN,  /* a message could not be sent */
	TRANSFER_KILLED,  /* a signal ended the worker; only the daemon reports this */
	TRANSFER_OUTCOMES,
};

/* The worker alone counts, except where noted; every process may read meanwhile. */
struct counters {
	_Atomic unsigned sharers;   /* workers that share the user's rate; set by the daemon */
	_Atomic uint64_t bytes;     /* of files, sent */
	_Atomic uint64_t delayed;   /* ns that the rate limit delayed the transfer */
	_Atomic uint64_t stalled;   /* ms: since when the client takes nothing; 0: it does */
	_Atomic uint64_t ring_room; /* bytes of a ring that may be used; set by the daemon */
	_Atomic unsigned
		ring_used;      /* not 0: the worker attached a ring, and may have filled it */
	_Atomic unsigned yield; /* not 0: a stalled worker ends now; set by the daemon */
	_Atomic uint32_t failures[ENTRY_FAILURES]; /* entries that could not be sent */
	_Atomic int error;                         /* the last failure's errno, above 0 */
	_Atomic unsigned cause;                    /* of the last failure, enum failure_cause */
	_Atomic unsigned changed; /* 1 + index of an export whose path changed; 0: none */
};

/* Starts on its own page, and touches as many further pages as path and audit need. */
struct score {
	_Alignas(4096) struct counters counters;
	_Atomic unsigned begun; /* not 0: export, path and paths are valid */
	_Atomic unsigned ended; /* not 0: outcome is valid */
	unsigned exported;      /* not 0: the path belongs to an export */
	unsigned outcome;       /* enum transfer_outcome */
	unsigned paths;         /* number of paths in the request */
	/* Owned by audit. */
	unsigned audit_wanted; /* enum audit_wanted; set by the daemon */
	unsigned audit_failures;
	_Atomic uint32_t audit_used; /* bytes of .audit */
	char export[SCORE_EXPORT_MAX];
	char path[PATH_MAX]; /* the first path, as the client sent it */
	uint8_t audit[SCORE_AUDIT_BYTES];
};

/* A private copy of an entry: every value within bounds, every string terminated. */
struct score_view {
	uint64_t bytes, delayed, failures[ENTRY_FAILURES];
	bool ended;
	bool exported;
	int error;
	enum failure_cause cause;
	unsigned changed;              /* like counters.changed, but any number */
	enum transfer_outcome outcome; /* TRANSFER_BROKEN until the worker has ended */
	unsigned paths;
	char export[SCORE_EXPORT_MAX];
	char path[PATH_MAX];
};

#define SCOREBOARD_CHUNK 128u

/* Grows by whole chunks, so that existing entries never move. */
struct scoreboard {
	struct score **chunks;
	unsigned count; /* of chunks */
};

/*
 * Provides entries for places 0 to places - 1.  Returns 0, or -ENOMEM; existing entries stay
 * valid either way.
 */
int scoreboard_grow(struct scoreboard *scoreboard, unsigned places);
void scoreboard_free(struct scoreboard *scoreboard);

/* Returns the entry at place, which must be below the number last passed to grow. */
struct score *scoreboard_at(const struct scoreboard *scoreboard, unsigned place);

/* Resets an entry.  Called in the daemon, before the fork. */
void score_clear(struct score *score);

/*
 * Records the request.  Called once in the worker, before any file is opened.  export: the
 * name of the first path's export, or NULL where no export matches.
 */
void score_begin(struct score *score, const char *export, const char *path, unsigned paths);

/* Records the outcome.  Called in the worker, after the last message. */
void score_end(struct score *score, enum transfer_outcome outcome);

/* Copies the current state of an entry.  Called in the daemon or in any worker. */
void score_read(const struct score *score, struct score_view *view);

/* Counts an entry that could not be sent.  error: an errno, above 0. */
void counters_fail(struct counters *counters, int error, enum failure_cause cause);

/* Returns the sum of all failures. */
uint64_t counters_failures(const struct counters *counters);

/* Adds without a locked instruction, because only one process writes. */
static inline void counter_add(_Atomic uint64_t *counter, uint64_t amount)
{
	uint64_t before = atomic_load_explicit(counter, memory_order_relaxed);

	atomic_store_explicit(counter, before + amount, memory_order_relaxed);
}

/* Names in the log and in the status: stable, lower case with dashes. */
const char *transfer_outcome_name(enum transfer_outcome outcome);
const char *entry_failure_name(enum entry_failure kind);
const char *failure_cause_name(enum failure_cause cause);

#endif
