/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/request/sweep.h"

#include "common/clock.h"
#include "common/protocol.h"

/*
 * A queue is full for the longest request once half of its usual 16 KiB are taken, and
 * for any once it holds as many messages as bytes.  Each counts for some bytes more than
 * it has, as messages of none take time as well.
 */
#define MESSAGE_WEIGHT 32u
#define WEIGHT_FULL PROTOCOL_MESSAGE_MAX

/* A sweep's time is followed by so many times as much without one, or by so long. */
#define REST_FACTOR 4u
#define REST_LEAST_NS UINT64_C(100000)

void sweep_count(struct sweep *sweep, size_t length, bool good)
{
	sweep->idle = !good && (sweep->idle || sweep->weight == 0);
	sweep->weight += length + MESSAGE_WEIGHT;
}

bool sweep_due(struct sweep *sweep, bool empty)
{
	if (sweep->weight <= WEIGHT_FULL) {
		if (empty)
			sweep->weight = 0;
		return false;
	}
	return empty || clock_ns() >= sweep->not_before;
}

void sweep_done(struct sweep *sweep, uint64_t began, uint64_t ended)
{
	uint64_t rest = (ended - began) * REST_FACTOR;

	sweep->weight = 0;
	sweep->not_before = ended + (rest > REST_LEAST_NS ? rest : REST_LEAST_NS);
}

void sweep_remember(struct sweep *sweep, int queue, uint32_t serial)
{
	unsigned at = (unsigned)queue % SWEEP_REMEMBERED;

	sweep->taken[at].queue = queue;
	sweep->taken[at].serial = serial;
	sweep->taken[at].used = true;
}

bool sweep_recall(struct sweep *sweep, int queue, uint32_t serial)
{
	unsigned at = (unsigned)queue % SWEEP_REMEMBERED;

	if (!sweep->taken[at].used || sweep->taken[at].queue != queue ||
	    sweep->taken[at].serial != serial)
		return false;
	sweep->taken[at].used = false;
	return true;
}
