/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/lib/outcome.h"

#include <errno.h>

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
		return (struct classification){ATTEMPT_BUSY, MSGFETCH_BUSY};
	case FAILURE_WORKER_LOST:
		return (struct classification){ATTEMPT_LOST,
					       begun ? MSGFETCH_CHANGED : MSGFETCH_ERROR};
	case FAILURE_STAMP:
		return (struct classification){resumed ? ATTEMPT_OTHER_FILE : ATTEMPT_FINAL,
					       MSGFETCH_CHANGED};
	}
	return (struct classification){ATTEMPT_FINAL, MSGFETCH_ERROR};
}
