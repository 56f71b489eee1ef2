/* SPDX-License-Identifier: ISC */
/*
 * scan: when to look for requests elsewhere than in the request queue.
 *
 * Every client keeps a copy of its request in its own queue, as its ticket.  The
 * request queue is one line for all, and a user who floods it is ahead of everyone; so
 * while it is flooded the daemon also looks through the queues that were given to
 * it.  There nobody but their owner can put anything.
 *
 * Owns the rule for when, and which requests were taken that way: they come again in
 * the request queue and are junk no more than they are work.  Pure.
 */
#ifndef MSGFETCH_SERVER_REQUEST_QUEUE_SCAN_H
#define MSGFETCH_SERVER_REQUEST_QUEUE_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QUEUE_SCAN_REMEMBERED 1024u

struct queue_scan {
	size_t weight;       /* of what was received since the last scan or empty queue */
	bool idle;           /* no request was among that */
	uint64_t not_before; /* ns: not in the middle of a flood, that is */
	struct {
		int queue;
		uint32_t serial;
		bool used;
	} taken[QUEUE_SCAN_REMEMBERED];
};

/* Counts a message of length bytes; good: it was a request. */
void queue_scan_count(struct queue_scan *scan, size_t length, bool good);

/*
 * True where a scan is due: since the last one so much was received that the queue may
 * have been full, so that somebody may not have got in.  empty: nothing is in it now.
 * While messages keep coming, queue scans take no more than a fifth of the time.
 */
bool queue_scan_due(struct queue_scan *scan, bool empty);

/* A scan went from began to ended, in ns. */
void queue_scan_done(struct queue_scan *scan, uint64_t began, uint64_t ended);

void queue_scan_remember(struct queue_scan *scan, int queue, uint32_t serial);

/* True, once, where that request was remembered: it was taken already. */
bool queue_scan_recall(struct queue_scan *scan, int queue, uint32_t serial);

#endif
