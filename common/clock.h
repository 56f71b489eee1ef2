/* SPDX-License-Identifier: ISC */
/* clock: the one way the project reads time that only moves forward. */
#ifndef MSGFETCH_COMMON_CLOCK_H
#define MSGFETCH_COMMON_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline uint64_t clock_ns(void)
{
	struct timespec now;

	/* Cannot fail: the clock exists and the address is good (clock_gettime(2)). */
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static inline uint64_t clock_ms(void)
{
	return clock_ns() / 1000000u;
}

#endif
