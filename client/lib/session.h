/* SPDX-License-Identifier: ISC */
/*
 * session: the state behind struct msgfetch, and how its calls end.
 *
 * Owns the channel to the daemon, the requests to stop from threads and handlers, and the last
 * error.  Must not know replies.
 */
#ifndef MSGFETCH_LIB_SESSION_H
#define MSGFETCH_LIB_SESSION_H

#include "client/lib/msgfetch.h"
#include "client/lib/outcome.h"
#include "client/lib/trust.h"
#include "common/transport.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define SESSION_TEXT_MAX 640u /* fits a daemon's text with each byte escaped */

/* msgfetch_cleanup() and msgfetch_cancel() run in signal handlers. */
_Static_assert(ATOMIC_INT_LOCK_FREE == 2, "handlers may only use lock-free atomics");

/* Bits of .stop. */
enum {
	SESSION_CANCELLED = 1, /* end the running call, or else the next call */
	SESSION_CLEANED = 2,   /* end every call from now on */
};

struct msgfetch {
	struct msgfetch_options options;
	char *server_user; /* owned; options.server_user and trust.user point here */
	struct trust trust;
	pid_t owner;     /* the process that opened the session */
	atomic_int stop; /* 0, or SESSION_CANCELLED and SESSION_CLEANED */
	const struct transport_client *transport;
	struct channel *channel; /* owned */
	bool ringless;           /* no ring is available; the notice was given */
	struct message buffer;   /* the request, then each reply */
	uint32_t serial;         /* of the last request */
	void *looked_at;         /* owned; the strings of the last msgfetch_stat() */
	enum msgfetch_outcome outcome;
	int error; /* 0 or negative: the result of the last call */
	char text[SESSION_TEXT_MAX];
};

/*
 * Copies a structure of given_size bytes that starts with its size over own, which holds the
 * defaults, and sets own's size.  Returns false if given is larger than this version's.
 */
bool session_copy_sized(void *own, size_t own_size, const void *given, size_t given_size);

/*
 * Records the outcome, error (0 or negative) and text of the call, and returns result.  The
 * text must not name the path, and strings from the daemon must be quoted.
 */
enum attempt_result session_end(struct msgfetch *session, enum attempt_result result,
				enum msgfetch_outcome outcome, int error, const char *format,
				...) __attribute__((format(printf, 5, 6)));

/* Reports a workaround through options.notice. */
void session_notice(const struct msgfetch *session, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Ends the call for the reason in .stop.  Check .stop after each wait: the end of receive() or
 * of clock_sleep_until() follows each change of .stop.
 */
enum attempt_result session_stopped(struct msgfetch *session);

#endif
