/* SPDX-License-Identifier: ISC */
/*
 * attempt: sends a request once.
 *
 * Finds the daemon and checks its identity, creates a private queue, puts the request there
 * as its own ticket, gives the queue to the daemon and sends the request.  Each attempt has a
 * new queue: removing the old queue ends the old worker.  Must not know replies.
 */
#ifndef MSGFETCH_LIB_ATTEMPT_H
#define MSGFETCH_LIB_ATTEMPT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "client/lib/outcome.h"
#include "client/lib/session.h"
#include "common/protocol.h"

struct attempt {
	int queue;         /* private; the session removes it */
	int request_queue; /* the daemon's, when the request was sent */
	time_t changed;    /* of the request queue, as in struct queue_info */
	int lease;
	uid_t holder;      /* owner of the request queue */
	bool asked;        /* the request is in the request queue */
	uint64_t asked_at; /* when the ticket was complete */
};

/*
 * Sends the request.  request: has operation, flags, offset, stamp, paths and a serial; this
 * function sets queue, ticket and ring.  On ATTEMPT_DONE, *attempt is filled, and the
 * session's watch, if any, is armed.  Any other result: the session holds the error.
 * attempt_close() must follow in either case.
 */
enum attempt_result attempt_open(struct msgfetch *session, struct request *request,
				 struct attempt *attempt);

/*
 * Arms the session's watch, and starts the watch if there is none.  Required before a receive
 * may block.  Returns ATTEMPT_DONE, or the session holds the error.
 */
enum attempt_result attempt_watch(struct msgfetch *session, const struct attempt *attempt);

/*
 * Sends the request again if the request queue was full before and the daemon has not taken
 * the ticket.  Call only before the first reply.  Overwrites the session's buffer.
 */
enum attempt_result attempt_ask_again(struct msgfetch *session, struct attempt *attempt);

/* Removes the private queue and disarms the watch. */
void attempt_close(struct msgfetch *session);

#endif
