/* SPDX-License-Identifier: ISC */
/*
 * receive: one attempt's replies, from the request to the last reply.
 *
 * Checks the replies and feeds the sink.  Must not know retries.
 */
#ifndef MSGFETCH_LIB_RECEIVE_H
#define MSGFETCH_LIB_RECEIVE_H

#include "client/lib/call.h"

/*
 * Receives the replies to the request that call->attempt has just sent.  ATTEMPT_DONE: the
 * sink has all of them.  Any other result: the session holds the error.
 */
enum attempt_result receive_replies(struct call *call);

#endif
