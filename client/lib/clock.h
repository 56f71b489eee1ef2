/* SPDX-License-Identifier: ISC */
/* clock: instants of clock_ns(), limits, and interruptible sleep. */
#ifndef MSGFETCH_LIB_CLOCK_H
#define MSGFETCH_LIB_CLOCK_H

#include "common/clock.h"

#include <stdatomic.h>
#include <stdint.h>
#include <time.h>

#define CLOCK_NEVER UINT64_MAX
#define CLOCK_NS_PER_MS UINT64_C(1000000)
#define CLOCK_NS_PER_S UINT64_C(1000000000)

/* Returns at + milliseconds; CLOCK_NEVER if milliseconds is 0, which means no limit. */
uint64_t clock_limit(uint64_t at, unsigned milliseconds);

/* Sleeps until the instant at, or until *stop is not 0. */
void clock_sleep_until(uint64_t at, const atomic_int *stop);

/* Ends such a sleep after *stop was set.  Async-signal-safe, from any thread. */
void clock_wake(const atomic_int *stop);

#endif
