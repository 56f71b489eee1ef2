/* SPDX-License-Identifier: ISC */
/*
 * workers: the daemon's children, one for each job.
 *
 * Owns the table of workers, the fork, the reaping, and the message to a client whose worker
 * died.  Must not know how a worker serves (serve), nor the wait queue.
 */
#ifndef MSGFETCH_SERVER_WORKERS_WORKERS_H
#define MSGFETCH_SERVER_WORKERS_WORKERS_H

#include "server/request/answer.h"
#include "server/request/job.h"
#include "server/request/limited_log.h"
#include "server/request/limits.h"
#include "server/request/wait_queue.h"
#include "server/sandbox/sandbox.h"
#include "server/stats/scoreboard.h"
#include "server/stats/transfer_log.h"
#include "server/workers/ring_budget.h"

#include <stdbool.h>
#include <stdint.h>

/* Extra places for workers that answer status requests. */
#define WORKERS_REPORTING 4u

enum worker_kind {
	WORKER_TRANSFER,
	WORKER_REPORT, /* answers a status request */
	WORKER_FOLLOW, /* follows a file, for as long as the client wants */
	WORKER_KINDS,
};

struct worker {
	pid_t pid;           /* 0: no process */
	bool owed;           /* the worker died, and its client is not yet told */
	uint64_t owed_until; /* ms: time to give up telling the client */
	uint64_t began;      /* ns */
	uint64_t alone;      /* ms: time when the client was found gone; 0: present */
	uint64_t condemned;  /* ms: time when the daemon killed the worker; 0: not killed */
	bool told;           /* the client was told of the end */
	const struct failure *answer; /* the answer to the client; NULL: worker lost */
	const char *op;               /* transfer_log_op() of the request */
	struct ring_kept ring;        /* .bytes 0: the worker may use none */
	enum worker_kind kind;
	int seal; /* of the client's request */
	struct client client;
};

struct workers {
	struct limited_log *lines;
	struct transfer_log *transfer_log; /* records each end */
	const struct sandbox *sandbox;
	struct worker *table;
	struct scoreboard scoreboard; /* an entry for each place in the table */
	struct ring_budget rings;     /* of ended workers */
	unsigned size;                /* of the table */
	unsigned limit;               /* of transfers; size includes the extra places */
	unsigned used;                /* running or owed */
	unsigned running;
	unsigned kinds[WORKER_KINDS]; /* of used */
	uint64_t looked_at;           /* ms: time of the last workers_look_after() */
	bool sharing;  /* a rate limit is or was set, which a user's workers share */
	bool stopping; /* workers_end() is killing all workers */
	pid_t other;   /* the last reaped child that was not a worker, or 0 */
};

/* Opens an empty table with room for limits.  transfer_log, sandbox and lines must outlive
 * workers.  Returns 0 or a negative errno. */
int workers_open(struct workers *workers, const struct limits *limits,
		 struct transfer_log *transfer_log, const struct sandbox *sandbox,
		 struct limited_log *lines);

/* Changes the limits.  Running workers above a lower limit go on.  Returns 0 or -ENOMEM. */
int workers_limit(struct workers *workers, const struct limits *limits);

/* Returns the number of transfers, which count against the limit. */
unsigned workers_busy(const struct workers *workers);

bool workers_full(const struct workers *workers);

/* Returns the number of workers of this kind that an account has. */
unsigned workers_of(const struct workers *workers, uid_t account, enum worker_kind kind);

/* Moves the workers of the account from whose users have another account by now. */
void workers_reassign(struct workers *workers, uid_t from, wait_queue_account *account,
		      const void *context);

/*
 * Forks a worker for job, which limits apply to.  The table must have room: not workers_full();
 * for OPERATION_STATUS fewer than WORKERS_REPORTING of the kind; for a FOLLOW fewer than
 * limits->followers.  Returns 0 in the daemon; -EAGAIN
 * or -ENOMEM (fork(2)); or 1 in the worker, which is confined.  The worker serves job, fills
 * *score, its scoreboard entry, and exits with a transfer_outcome.
 */
int workers_start(struct workers *workers, const struct job *job, const struct limits *limits,
		  struct score **score);

/* Reaps every ended child.  now: ms. */
void workers_reap(struct workers *workers, uint64_t now);

/* Tries again to tell the owed clients.  now: ms. */
void workers_tell_owed(struct workers *workers, uint64_t now);

/*
 * Ends one stalled worker, so that a waiting job of client can start: of the stalled workers of
 * users with more workers than client's, the one that belongs to the user with the most.  Does
 * nothing while an earlier choice is still ending.  now: ms.
 */
void workers_yield(const struct workers *workers, const struct client *client, uint64_t now);

/* Returns true while a client is owed an answer. */
bool workers_owing(const struct workers *workers);

/* Returns true when queue is the queue of a running worker's client or of an owed client. */
bool workers_serve(const struct workers *workers, int queue);

/*
 * Kills workers that hang in a file system: a second past transfer_limit (seconds; 0: no
 * limit; none for a FOLLOW), or a second after the client has gone.  Wakes a worker that
 * follows a file once its client has gone: without its own timer, the worker learns of no other
 * end than that of a known process.  Answers the client itself when a killed
 * worker does not end.  Call every WORKERS_LOOK_MS while workers run; earlier calls do nothing.
 * now: ms.
 */
void workers_look_after(struct workers *workers, unsigned transfer_limit, uint64_t now);

#define WORKERS_LOOK_MS 1000u

/*
 * Ends all workers that follow a file, and has their clients told failure, which must be
 * static: the clients ask again and go on where they were.  now: ms.
 */
void workers_end_followers(struct workers *workers, const struct failure *failure,
			   uint64_t now);

/*
 * Kills and reaps all workers, and tells their clients.  A worker that hangs in a file system
 * may not end: the worker is left, and its client is told.
 */
void workers_end(struct workers *workers);

/* Frees the table; no worker may be running. */
void workers_close(struct workers *workers);

#endif
