/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/lib/outcome.h"

#include <errno.h>

#define WAIT_FIRST_MS 100u
#define WAIT_LAST_MS 2000u
#define HINT_MAX_MS 60000u

enum msgfetch_outcome outcome_of_errno(int error)
{
	switch (error) {
	case ENOENT:
	case ENOTDIR:
		return MSGFETCH_NOT_FOUND;
	case EACCES:
	case EPERM:
	case EXDEV:
		return MSGFETCH_DENIED;
	case ESTALE:
		return MSGFETCH_CHANGED;
	case ETIMEDOUT:
		return MSGFETCH_TIMED_OUT;
	default:
		return MSGFETCH_ERROR;
	}
}

enum msgfetch_outcome outcome_of_loss(bool begun)
{
	return begun ? MSGFETCH_CHANGED : MSGFETCH_ERROR;
}

struct classification outcome_of_failure(enum failure_reason reason, int error, bool resumed,
					 bool begun)
{
	switch (reason) {
	case FAILURE_FILE:
	case FAILURE_BAD_REQUEST:
		return (struct classification){ATTEMPT_FINAL, outcome_of_errno(error)};
	case FAILURE_RANGE:
		return (struct classification){ATTEMPT_FINAL, MSGFETCH_RANGE};
	case FAILURE_CHANGED:
		return (struct classification){ATTEMPT_FINAL, MSGFETCH_CHANGED};
	case FAILURE_BUSY:
	case FAILURE_SHUTTING_DOWN:
		return (struct classification){ATTEMPT_AGAIN, MSGFETCH_BUSY};
	case FAILURE_WORKER_LOST:
		return (struct classification){ATTEMPT_AGAIN, outcome_of_loss(begun)};
	case FAILURE_STAMP:
		return (struct classification){resumed ? ATTEMPT_OTHER_FILE : ATTEMPT_FINAL,
					       MSGFETCH_CHANGED};
	}
	return (struct classification){ATTEMPT_FINAL, MSGFETCH_ERROR};
}

bool retry_allow(struct retry *retry, enum attempt_result result, uint64_t position)
{
	if (retry->limit == 0 || result == ATTEMPT_DONE || result == ATTEMPT_FINAL)
		return false;
	if (result == ATTEMPT_ABSENT && !retry->asked && !retry->absent_too)
		return false;
	/* Each follows a RESUME, which was counted as a retry itself. */
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
	uint32_t wait = WAIT_FIRST_MS;

	for (unsigned i = 1; i < used && wait < WAIT_LAST_MS; i++)
		wait *= 2;
	return wait < WAIT_LAST_MS ? wait : WAIT_LAST_MS;
}

uint32_t retry_hint(uint32_t retry_ms)
{
	return retry_ms < HINT_MAX_MS ? retry_ms : HINT_MAX_MS;
}
