/* SPDX-License-Identifier: ISC */
/*
 * workers: the daemon's children, one a job.
 *
 * Owns the table, the fork and the reaping, and tells a client whose worker died.
 * Must not know what a worker does, nor what waits for one.
 */
#ifndef MSGFETCH_SERVER_WORKERS_WORKERS_H
#define MSGFETCH_SERVER_WORKERS_WORKERS_H

#include "common/log.h"
#include "server/request/answer.h"
#include "server/request/job.h"
#include "server/sandbox/sandbox.h"
#include "server/stats/scoreboard.h"
#include "server/stats/transfer_log.h"
#include "server/transfer/serve.h"

#include <stdbool.h>
#include <stdint.h>

/* Places for workers that say how the daemon is doing, besides those of transfers. */
#define WORKERS_REPORTING 4u

struct worker {
	pid_t pid;           /* 0: no process */
	bool owed;           /* it died, and its client could not be told yet */
	uint64_t owed_until; /* ms: then the client is given up */
	uint64_t began;      /* ns */
	uint64_t alone;      /* ms: since when its client's queue is gone; 0: it is there */
	uint64_t condemned;  /* ms: when it was killed, as it did not end by itself; 0: it was
				not */
	bool told;           /* its client knows already */
	const struct failure *verdict; /* what its client is told; NULL: that it was lost */
	bool reporting;                /* it says how the daemon is doing, and is no transfer */
	struct client client;
};

struct workers {
	const struct log *log;
	struct transfer_log *transfer_log; /* told of each end */
	const struct sandbox *sandbox;
	struct worker *table;
	struct scoreboard scoreboard; /* one for each place in the table */
	unsigned size;                /* of the table */
	unsigned limit; /* how many transfers there may be: size has places for others, too */
	unsigned used;  /* running or owed */
	unsigned running;
	unsigned reporting; /* how many of used say how the daemon is doing */
	bool sharing;       /* there is or was a rate, which a user's workers share */
	bool stopping;      /* what ends from now on was ended by us */
	pid_t other;        /* the last child that was reaped and is no worker, or 0 */
};

/* An empty table.  transfer_log, sandbox and log must outlive it.  Returns 0 or -ENOMEM. */
int workers_open(struct workers *workers, unsigned limit, struct transfer_log *transfer_log,
		 const struct sandbox *sandbox, const struct log *log);

/* Changes the limit; workers above a lower one run on.  Returns 0 or -ENOMEM. */
int workers_limit(struct workers *workers, unsigned limit);

/* How many of the limit's places are in use: those of transfers. */
unsigned workers_busy(const struct workers *workers);

bool workers_full(const struct workers *workers);

/* How many of them uid has in use. */
unsigned workers_of(const struct workers *workers, uid_t uid);

/*
 * Forks a worker for job on these terms, to which its scoreboard entry is added; there must be
 * room, or for OPERATION_STATUS fewer than WORKERS_REPORTING that are reporting. Returns 0, or
 * what fork(2) says: -EAGAIN, -ENOMEM.
 */
int workers_start(struct workers *workers, const struct job *job, const struct terms *terms);

/* Reaps every child that has ended.  now: ms. */
void workers_reap(struct workers *workers, uint64_t now);

/* Tries again to tell the clients that could not be told. */
void workers_tell_owed(struct workers *workers, uint64_t now);

bool workers_owing(const struct workers *workers);

/* Whether queue is a running worker's client's, or one that is still to be told something. */
bool workers_serve(const struct workers *workers, int queue);

/*
 * Ends workers that cannot see to it themselves, as they wait for a file system: those that
 * are a second past transfer_limit (seconds; 0: none), or whose client has been gone for so
 * long.  A client whose worker cannot be ended is told without it.  To be called once in
 * WORKERS_LOOK_MS while there are workers.  now: ms.
 */
void workers_look_after(struct workers *workers, unsigned transfer_limit, uint64_t now);

#define WORKERS_LOOK_MS 1000u

/*
 * Ends all workers at once, reaps them and tells their clients.  One that waits for a file
 * system that does not answer may not end: it is left, and its client told.
 */
void workers_end(struct workers *workers);

/* Frees the table; no worker may be running. */
void workers_close(struct workers *workers);

#endif
