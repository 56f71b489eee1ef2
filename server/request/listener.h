/* SPDX-License-Identifier: ISC */
/*
 * listener: the request queue under the well-known key, and the lease beside it.
 *
 * Owns taking the key, from a dead daemon too, and giving it back.  Must not know
 * what the requests say.
 */
#ifndef MSGFETCH_SERVER_REQUEST_LISTENER_H
#define MSGFETCH_SERVER_REQUEST_LISTENER_H

#include "common/lease.h"
#include "common/queue.h"

#include <stdbool.h>
#include <sys/types.h>

struct inherited; /* a request that a dead daemon left unread */

struct listener {
	key_t key;
	gid_t group; /* whose members may ask; (gid_t)-1: everybody may */
	int queue;
	struct lease lease;
	struct inherited *first, *last;
};

/*
 * Takes the key: the lease first, then a queue of its own.  A stale queue of our
 * own user is removed, after what still waited in it was read: listener_receive()
 * hands that out first.  Returns 0, or
 *   -EBUSY   a living daemon holds the key
 *   -EPERM   queue or lease belong to another user, in *owner ((uid_t)-1: not known);
 *            they are not touched, not even by root
 *   -ENOSPC  a limit of the kernel; -ENOMEM
 */
int listener_open(struct listener *listener, key_t key, gid_t group, uid_t *owner);

/*
 * Makes a queue anew, where somebody removed ours while we hold the lease.  Errors
 * as above.
 */
int listener_reopen(struct listener *listener, uid_t *owner);

/*
 * The next message: one that was inherited, else one from the queue.  Returns its
 * length (above QUEUE_TEXT_MAX: it was longer than any request), or -ENOMSG (not
 * wait), -EINTR, -EIDRM (somebody removed the queue).
 */
ssize_t listener_receive(struct listener *listener, struct message *message, bool wait);

/* Removes queue and lease, in the process that opened them. */
void listener_close(struct listener *listener);

#endif
