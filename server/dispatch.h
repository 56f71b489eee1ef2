/* SPDX-License-Identifier: ISC */
/*
 * dispatch: turns a message into a worker, a waiting job or a refusal.
 *
 * Owns the path of one request through the daemon.  Must not wait: the daemon has one
 * thread, and a wait would delay every client.
 */
#ifndef MSGFETCH_SERVER_DISPATCH_H
#define MSGFETCH_SERVER_DISPATCH_H

#include "server/daemon.h"

/*
 * Handles a message of length bytes from the request queue: a request or junk.  May write a
 * NUL after the text.
 */
void dispatch_message(struct daemon *daemon, struct message *message, size_t length);

/* Takes the requests that no message announces: see scan() of struct transport_door. */
void dispatch_scan(struct daemon *daemon, struct message *message);

/* Returns true if a waiting job can start now. */
bool dispatch_ready(const struct daemon *daemon);

/* Starts workers for a few waiting jobs, as far as the limits allow. */
void dispatch_start_waiting(struct daemon *daemon);

/* Gives users that were looked up since the last call their own limits. */
void dispatch_reassign(struct daemon *daemon);

/* Ends a stalled worker for a job that waits, when all workers are busy.  now: ms. */
void dispatch_make_room(struct daemon *daemon, uint64_t now);

/*
 * Ends all follows, at a stop or after a reload: their clients ask again, and the rules in
 * force then decide.
 */
void dispatch_end_followers(struct daemon *daemon);

/* Refuses all waiting jobs because the daemon stops. */
void dispatch_refuse_waiting(struct daemon *daemon);

/* Logs the counts of suppressed lines that are due at now (ms).  UINT64_MAX: logs all counts.
 */
void dispatch_log_counts(struct daemon *daemon, uint64_t now);

/* Returns true while counts are unreported: call dispatch_log_counts() again. */
bool dispatch_holds_counts(const struct daemon *daemon);

#endif
