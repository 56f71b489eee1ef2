/* SPDX-License-Identifier: ISC */
/*
 * ticket: proves that the sender of a request may write to the queue it names.
 *
 * Owns the proof of possession.  Must not know which files are requested.
 */
#ifndef MSGFETCH_SERVER_REQUEST_TICKET_H
#define MSGFETCH_SERVER_REQUEST_TICKET_H

#include "common/queue.h"
#include "server/request/job.h"

#include <stdint.h>

/*
 * Takes the ticket from the named queue and compares it with the request's.  Only a process
 * with write access can put a ticket there, so a request cannot direct data into another
 * user's queue.  A ticket of another request is put back.  On success fills *client except
 * for serial.  Returns 0, or
 *   -EIDRM   the queue does not exist
 *   -EACCES  the queue was not given to the daemon, has a key, or is open to others
 *   -ENOMSG  the queue holds no ticket
 *   -EPERM   the queue holds a different ticket
 */
int ticket_prove(int queue, const uint8_t ticket[PROTOCOL_TICKET_BYTES], struct client *client);

/*
 * Takes a request that a client put into its own queue as its ticket.  info describes the
 * queue.  A queue created by the daemon's own user might belong to any program: such a queue
 * is only read after its first message was seen to be a request.  On success *job points
 * into *message.  Returns 0, or
 *   -EIDRM    the queue is gone
 *   -EACCES   the queue was not given to the daemon
 *   -ENOMSG   the queue holds no request
 *   or the reason why the request is invalid; then the request was removed from the queue.
 */
int ticket_take_request(int queue, const struct queue_info *info, struct message *message,
			struct job *job);

/*
 * Identifies a classic client, which has no ticket: takes the creator of the queue as the
 * sender.  Refuses a queue that was given to the daemon, because the owner of such a queue is
 * a current client, and a queue that the daemon may not write to.  Returns 0, -EIDRM or
 * -EACCES.
 */
int ticket_identify_classic(int queue, enum dialect dialect, struct client *client);

#endif
