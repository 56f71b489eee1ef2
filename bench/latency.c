/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "bench/latency.h"

#define STEP_BITS 6u

/* Returns the range of a value.  Each value below LATENCY_STEPS has a range of its own. */
static unsigned range_of(uint64_t ns)
{
	unsigned shift;

	if (ns < LATENCY_STEPS)
		return (unsigned)ns;
	shift = 63u - (unsigned)__builtin_clzll(ns) - STEP_BITS;
	return (shift + 1) * LATENCY_STEPS + (unsigned)((ns >> shift) % LATENCY_STEPS);
}

/* Returns the largest value of a range. */
static uint64_t end_of(unsigned range)
{
	unsigned shift;

	if (range < LATENCY_STEPS)
		return range;
	shift = range / LATENCY_STEPS - 1;
	return ((uint64_t)(LATENCY_STEPS + range % LATENCY_STEPS) << shift) +
	       (((uint64_t)1 << shift) - 1);
}

void latency_add(struct latency *latency, uint64_t ns)
{
	latency->ranges[range_of(ns)]++;
	latency->count++;
	if (ns > latency->longest_ns)
		latency->longest_ns = ns;
}

void latency_merge(struct latency *latency, const struct latency *other)
{
	for (unsigned range = 0; range < LATENCY_RANGES; range++)
		latency->ranges[range] += other->ranges[range];
	latency->count += other->count;
	if (other->longest_ns > latency->longest_ns)
		latency->longest_ns = other->longest_ns;
}

uint64_t latency_within(const struct latency *latency, double part)
{
	double wanted = part * (double)latency->count;
	uint64_t seen = 0, end;

	for (unsigned range = 0; range < LATENCY_RANGES; range++) {
		seen += latency->ranges[range];
		if (seen > 0 && (double)seen >= wanted) {
			end = end_of(range);
			return end < latency->longest_ns ? end : latency->longest_ns;
		}
	}
	return latency->longest_ns;
}
