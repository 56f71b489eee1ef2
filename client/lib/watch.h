/* SPDX-License-Identifier: ISC */
/*
 * watch: the thread that ends a session's blocking receive now and then.
 *
 * A System V queue cannot be polled and msgrcv(2) has no time limit, and a
 * library may not use signals for one.  So a second thread sleeps on the
 * daemon's lease, and at each tick, and at once when the lease falls, sends a
 * WAKE into the session's own private queue: the receive returns, and the
 * session looks at its clocks and its daemon.
 *
 * Owns the thread.  Must not know requests, replies or deadlines.
 *
 * The thread is detached, and shares one reference-counted block with the
 * session.  A join would have to wait for the tick, or interrupt semtimedop(2):
 * by a signal, which the library may not use, or by cancellation, which loads
 * libgcc at that moment.  Instead the session lets go of the block and the
 * thread ends by itself within a tick, having touched nothing else.  A shared
 * library with this in it must not be unloaded: link it with -z nodelete.
 */
#ifndef MSGFETCH_LIB_WATCH_H
#define MSGFETCH_LIB_WATCH_H

#include <stdbool.h>

struct watch;

/*
 * Starts the thread, all signals blocked in it, idle until watch_arm().
 * Returns 0 and *watch, or -ENOMEM, -EAGAIN (no thread to be had).
 */
int watch_start(struct watch **watch);

/* Ends the use of the watch; disarms it first.  Does not wait.  NULL: nothing happens. */
void watch_release(struct watch *watch);

/* The same in a forked child, where the thread does not exist. */
void watch_discard(struct watch *watch);

/* From now on send WAKEs to queue, every tick_ms while the session waits. */
void watch_arm(struct watch *watch, int queue, int lease, unsigned tick_ms);

/* No WAKE is sent once this has returned: the queue may be removed. */
void watch_disarm(struct watch *watch);

/* Around each blocking receive: only in between does a WAKE go out. */
void watch_enter_wait(struct watch *watch);
void watch_leave_wait(struct watch *watch);

/* A WAKE was received: another may be sent. */
void watch_acknowledge(struct watch *watch);

/* True once the lease given to watch_arm() has fallen or was removed.  NULL: false. */
bool watch_lease_fallen(struct watch *watch);

#endif
