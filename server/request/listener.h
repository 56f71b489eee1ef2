/* SPDX-License-Identifier: ISC */
/*
 * listener: the request queue under the well-known key, and the lease beside it.
 *
 * Owns taking the key, also from a dead daemon, and releasing it.  Must not know the
 * contents of requests.
 */
#ifndef MSGFETCH_SERVER_REQUEST_LISTENER_H
#define MSGFETCH_SERVER_REQUEST_LISTENER_H

#include "common/lease.h"
#include "common/queue.h"

#include <stdbool.h>
#include <sys/types.h>

struct inherited; /* a request that a dead daemon did not read */

struct listener {
	key_t key;
	gid_t group; /* only members may send; (gid_t)-1: everybody may */
	int queue;
	struct lease lease;
	struct inherited *first, *last;
};

/*
 * Takes the key: first the lease, then a new queue.  A stale queue of the daemon's own user
 * is read and removed; listener_receive() returns its messages first.  Returns 0, or
 *   -EBUSY   a living daemon holds the key
 *   -EPERM   the queue or the lease belongs to another user, whose uid is in *owner
 *            ((uid_t)-1: unknown); neither is touched, not even by root
 *   -ENOSPC  the kernel's limit on queues or semaphores is reached; -ENOMEM
 */
int listener_open(struct listener *listener, key_t key, gid_t group, uid_t *owner);

/*
 * Creates a new queue after somebody removed the old one while the daemon holds the lease.
 * Errors as for listener_open().
 */
int listener_reopen(struct listener *listener, uid_t *owner);

/*
 * Receives the next message: first those inherited from a dead daemon, then those in the
 * queue.  Returns the length in bytes (above QUEUE_TEXT_MAX: longer than any request), or
 * -ENOMSG (only without wait), -EINTR, -EIDRM (somebody removed the queue).
 */
ssize_t listener_receive(struct listener *listener, struct message *message, bool wait);

/* Removes the queue and the lease if the calling process opened them. */
void listener_close(struct listener *listener);

#endif
