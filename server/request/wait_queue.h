/* SPDX-License-Identifier: ISC */
/*
 * wait_queue: jobs that wait for a worker, up to a limit.
 *
 * Owns copies of the jobs and their order: waiting users (accounts) take turns, one job each,
 * and each user's jobs stay in the order of arrival.  Must not know why a job waits.  Pure.
 */
#ifndef MSGFETCH_SERVER_REQUEST_WAIT_QUEUE_H
#define MSGFETCH_SERVER_REQUEST_WAIT_QUEUE_H

#include "server/request/job.h"

#include <stdbool.h>
#include <stddef.h>

struct waiting;         /* one job */
struct wait_queue_user; /* one user's jobs */

struct wait_queue {
	struct wait_queue_user *first, *last; /* in the order of turns */
	size_t length;                        /* jobs of all users */
};

/* Returns true if a job of the account uid may start now. */
typedef bool wait_queue_may(const void *context, uid_t uid);

/*
 * Copies job and its paths to the end of its user's jobs.  Returns 0; -ENOSPC: limit jobs
 * are waiting, or user_limit jobs of this user; -ENOMEM.
 */
int wait_queue_push(struct wait_queue *jobs, const struct job *job, size_t limit,
		    size_t user_limit);

/* Returns the number of uid's waiting jobs. */
size_t wait_queue_waiting(const struct wait_queue *jobs, uid_t uid);

/*
 * Returns the next job, or NULL: the oldest job of the first user for whom may(context,
 * uid) is true (may NULL: of the first user).  Skipped users keep their turn.  The wait queue
 * owns the job until wait_queue_pop().
 */
const struct job *wait_queue_next(const struct wait_queue *jobs, wait_queue_may *may,
				  const void *context);

/* Frees job, which wait_queue_next() returned, and puts its user after all others. */
void wait_queue_pop(struct wait_queue *jobs, const struct job *job);

/* Returns the account of uid. */
typedef uid_t wait_queue_account(const void *context, uid_t uid);

/* Moves the jobs of the account from whose users have another account by now. */
void wait_queue_reassign(struct wait_queue *jobs, uid_t from, wait_queue_account *account,
			 const void *context);

/* Returns true if a job waits whose replies go to queue. */
bool wait_queue_holds(const struct wait_queue *jobs, int queue);

/* Frees all waiting jobs. */
void wait_queue_free(struct wait_queue *jobs);

#endif
