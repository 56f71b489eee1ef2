/* SPDX-License-Identifier: ISC */
/*
 * call: the state of one call over all its attempts, and the reports to its sink.
 *
 * fetch.c runs the attempts of a call, receive.c the replies of an attempt; both report to
 * the caller's sink through the functions here.
 */
#ifndef MSGFETCH_LIB_CALL_H
#define MSGFETCH_LIB_CALL_H

#include "client/lib/attempt.h"
#include "client/lib/daemon_state.h"
#include "client/lib/fetch_state.h"
#include "client/lib/outcome.h"
#include "client/lib/sequence.h"
#include "client/lib/session.h"
#include "client/lib/verify.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

struct call {
	struct msgfetch *session;
	const struct msgfetch_sink *sink;
	enum operation text_operation; /* PING or STATUS, answered by a text; otherwise 0 */
	struct fetch_state state;
	struct verify verify;
	struct sequence sequence;
	struct attempt attempt;
	struct daemon_state daemon;
	struct retry retry;
	struct msgfetch_file file; /* the last entry; its strings are the next two */
	char name[PATH_MAX];
	char link[PATH_MAX];
	size_t first_path;      /* index of the request's first path among the call's paths */
	bool failed;            /* a path failed; the session holds the error */
	uint32_t next_slot;     /* of the ring, for the next reply that uses the ring */
	uint32_t credits_owed;  /* slots read but not yet returned to the worker */
	bool ring_used;         /* the worker has written to the ring */
	uint32_t retry_hint_ms; /* from the last FAILURE */
	uint64_t started_at;    /* start of the request's first attempt */
	uint64_t answered_at;   /* first ENTRY, or DATA of a text; 0: no answer yet */
	uint64_t progress_at;   /* last reply, rounded up to a tick */
	uint64_t told_at;       /* last call of options.progress */
	uint64_t files, bytes;  /* received in all attempts */
	uint64_t listed;        /* memory that the names of finished paths take, bytes */
	uint64_t listing;       /* the same for the path state.done */
	bool moved;             /* a reply came since progress_at was set */
};

/* Calls options.progress, if set, when it is due; always if now is true. */
void call_tell_progress(struct call *call, bool now);

/*
 * Returns the instant at which the call times out.  options.timeout_ms counts from the first
 * attempt to the first answer, options.stall_timeout_ms from then on between two replies.
 */
uint64_t call_limit(const struct call *call);

/* Ends the path state.done: tells the sink and moves on to the next path. */
enum attempt_result call_path_done(struct call *call);

/* Reports the failure of the last entry to the sink, and records it as the call's result. */
enum attempt_result call_entry_failed(struct call *call, enum msgfetch_outcome outcome,
				      int error, const char *text);

/* Ends the call because a function of the sink returned error.  action: what failed. */
enum attempt_result call_sink_failed(struct call *call, int error, const char *action);

#endif
