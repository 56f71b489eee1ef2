/* SPDX-License-Identifier: ISC */
/*
 * attempt: sends a request once.
 *
 * Finds the daemon, checks its identity, and asks through the session's channel.  Must not
 * know replies.
 */
#ifndef MSGFETCH_LIB_ATTEMPT_H
#define MSGFETCH_LIB_ATTEMPT_H

#include "client/lib/outcome.h"
#include "client/lib/session.h"
#include "common/protocol.h"

#include <stdbool.h>
#include <stdint.h>

struct attempt {
	uint64_t asked_at; /* ns: when the request was complete */
	bool quiet;        /* replies may be far apart: no limit counts the time between them */
};

/*
 * Sends the request.  request: has operation, flags, offset, stamp, paths and a serial; this
 * function sets queue, ticket, seal and ring.  On ATTEMPT_DONE, *attempt is filled.  Any other
 * result: the session holds the error.
 * attempt_close() must follow in either case.
 */
enum attempt_result attempt_open(struct msgfetch *session, struct request *request,
				 struct attempt *attempt);

/*
 * Returns how long a receive may wait, in ms: no longer than any limit of the session, and less
 * while the daemon has no room for the request.
 */
unsigned attempt_tick(const struct msgfetch *session);

/*
 * Sends the request again if the daemon had no room for it before and has not taken it
 * meanwhile.  Call only before the first reply.  Overwrites the session's buffer.
 */
enum attempt_result attempt_ask_again(struct msgfetch *session);

/* Ends the request and removes its objects. */
void attempt_close(struct msgfetch *session);

#endif
