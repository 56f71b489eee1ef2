/* SPDX-License-Identifier: ISC */
/*
 * fetch: one call of msgfetch_get() or msgfetch_ping(), over all its tries.
 *
 * fetch.c owns the tries: when to ask, and when to ask again.  receive.c owns
 * what happens between a request and the end of its replies.
 */
#ifndef MSGFETCH_CLIENT_FETCH_H
#define MSGFETCH_CLIENT_FETCH_H

#include <stdbool.h>
#include <stdint.h>

#include "client/attempt.h"
#include "client/outcome.h"
#include "client/peer.h"
#include "client/retry.h"
#include "client/sequence.h"
#include "client/session.h"

struct fetch {
	struct msgfetch *session;
	const struct msgfetch_sink *sink;
	struct sequence sequence;
	struct attempt attempt;
	struct peer peer;
	struct retry retry;
	uint32_t retry_hint_ms; /* of the last FAILURE */
	uint64_t started_at;    /* the first try */
	uint64_t answered_at;   /* the first ENTRY, or a PING's DATA; 0: none yet */
	uint64_t progress_at;   /* when the last reply had been dealt with, to a tick */
	bool moved;             /* replies came since progress_at was set */
};

/*
 * When to give up, and why: -w counts from the first try to the first answer,
 * --stall-timeout from then on between two answers.
 */
uint64_t fetch_limit(const struct fetch *fetch);

/*
 * Receives and checks the replies to the request just sent, and feeds the sink.
 * VERDICT_DONE: the sink has had all of it.  On any other the session says why.
 */
enum verdict receive_replies(struct fetch *fetch);

#endif
