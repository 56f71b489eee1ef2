/* SPDX-License-Identifier: ISC */
/*
 * fetch: one call, over all its tries.
 *
 * fetch.c owns the tries: what to ask for, and when to ask again.  receive.c owns
 * what happens between a request and the end of its replies.
 */
#ifndef MSGFETCH_LIB_FETCH_H
#define MSGFETCH_LIB_FETCH_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "client/lib/attempt.h"
#include "client/lib/daemon_state.h"
#include "client/lib/fetch_state.h"
#include "client/lib/outcome.h"
#include "client/lib/retry.h"
#include "client/lib/sequence.h"
#include "client/lib/session.h"
#include "client/lib/verify.h"

struct fetch {
	struct msgfetch *session;
	const struct msgfetch_sink *sink;
	enum operation text_operation; /* PING or STATUS, whose answer is a text; 0: none */
	struct fetch_state state;
	struct verify verify;
	struct sequence sequence;
	struct attempt attempt;
	struct daemon_state daemon;
	struct retry retry;
	struct msgfetch_file file; /* the last entry; .name points to name */
	char name[PATH_MAX];
	char link[PATH_MAX];
	size_t first_path;      /* of this request: which of the call's */
	bool failed;            /* something did, and the session says what */
	uint32_t next_slot;     /* of the ring: the one whose bytes come next */
	uint32_t credits_owed;  /* slots read, of which the worker does not know yet */
	uint32_t retry_hint_ms; /* of the last FAILURE */
	uint64_t started_at;    /* the first try of this request */
	uint64_t answered_at;   /* the first ENTRY, or a PING's DATA; 0: none yet */
	uint64_t progress_at;   /* when the last reply had been dealt with, to a tick */
	uint64_t told_at;       /* when options.progress was last called */
	uint64_t files, bytes;  /* that came, in all tries */
	bool moved;             /* replies came since progress_at was set */
};

/*
 * Makes the call: fetch is all zeros but for session, sink, and either fetch state or
 * text_operation.  Returns its result, 0 or a negative errno; the session knows more.
 */
int fetch_run(struct fetch *fetch);

/* Calls options.progress, if there is one and now is set or it is time. */
void fetch_tell_progress(struct fetch *fetch, bool now);

/*
 * When to give up, and why: -w counts from the first try to the first answer,
 * --stall-timeout from then on between two answers.
 */
uint64_t fetch_limit(const struct fetch *fetch);

/*
 * Receives and checks the replies to the request just sent, and feeds the sink.
 * ATTEMPT_DONE: the sink has had all of it.  On any other the session says why.
 */
enum attempt_result receive_replies(struct fetch *fetch);

/* Path number fetch state.done is through: tells the sink; the next one's turn. */
enum attempt_result fetch_path_done(struct fetch *fetch);

/*
 * Tells the sink that the last entry failed.  A call whose sink does not listen
 * has it as its result.
 */
enum attempt_result fetch_entry_failed(struct fetch *fetch, enum msgfetch_outcome outcome,
				       int error, const char *text);

/* A sink's error ends the call.  what: which of its functions failed. */
enum attempt_result fetch_sink_failed(struct fetch *fetch, int error, const char *what);

#endif
