/* SPDX-License-Identifier: ISC */
/*
 * watch: a thread that interrupts a session's blocking receive at each tick.
 *
 * A System V queue cannot be polled, msgrcv(2) has no timeout, and a library must not use
 * signals.  So a second thread sleeps on the daemon's lease.  At each tick, and as soon as the
 * lease falls, the thread sends a WAKE into the session's private queue.  The receive then
 * returns, and the session checks its limits and its daemon.
 *
 * Owns the thread.  Must not know requests, replies or deadlines.
 *
 * The thread is detached and shares one reference-counted block with the session.  A join
 * would have to wait for the tick or interrupt semtimedop(2): by a signal, or by cancellation,
 * which loads libgcc at that moment.  Instead, the session drops the block, and the thread
 * ends by itself within a tick without touching anything else.  A shared library with this
 * code must not be unloaded: link with -z nodelete.
 */
#ifndef MSGFETCH_COMMON_SYSV_WATCH_H
#define MSGFETCH_COMMON_SYSV_WATCH_H

#include <stdbool.h>

struct watch;

/*
 * Starts the thread with all signals blocked.  The thread is idle until watch_arm().  Returns
 * 0 and *watch, -ENOMEM, or -EAGAIN: no thread available.
 */
int watch_start(struct watch **watch);

/* Disarms and drops the watch.  Does not wait for the thread.  Does nothing for NULL. */
void watch_release(struct watch *watch);

/* Frees the watch in a forked child, where the thread does not exist. */
void watch_discard(struct watch *watch);

/* Starts to send WAKEs to queue: every tick_ms while the session waits. */
void watch_arm(struct watch *watch, int queue, int lease, unsigned tick_ms);

/* Stops sending WAKEs.  After the return the queue may be removed. */
void watch_disarm(struct watch *watch);

/* Call around each blocking receive: WAKEs are sent only in between. */
void watch_enter_wait(struct watch *watch);
void watch_leave_wait(struct watch *watch);

/* Notes that a WAKE was received: another may be sent. */
void watch_acknowledge(struct watch *watch);

/* Returns true if the lease of watch_arm() has fallen or was removed; false for NULL. */
bool watch_lease_fallen(struct watch *watch);

#endif
