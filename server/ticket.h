/* SPDX-License-Identifier: ISC */
/*
 * ticket: who sent a request, and may the named queue be written to?
 *
 * Owns the proof of possession.  Must not know what is asked for.
 */
#ifndef MSGFETCH_SERVER_TICKET_H
#define MSGFETCH_SERVER_TICKET_H

#include "server/job.h"

#include <stdint.h>

/*
 * Takes the ticket out of the queue that a request names, and compares it: only
 * who may write to a queue can have put it there, so a request cannot aim data
 * at someone else's.  A ticket that does not match is put back: it is another
 * request's, which must not suffer.  On success *peer is filled in but for
 * serial.  Returns 0, or
 *   -EIDRM   there is no such queue (any more)
 *   -EACCES  the queue was not given to the daemon, has a key, or is open to others
 *   -ENOMSG  no ticket in it
 *   -EPERM   another ticket
 */
int ticket_prove(int queue, const uint8_t ticket[PROTOCOL_TICKET_BYTES], struct peer *peer);

/*
 * For the classic clients, who have no tickets: the queue's creator is taken as
 * the sender.  A queue that was given to the daemon is a current client's, and
 * refused, and so is one that the daemon may not write to.  Errors as above.
 */
int ticket_identify_classic(int queue, enum dialect dialect, struct peer *peer);

#endif
