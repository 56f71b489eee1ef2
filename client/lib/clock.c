/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/lib/clock.h"

#include <limits.h>
#include <linux/futex.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

uint64_t clock_limit(uint64_t at, unsigned milliseconds)
{
	return milliseconds == 0 ? CLOCK_NEVER : at + milliseconds * CLOCK_NS_PER_MS;
}

static struct timespec timespec_of(uint64_t at)
{
	return (struct timespec){
		.tv_sec = (time_t)(at / CLOCK_NS_PER_S),
		.tv_nsec = (long)(at % CLOCK_NS_PER_S),
	};
}

/* The bitset operations take an absolute CLOCK_MONOTONIC time, not a duration. */
static long futex(const atomic_int *word, int operation, int value,
		  const struct timespec *until)
{
	return syscall(SYS_futex, word, operation, value, until, NULL, FUTEX_BITSET_MATCH_ANY);
}

void clock_sleep_until(uint64_t at, const atomic_int *stop)
{
	struct timespec until = timespec_of(at);

	while (atomic_load(stop) == 0 && clock_ns() < at)
		futex(stop, FUTEX_WAIT_BITSET_PRIVATE, 0, &until);
}

void clock_wake(const atomic_int *stop)
{
	futex(stop, FUTEX_WAKE_BITSET_PRIVATE, INT_MAX, NULL);
}
