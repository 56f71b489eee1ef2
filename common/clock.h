/* SPDX-License-Identifier: ISC */
/* clock: reads the monotonic clock. */
#ifndef MSGFETCH_COMMON_CLOCK_H
#define MSGFETCH_COMMON_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline uint64_t clock_ns(void)
{
	struct timespec now;

	/* Cannot fail for this clock and a valid address (clock_gettime(2)). */
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static inline uint64_t clock_ms(void)
{
	return clock_ns() / 1000000u;
}

#endif
