/* SPDX-License-Identifier: ISC */
/*
 * signals: the daemon's signal handlers and the way they wake the daemon.
 *
 * Owns the only global state of the daemon: flags that handlers set.  A message queue cannot
 * be polled, and a signal just before msgrcv(2) would go unnoticed until the next request.
 * So a handler also sends a WAKE message to the request queue.  If the queue is full, its
 * messages wake the daemon.  Must not know what a signal leads to.
 */
#ifndef MSGFETCH_SERVER_PROCESS_SIGNALS_H
#define MSGFETCH_SERVER_PROCESS_SIGNALS_H

#include <stdbool.h>

struct signals {
	bool child;     /* SIGCHLD */
	bool reload;    /* SIGHUP */
	bool tick;      /* SIGALRM, see signals_tick_every() */
	unsigned stops; /* SIGTERM and SIGINT since the start */
};

/*
 * Catches SIGCHLD, SIGHUP, SIGALRM, SIGTERM and SIGINT; ignores SIGPIPE and SIGXFSZ.  Handlers
 * call wake(waker), which must be async-signal-safe and returns 0 if it sent a WAKE.  Returns 0
 * or a negative errno.
 */
int signals_catch(int waker, int (*wake)(int waker));

/* Returns the signals since the last call, and clears all flags but stops. */
struct signals signals_take(void);

/*
 * Announces a blocking receive: until signals_awake(), each signal sends a WAKE.  Returns
 * false if a signal is pending: then the daemon must not sleep.
 */
bool signals_may_sleep(void);

/* Ends the announcement: the receive has returned. */
void signals_awake(void);

/*
 * Notes that a WAKE message was received.  Returns false if no handler sent one: then a
 * stranger did.
 */
bool signals_woken(void);

/* Starts SIGALRM with this period in ms; 0: stops it. */
void signals_tick_every(unsigned milliseconds);

/*
 * Block all signals before fork(2), so that no handler of the parent runs in the child.
 * Afterwards the child calls signals_become_worker(), the parent signals_unblock().
 */
void signals_block(void);
void signals_unblock(void);

/*
 * Sets up a worker's signals: SIGTERM ends the worker.  SIGINT and SIGHUP, which a terminal
 * sends to the whole process group, stay with handlers that only set flags.
 */
void signals_become_worker(void);

#endif
