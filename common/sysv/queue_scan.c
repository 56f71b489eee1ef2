/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "common/sysv/queue_scan.h"

#include "common/clock.h"
#include "common/protocol.h"

/*
 * The longest request finds no room once half of the usual 16 KiB are used, and no message
 * does once the queue holds as many messages as bytes.  The constant added per message
 * accounts for the cost of empty messages.
 */
#define MESSAGE_WEIGHT 32u
#define WEIGHT_FULL PROTOCOL_MESSAGE_MAX

/* Rest after a scan: a multiple of its duration, and a minimum. */
#define REST_FACTOR 4u
#define REST_LEAST_NS UINT64_C(100000)

void queue_scan_count(struct queue_scan *scan, size_t length, bool good)
{
	scan->idle = !good && (scan->idle || scan->weight == 0);
	scan->weight += length + MESSAGE_WEIGHT;
}

bool queue_scan_due(struct queue_scan *scan, bool empty)
{
	if (scan->weight <= WEIGHT_FULL) {
		if (empty)
			scan->weight = 0;
		return false;
	}
	return empty || clock_ns() >= scan->not_before;
}

void queue_scan_done(struct queue_scan *scan, uint64_t began, uint64_t ended)
{
	uint64_t rest = (ended - began) * REST_FACTOR;

	scan->weight = 0;
	scan->not_before = ended + (rest > REST_LEAST_NS ? rest : REST_LEAST_NS);
}

void queue_scan_remember(struct queue_scan *scan, int queue, uint32_t serial)
{
	unsigned at = (unsigned)queue % QUEUE_SCAN_REMEMBERED;

	scan->taken[at].queue = queue;
	scan->taken[at].serial = serial;
	scan->taken[at].used = true;
}

bool queue_scan_recall(struct queue_scan *scan, int queue, uint32_t serial)
{
	unsigned at = (unsigned)queue % QUEUE_SCAN_REMEMBERED;

	if (!scan->taken[at].used || scan->taken[at].queue != queue ||
	    scan->taken[at].serial != serial)
		return false;
	scan->taken[at].used = false;
	return true;
}
