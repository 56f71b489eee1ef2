/* SPDX-License-Identifier: ISC */
/*
 * outcome: classifies a failed attempt, and decides whether another attempt may follow.
 *
 * Pure: no system call, no clock, no random number.
 */
#ifndef MSGFETCH_LIB_OUTCOME_H
#define MSGFETCH_LIB_OUTCOME_H

#include "client/lib/msgfetch.h"
#include "common/protocol.h"

#include <stdbool.h>
#include <stdint.h>

/* The result of one attempt at a request. */
enum attempt_result {
	ATTEMPT_DONE,
	ATTEMPT_FINAL,  /* failed; another attempt would fail too */
	ATTEMPT_ABSENT, /* no daemon serves the key */
	ATTEMPT_AGAIN,  /* the daemon was busy, or daemon or worker died; a retry may work */
	ATTEMPT_OTHER_FILE, /* the file to resume was replaced or changed */
};

struct classification {
	enum attempt_result result;
	enum msgfetch_outcome outcome; /* for the caller, if no further attempt is made */
};

/* Maps a positive errno of the daemon's file system to an outcome. */
enum msgfetch_outcome outcome_of_errno(int error);

/* Returns the outcome of a lost worker.  begun: as for outcome_of_failure(). */
enum msgfetch_outcome outcome_of_loss(bool begun);

/*
 * Classifies a FAILURE.  error: positive.  resumed: the request was a RESUME.  begun: an
 * ENTRY has come, so the death of the worker cuts a file short.
 */
struct classification outcome_of_failure(enum failure_reason reason, int error, bool resumed,
					 bool begun);

/* Counts the retries of one call. */
struct retry {
	unsigned limit;    /* retries without progress; 0: never retry */
	bool absent_too;   /* also retry if no daemon was there for the first attempt */
	bool asked;        /* at least one attempt reached a daemon */
	unsigned used;     /* retries since the last progress */
	uint64_t furthest; /* the largest position of all attempts, bytes */
};

/*
 * Returns true if another attempt may follow one that ended with result at position, and
 * counts the retry.  An attempt that got further than all attempts before is free and resets
 * the count: a long transfer survives many restarts, but no call retries forever.
 */
bool retry_allow(struct retry *retry, enum attempt_result result, uint64_t position);

/*
 * Returns the longest wait, in ms, before retry number `used`: 100, doubled each time up to
 * 2000.  The caller waits a random part of it, between half and all, so that clients spread
 * out.  Five such waits outlast a restart of the daemon.
 */
uint32_t retry_longest_wait(unsigned used);

/* Returns the daemon's retry_ms, cut to a minute. */
uint32_t retry_hint(uint32_t retry_ms);

#endif
