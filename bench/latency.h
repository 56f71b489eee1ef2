/* SPDX-License-Identifier: ISC */
/*
 * latency: how long requests took, as counts in ranges.
 *
 * Owns the histogram: of fixed size, each range at most 1/64 of its values wide.
 * Makes no system call.  Must not know what a request is.
 */
#ifndef MSGFETCH_BENCH_LATENCY_H
#define MSGFETCH_BENCH_LATENCY_H

#include <stdint.h>

#define LATENCY_STEPS 64u /* ranges to a doubling */
#define LATENCY_RANGES (59u * LATENCY_STEPS)

/* All zeros: nothing counted yet. */
struct latency {
	uint64_t count;
	uint64_t longest_ns;
	uint32_t ranges[LATENCY_RANGES];
};

void latency_add(struct latency *latency, uint64_t ns);

/* Adds all that other counted. */
void latency_merge(struct latency *latency, const struct latency *other);

/*
 * The time within which part of the requests were done, in ns, up to 1/64 too long.
 * part: above 0, at most 1.  0 where nothing was counted.
 */
uint64_t latency_within(const struct latency *latency, double part);

#endif
