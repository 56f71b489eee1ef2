/* SPDX-License-Identifier: ISC */
/*
 * signals: what the daemon's signal handlers note, and how they wake it.
 *
 * Owns the only global state of the daemon: flags that handlers set.  A message
 * queue cannot be polled, and a signal that lands just before msgrcv(2) would go
 * unseen until the next request; so a handler also sends the daemon's own
 * request queue a WAKE message.  A queue too full for that wakes it anyway.
 */
#ifndef MSGFETCH_SERVER_PROCESS_SIGNALS_H
#define MSGFETCH_SERVER_PROCESS_SIGNALS_H

#include <stdbool.h>

struct signals {
	bool child;     /* SIGCHLD */
	bool reload;    /* SIGHUP */
	bool tick;      /* SIGALRM, see signals_tick_every() */
	unsigned stops; /* how many SIGTERM and SIGINT came since the start */
};

/*
 * Catches SIGCHLD, SIGHUP, SIGALRM, SIGTERM and SIGINT, ignores SIGPIPE.  queue:
 * where WAKE messages go.  Returns 0 or a negative errno.
 */
int signals_catch(int queue);

/* What came since the last call; forgets all but stops. */
struct signals signals_take(void);

/*
 * Says that the daemon is about to sleep in a receive: from here to signals_awake() a
 * signal sends a WAKE.  Returns false where one came before: then it must not sleep.
 */
bool signals_may_sleep(void);

/* The receive is over: signals need not wake what is awake. */
void signals_awake(void);

/*
 * Says that a WAKE message was received.  Returns false if none was under way:
 * then somebody else sent it.
 */
bool signals_woken(void);

/* SIGALRM each milliseconds from now on; 0: no more. */
void signals_tick_every(unsigned milliseconds);

/*
 * Around fork(2): block all signals before, so that no handler of the parent's
 * runs in the child; then the child calls signals_become_worker(), the parent
 * signals_unblock().
 */
void signals_block(void);
void signals_unblock(void);

/*
 * What a worker makes of signals: SIGTERM ends it; SIGINT and SIGHUP, which a terminal
 * sends to all, are for the daemon to act on and change nothing here.
 */
void signals_become_worker(void);

#endif
