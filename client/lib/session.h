/* SPDX-License-Identifier: ISC */
/*
 * session: what one struct msgfetch holds, and how its calls end.
 *
 * Owns the private queue's id, which a signal handler may take away through
 * msgfetch_cleanup(), what other threads and handlers ask of it, and the text of the last
 * error.  Must not know replies.
 */
#ifndef MSGFETCH_LIB_SESSION_H
#define MSGFETCH_LIB_SESSION_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "client/lib/msgfetch.h"
#include "client/lib/outcome.h"
#include "client/lib/trust.h"
#include "client/lib/watch.h"
#include "common/queue.h"
#include "common/ring.h"

#define SESSION_NO_QUEUE (-1)
#define SESSION_TEXT_MAX 640u /* room for a daemon's text, each byte of it escaped */

/* msgfetch_cleanup() and msgfetch_cancel() run in signal handlers. */
_Static_assert(ATOMIC_INT_LOCK_FREE == 2, "what handlers touch must be lock-free");

/* Why a call is to end: bits of .stop. */
enum {
	SESSION_CANCELLED = 1, /* the call that runs, or else the next one */
	SESSION_CLEANED = 2,   /* every call from now on */
};

struct msgfetch {
	struct msgfetch_options options;
	char *server_user; /* owned; options.server_user and trust.user point to it */
	struct trust trust;
	pid_t owner;           /* the process that opened it */
	atomic_int queue;      /* the private queue, or SESSION_NO_QUEUE */
	atomic_int stop;       /* 0, or why the call is to end */
	struct watch *watch;   /* NULL until something was asked */
	struct ring ring;      /* .bytes NULL: none (yet) */
	uid_t ring_owner;      /* whom it was given to */
	bool ringless;         /* there is none to be had, and that was said */
	struct message buffer; /* of the request, then of each reply */
	uint32_t serial;       /* of the last request */
	void *looked_at;       /* owned: what msgfetch_stat() gave points into it */
	enum msgfetch_outcome outcome;
	int error; /* 0 or negative: the result of the call */
	char text[SESSION_TEXT_MAX];
};

/*
 * Copies a structure of the caller's that begins with its size, given_size, over one that
 * holds the defaults, and sets the size of that.  False: it is one of a later version.
 */
bool session_copy_sized(void *own, size_t own_size, const void *given, size_t given_size);

/*
 * Records how a call stands: outcome, error (0 or negative) and a text, which
 * names no path.  Peers' strings in it must have been quoted.  Returns result.
 */
enum attempt_result session_end(struct msgfetch *session, enum attempt_result result,
				enum msgfetch_outcome outcome, int error, const char *format,
				...) __attribute__((format(printf, 5, 6)));

/* Says what is done about trouble, through options.notice. */
void session_notice(const struct msgfetch *session, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Makes the private queue, so that msgfetch_cleanup() sees it in the very moment
 * it exists.  Returns its id, -ECANCELED after msgfetch_cleanup(), -ENOSPC, -ENOMEM.
 */
int session_make_queue(struct msgfetch *session);

/*
 * Ends the call with what .stop says.  It is looked at after each wait; it comes with a WAKE,
 * and with the end of a clock_sleep_until().
 */
enum attempt_result session_stopped(struct msgfetch *session);

/* Removes the private queue, if there is one.  Its worker learns it by EIDRM. */
void session_drop_queue(struct msgfetch *session);

/*
 * Makes a ring that is given to owner, unless there is one.  Returns 0; or an errno as
 * ring_create() does, and there is none.
 */
int session_make_ring(struct msgfetch *session, uid_t owner);

/*
 * Lets go of the ring.  Due after a try that did not end well: its worker may still
 * be writing to it.
 */
void session_drop_ring(struct msgfetch *session);

#endif
