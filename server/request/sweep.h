/* SPDX-License-Identifier: ISC */
/*
 * sweep: when to look for requests elsewhere than in the request queue.
 *
 * Every client keeps a copy of its request in its own queue, as its ticket.  The
 * request queue is one line for all, and a user who floods it is ahead of everyone; so
 * while it is flooded the daemon also looks through the queues that were given to
 * it.  There nobody but their owner can put anything.
 *
 * Owns the rule for when, and which requests were taken that way: they come again in
 * the request queue and are junk no more than they are work.  Pure.
 */
#ifndef MSGFETCH_SERVER_REQUEST_SWEEP_H
#define MSGFETCH_SERVER_REQUEST_SWEEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SWEEP_REMEMBERED 1024u

struct sweep {
	size_t weight;       /* of what was received since the last sweep or empty queue */
	bool idle;           /* no request was among that */
	uint64_t not_before; /* ns: not in the middle of a flood, that is */
	struct {
		int queue;
		uint32_t serial;
		bool used;
	} taken[SWEEP_REMEMBERED];
};

/* Counts a message of length bytes; good: it was a request. */
void sweep_count(struct sweep *sweep, size_t length, bool good);

/*
 * True where a sweep is due: since the last one so much was received that the queue may
 * have been full, so that somebody may not have got in.  empty: nothing is in it now.
 * While messages keep coming, sweeps take no more than a fifth of the time.
 */
bool sweep_due(struct sweep *sweep, bool empty);

/* A sweep went from began to ended, in ns. */
void sweep_done(struct sweep *sweep, uint64_t began, uint64_t ended);

void sweep_remember(struct sweep *sweep, int queue, uint32_t serial);

/* True, once, where that request was remembered: it was taken already. */
bool sweep_recall(struct sweep *sweep, int queue, uint32_t serial);

#endif
