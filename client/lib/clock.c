/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/lib/clock.h"

#include <errno.h>

uint64_t clock_limit(uint64_t at, unsigned milliseconds)
{
	return milliseconds == 0 ? CLOCK_NEVER : at + milliseconds * CLOCK_NS_PER_MS;
}

struct timespec clock_timespec(uint64_t at)
{
	return (struct timespec){
		.tv_sec = (time_t)(at / CLOCK_NS_PER_S),
		.tv_nsec = (long)(at % CLOCK_NS_PER_S),
	};
}

void clock_sleep_until(uint64_t at, const atomic_bool *stop)
{
	struct timespec until = clock_timespec(at);

	while (!atomic_load(stop) &&
	       clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
		;
}
