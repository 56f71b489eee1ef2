/* SPDX-License-Identifier: ISC */
/*
 * listener: the request queue under the well-known key, and the lease beside it.
 *
 * Owns taking the key, also from a dead daemon, and releasing it.  Must not know the
 * contents of requests, nor remove the queue of a program that is no msgfetchd.
 */
#ifndef MSGFETCH_COMMON_SYSV_LISTENER_H
#define MSGFETCH_COMMON_SYSV_LISTENER_H

#include "common/sysv/lease.h"
#include "common/sysv/queue.h"
#include "common/transport.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct inherited; /* a request that a dead daemon did not read */

/* Identifies a request queue: the kernel reuses ids, but not within a second. */
struct listener_name {
	int queue;
	time_t changed; /* as in struct queue_info */
};

/* Remembered names: of a dead daemon's queues, of removed queues, and the current one. */
#define LISTENER_NAMES 8u

struct listener {
	key_t key;
	gid_t group; /* only members may send; (gid_t)-1: everybody may */
	int queue;
	struct lease lease;
	struct inherited *first, *last;
	struct listener_name names[LISTENER_NAMES]; /* .changed 0: unused */
	unsigned named;                             /* number of names so far */
};

/*
 * Takes the key: first the lease, then a new queue.  A queue beside a free lease was left by
 * a dead daemon: it is read and removed, and listener_receive() returns its messages first.
 * Returns 0, or
 *   -EBUSY   a living daemon holds the key
 *   -EEXIST  the queue in *holder has no lease: another program of the same user uses it
 *   -EPERM   the queue or the lease belongs to another user, in *holder; neither is touched,
 *            not even by root
 *   -ENOSPC  kernel.msgmni allows no further queue; -ENOMEM
 *   -E2BIG   kernel.sem allows no further semaphore
 */
int listener_open(struct listener *listener, key_t key, gid_t group,
		  struct door_holder *holder);

/*
 * Returns true if there is a queue under key, but no lease: the queue was not created by
 * msgfetchd.  Fills *holder then.
 */
bool listener_is_foreign(key_t key, struct door_holder *holder);

/*
 * Takes the lease again if somebody removed or reset the semaphore.  *retaken: the lease was
 * lost and is taken again.  Returns 0 if the daemon holds the lease; -EBUSY: another daemon
 * took the key meanwhile; other errors as for listener_open().
 */
int listener_keep_lease(struct listener *listener, bool *retaken);

/*
 * Creates a new queue after somebody removed the old one while the daemon holds the lease.
 * Keeps the queue if it is still there. Another queue under the key was then created by another
 * program: -EEXIST or -EPERM. Errors as for listener_open().
 */
int listener_reopen(struct listener *listener, struct door_holder *holder);

/*
 * Receives the next message: first those inherited from a dead daemon, then those in the
 * queue.  Returns the length in bytes (above MESSAGE_TEXT_MAX: longer than any request), or
 * -ENOMSG (only without wait), -EINTR, -EIDRM (somebody removed the queue).
 */
ssize_t listener_receive(struct listener *listener, struct message *message, bool wait);

/*
 * Returns true if the queue with this id and time of change is, or was, the request queue of
 * this daemon or of the dead daemon whose requests it took over.
 */
bool listener_was(const struct listener *listener, int queue, int64_t changed);

/* Removes the queue and the lease if the calling process opened them. */
void listener_close(struct listener *listener);

#endif
