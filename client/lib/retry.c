/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/lib/retry.h"

#define CEILING_FIRST_MS 100u
#define CEILING_LAST_MS 2000u
#define HINT_MAX_MS 60000u

bool retry_allow(struct retry *retry, enum attempt_result result, uint64_t position)
{
	if (retry->limit == 0 || result == ATTEMPT_DONE || result == ATTEMPT_FINAL)
		return false;
	if (result == ATTEMPT_ABSENT && !retry->asked && !retry->absent_too)
		return false;
	/* It comes once after each RESUME at most, and that one was counted. */
	if (result == ATTEMPT_OTHER_FILE)
		return true;
	if (position > retry->furthest) {
		retry->furthest = position;
		retry->used = 0;
		return true;
	}
	if (retry->used >= retry->limit)
		return false;
	retry->used++;
	return true;
}

uint32_t retry_longest_wait(unsigned used)
{
	uint32_t ceiling = CEILING_FIRST_MS;

	for (unsigned i = 1; i < used && ceiling < CEILING_LAST_MS; i++)
		ceiling *= 2;
	return ceiling < CEILING_LAST_MS ? ceiling : CEILING_LAST_MS;
}

uint32_t retry_hint(uint32_t retry_ms)
{
	return retry_ms < HINT_MAX_MS ? retry_ms : HINT_MAX_MS;
}
