/* SPDX-License-Identifier: ISC */
/*
 * ticket: who sent a request, and may the named queue be written to?
 *
 * Owns the proof of possession.  Must not know what is asked for.
 */
#ifndef MSGFETCH_SERVER_REQUEST_TICKET_H
#define MSGFETCH_SERVER_REQUEST_TICKET_H

#include "common/queue.h"
#include "server/request/job.h"

#include <stdint.h>

/*
 * Takes the ticket out of the queue that a request names, and compares it: only
 * who may write to a queue can have put it there, so a request cannot aim data
 * at someone else's.  A ticket that does not match is put back: it is another
 * request's, which must not suffer.  On success *client is filled in but for
 * serial.  Returns 0, or
 *   -EIDRM   there is no such queue (any more)
 *   -EACCES  the queue was not given to the daemon, has a key, or is open to others
 *   -ENOMSG  no ticket in it
 *   -EPERM   another ticket
 */
int ticket_prove(int queue, const uint8_t ticket[PROTOCOL_TICKET_BYTES], struct client *client);

/*
 * Takes a request out of the queue that it is to be answered into, where its client put
 * it as its ticket: a queue that was given to the daemon, as info says.  One of the
 * daemon's own user, which might be any program's, is looked at before it is touched.
 * On success *job points into *message.  Returns 0, or
 *   -EIDRM    the queue is gone
 *   -EACCES   it was not given to the daemon
 *   -ENOMSG   no request in it
 *   or why the request cannot be taken; then it was dropped.
 */
int ticket_take_request(int queue, const struct queue_info *info, struct message *message,
			struct job *job);

/*
 * For the classic clients, who have no tickets: the queue's creator is taken as
 * the sender.  A queue that was given to the daemon is a current client's, and
 * refused, and so is one that the daemon may not write to.  Errors as above.
 */
int ticket_identify_classic(int queue, enum dialect dialect, struct client *client);

#endif
