/* SPDX-License-Identifier: ISC */
/*
 * wait_queue: jobs that wait for a worker, up to a bound.
 *
 * Owns copies of them, and whose turn it is: the users who wait take turns, one job
 * each, and each user's jobs stay in the order they came.  Must not know why they
 * wait.  No system call.
 */
#ifndef MSGFETCH_SERVER_REQUEST_WAIT_QUEUE_H
#define MSGFETCH_SERVER_REQUEST_WAIT_QUEUE_H

#include "server/request/job.h"

#include <stdbool.h>
#include <stddef.h>

struct waiting;         /* one job */
struct wait_queue_user; /* one user's jobs */

struct wait_queue {
	struct wait_queue_user *first, *last; /* in the order of their turns */
	size_t length;                        /* jobs of all users */
};

/* Says whether it can be uid's turn now. */
typedef bool wait_queue_may(const void *context, uid_t uid);

/*
 * Copies job, with its paths, to the end of its user's jobs.  Returns 0, -ENOSPC (limit
 * jobs wait, or user_limit of this user), -ENOMEM.
 */
int wait_queue_push(struct wait_queue *line, const struct job *job, size_t limit,
		    size_t user_limit);

/* How many of uid's jobs wait. */
size_t wait_queue_waiting(const struct wait_queue *line, uid_t uid);

/*
 * The job whose turn it is, or NULL: of the first user in turn for whom may(context,
 * uid) is true (may NULL: of the first), the one that waited longest.  Users who are
 * passed over keep their turn.  Owned by the line, until it is given to wait_queue_pop().
 */
const struct job *wait_queue_next(const struct wait_queue *line, wait_queue_may *may,
				  const void *context);

/* Forgets job, which wait_queue_next() gave; its user's next turn comes after all others'. */
void wait_queue_pop(struct wait_queue *line, const struct job *job);

/* Whether a job waits whose answer goes to queue. */
bool wait_queue_holds(const struct wait_queue *line, int queue);

void wait_queue_free(struct wait_queue *line);

#endif
