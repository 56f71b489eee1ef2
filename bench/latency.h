/* SPDX-License-Identifier: ISC */
/*
 * latency: a histogram of request times.
 *
 * Owns the ranges: a fixed number, each at most 1/64 of its values wide.  Makes no
 * system call.  Must not know the requests.
 */
#ifndef MSGFETCH_BENCH_LATENCY_H
#define MSGFETCH_BENCH_LATENCY_H

#include <stdint.h>

#define LATENCY_STEPS 64u /* ranges to a doubling */
#define LATENCY_RANGES (59u * LATENCY_STEPS)

/* An empty histogram is all zeros. */
struct latency {
	uint64_t count;
	uint64_t longest_ns;
	uint32_t ranges[LATENCY_RANGES];
};

void latency_add(struct latency *latency, uint64_t ns);

/* Adds the counts of other. */
void latency_merge(struct latency *latency, const struct latency *other);

/*
 * Returns the time in ns within which a part of the requests completed, rounded up by
 * at most 1/64; 0 if the histogram is empty.  part: above 0, at most 1.
 */
uint64_t latency_within(const struct latency *latency, double part);

#endif
