/* SPDX-License-Identifier: ISC */
/*
 * attempt: asking once.
 *
 * Finds the daemon and checks who it is, makes a private queue with a ticket in
 * it, which is the request itself, gives the queue to the daemon and sends the request.  Each
 * attempt has a queue of its own: removing the old one ends the old worker.  Must not know
 * replies.
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
	int request_queue; /* the daemon's, at the time of asking */
	int lease;
	uid_t holder; /* of the request queue */
	bool asked;   /* the request queue had room for the request */
	uint64_t asked_at;
};

/*
 * Asks.  request: operation, flags, offset, stamp and paths as wanted, and a
 * serial; queue, ticket and ring are filled in here.  On ATTEMPT_DONE *attempt is filled
 * and the session's watch armed, if it has one; on any other the session says why.
 * Either way attempt_close() ends it.
 */
enum attempt_result attempt_open(struct msgfetch *session, struct request *request,
				 struct attempt *attempt);

/*
 * Arms the session's watch, which is started if there is none: due before the first
 * receive that may sleep.  ATTEMPT_DONE, or the session says why.
 */
enum attempt_result attempt_watch(struct msgfetch *session, const struct attempt *attempt);

/*
 * While nothing has come: sends the request again, if there was no room for it before
 * and the daemon has not found it in the private queue.  Uses the session's buffer.
 */
enum attempt_result attempt_ask_again(struct msgfetch *session, struct attempt *attempt);

/* Removes the private queue; no WAKE is sent to it any more. */
void attempt_close(struct msgfetch *session);

#endif
