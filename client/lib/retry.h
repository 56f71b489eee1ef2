/* SPDX-License-Identifier: ISC */
/*
 * retry: how often to ask again, and after how long.
 *
 * Pure: no clock, no chance; the caller draws the random number.
 */
#ifndef MSGFETCH_LIB_RETRY_H
#define MSGFETCH_LIB_RETRY_H

#include <stdbool.h>
#include <stdint.h>

#include "client/lib/outcome.h"

struct retry {
	unsigned limit;    /* 0: never ask again */
	bool absent_too;   /* also where no daemon was there to begin with */
	bool asked;        /* a request was taken by a queue at least once */
	unsigned used;     /* since the last progress */
	uint64_t furthest; /* the furthest position of any try, bytes */
};

/*
 * True if the request may be asked again after a try that ended with result at
 * position; counts it.  A try that got further than every one before it costs
 * nothing and clears the count, so a long transfer survives many restarts, but
 * no series of tries goes on for ever.
 */
bool retry_allow(struct retry *retry, enum attempt_result result, uint64_t position);

/*
 * The longest wait, in ms, before try number `used`: 100 doubling to 2000.  The
 * caller waits for between half and all of it, so that a herd spreads out, and yet
 * five tries outlast a daemon's restart.
 */
uint32_t retry_longest_wait(unsigned used);

/* A daemon's retry_ms as far as it is heeded: up to a minute. */
uint32_t retry_hint(uint32_t retry_ms);

#endif
