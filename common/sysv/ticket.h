/* SPDX-License-Identifier: ISC */
/*
 * ticket: proves that the sender of a request may write to the queue it names.
 *
 * Owns the proof of possession.  Must not know which files are requested.
 */
#ifndef MSGFETCH_COMMON_SYSV_TICKET_H
#define MSGFETCH_COMMON_SYSV_TICKET_H

#include "common/sysv/queue.h"
#include "common/transport.h"

#include <stdbool.h>
#include <stdint.h>

/* A queue with more messages is not searched for a ticket: the search would take too long. */
#define TICKET_LOOK_MAX 4u

/* A decoded request as received. */
struct ticket_request {
	const uint8_t *text;
	size_t length;
};

/*
 * Compares the first ticket in the named queue with the request's, and takes the ticket out
 * if both are the same.  Only a process with write access can put a ticket there, so a
 * request cannot direct data into another user's queue.  Without a match the queue stays as
 * it is.  On success fills *client except for serial.  Returns 0, or
 *   -EIDRM   the queue does not exist
 *   -EACCES  the queue was not given to the daemon, has a key, or is open to others
 *   -ENOMSG  the queue holds no ticket, or more than TICKET_LOOK_MAX messages
 *   -EPERM   the queue holds a different ticket
 *   -ENOSYS  the daemon's own user created the queue, and the kernel has no MSG_COPY
 * A kernel without MSG_COPY cannot show a message without taking it.  There, a ticket that
 * does not match is taken from another user's queue and put back.
 */
int ticket_prove(int queue, const struct ticket_request *request, struct client *client);

/*
 * Takes a request that a client put into its own queue as its ticket.  info describes the
 * queue.  A queue without such a request stays as it is.  On success *request points
 * into *message.  Returns 0, or
 *   -EIDRM    the queue is gone
 *   -EACCES   the queue was not given to the daemon
 *   -ENOMSG   the queue holds no request, or more than TICKET_LOOK_MAX messages
 *   -ENOSYS   the kernel has no MSG_COPY
 *   or the reason why the request is invalid.
 */
int ticket_take_request(int queue, const struct queue_info *info, struct message *message,
			struct client *client, struct request *request);

/*
 * Identifies a classic client, which has no ticket: takes the creator of the queue as the
 * sender.  Refuses a queue that was given to the daemon, because the owner of such a queue is
 * a current client, and a queue that the daemon may not write to.  Returns 0, -EIDRM,
 * -EACCES, or -EROFS (the daemon may not write).
 */
int ticket_identify_classic(int queue, enum dialect dialect, struct client *client);

#endif
