/* SPDX-License-Identifier: ISC */
/*
 * queue_scan: when to look for requests in the clients' own queues.
 *
 * Every client keeps a copy of its request in its own queue, as its ticket.  A user who
 * floods the request queue delays all others; during a flood the daemon therefore scans the
 * queues that were given to it.  Only the client can send to its own queue.
 *
 * Owns the decision when to scan, and the list of requests taken by a scan: their second
 * copy arrives later in the request queue and is neither served again nor junk.  Pure.
 */
#ifndef MSGFETCH_COMMON_SYSV_QUEUE_SCAN_H
#define MSGFETCH_COMMON_SYSV_QUEUE_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QUEUE_SCAN_REMEMBERED 1024u

struct queue_scan {
	size_t weight;       /* of messages since the last scan or empty queue */
	bool idle;           /* none of these messages was a request */
	uint64_t not_before; /* ns: earliest next scan while messages keep arriving */
	struct {
		int queue;
		uint32_t serial;
		bool used;
	} taken[QUEUE_SCAN_REMEMBERED];
};

/* Counts a message of length bytes.  good: the message was a request. */
void queue_scan_count(struct queue_scan *scan, size_t length, bool good);

/*
 * Returns true if a scan is due: so many messages arrived since the last scan that the
 * request queue may have been full, and a client may have found no room.  empty: the request
 * queue is empty now.  While messages keep arriving, scans take at most a fifth of the time.
 */
bool queue_scan_due(struct queue_scan *scan, bool empty);

/* Records the start and the end of a scan, in ns. */
void queue_scan_done(struct queue_scan *scan, uint64_t began, uint64_t ended);

/* Records a request taken by a scan.  Replaces older entries. */
void queue_scan_remember(struct queue_scan *scan, int queue, uint32_t serial);

/* Returns true, once, if a scan already took this request. */
bool queue_scan_recall(struct queue_scan *scan, int queue, uint32_t serial);

#endif
