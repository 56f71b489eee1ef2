/* SPDX-License-Identifier: ISC */
/*
 * outcome: what a FAILURE means for the caller, and whether asking again can help.
 *
 * Pure: no system call, no state.
 */
#ifndef MSGFETCH_LIB_OUTCOME_H
#define MSGFETCH_LIB_OUTCOME_H

#include <stdbool.h>

#include "client/lib/msgfetch.h"
#include "common/protocol.h"

/* What one try came to. */
enum attempt_result {
	ATTEMPT_DONE,
	ATTEMPT_FINAL,      /* failed, and would fail again */
	ATTEMPT_ABSENT,     /* no daemon was there to ask */
	ATTEMPT_LOST,       /* daemon or worker was asked, then was gone */
	ATTEMPT_BUSY,       /* refused for now */
	ATTEMPT_OTHER_FILE, /* cannot be resumed: the file is another now */
};

struct classification {
	enum attempt_result result;
	enum msgfetch_outcome outcome; /* what to tell the caller if nobody asks again */
};

/* How an errno of the daemon's file system is told to the caller.  error: positive. */
enum msgfetch_outcome outcome_of_errno(int error);

/*
 * Judges a FAILURE.  error: positive.  resumed: the request was a RESUME.
 * begun: an ENTRY had come, so that a dead worker means a file cut short.
 */
struct classification outcome_of_failure(enum failure_reason reason, int error, bool resumed,
					 bool begun);

#endif
