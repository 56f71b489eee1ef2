/* SPDX-License-Identifier: ISC */
/*
 * priority: a worker that uses much processor time gives way to others.
 *
 * Owns the limits of processor time after which a worker lowers its own priority, so that 64
 * workers that compute digests delay another user's small file no more than one process does.
 */
#ifndef MSGFETCH_SERVER_PROCESS_PRIORITY_H
#define MSGFETCH_SERVER_PROCESS_PRIORITY_H

/* Nice values of a worker after one second of processor time, and after four. */
#define PRIORITY_LOW 10
#define PRIORITY_LOWEST 19

/* Prepares the daemon; every worker inherits the handler.  Returns 0 or a negative errno. */
int priority_open(void);

/* Starts to watch the processor time of a worker.  Call it before the sandbox. */
void priority_watch(void);

#endif
