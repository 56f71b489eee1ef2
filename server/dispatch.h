/* SPDX-License-Identifier: ISC */
/*
 * dispatch: from a message to a worker, a place in the line, or a refusal.
 *
 * Owns what happens to one request.  Must not wait for anything: the daemon has
 * one thread, and every client stands behind it.
 */
#ifndef MSGFETCH_SERVER_DISPATCH_H
#define MSGFETCH_SERVER_DISPATCH_H

#include "common/queue.h"
#include "server/daemon.h"

/* Does whatever is right with a message of length bytes of text. */
void dispatch_message(struct daemon *daemon, const struct message *message, size_t length);

/*
 * Takes the requests that clients keep in their own queues, not waiting until it is the
 * turn of those in the request queue: see scan.h.
 */
void dispatch_queue_scan(struct daemon *daemon);

/* True where a job waits that could be given to a worker now. */
bool dispatch_ready(const struct daemon *daemon);

/* Gives a few of the jobs that wait to workers, while there is room. */
void dispatch_start_waiting(struct daemon *daemon);

/* Refuses every job that waits, because the daemon stops. */
void dispatch_refuse_waiting(struct daemon *daemon);

/* Logs the counts of junk that are due.  now: ms; UINT64_MAX: all of them. */
void dispatch_log_junk(struct daemon *daemon, uint64_t now);

#endif
