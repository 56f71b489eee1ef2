/* SPDX-License-Identifier: ISC */
/*
 * counters: what one worker has done so far, in numbers.
 *
 * Owns the numbers and by what kind an error is counted.  The worker alone counts; the
 * daemon and other workers may read meanwhile.  Must not know where it lies (scoreboard entry).
 * No system call.
 */
#ifndef MSGFETCH_SERVER_STATS_COUNTERS_H
#define MSGFETCH_SERVER_STATS_COUNTERS_H

#include <stdatomic.h>
#include <stdint.h>

/* Why an entry could not be sent. */
enum entry_failure {
	ENTRY_NOT_FOUND,
	ENTRY_NOT_PERMITTED,
	ENTRY_NOT_A_FILE, /* a directory, a fifo, and the like */
	ENTRY_OUTSIDE,    /* a path that leads out of its export, or in circles */
	ENTRY_CHANGED,    /* while it was sent, or since it was begun */
	ENTRY_RANGE,      /* begins behind the end */
	ENTRY_IO,         /* the file system could not read it */
	ENTRY_BUSY,       /* may be had later */
	ENTRY_OTHER,
	ENTRY_FAILURES,
};

struct counters {
	_Atomic unsigned sharers; /* who share the user's rate; the daemon counts these */
	_Atomic uint64_t bytes;   /* of files, sent */
	_Atomic uint64_t delayed; /* ns for which the rate kept the transfer waiting */
	_Atomic uint32_t failures[ENTRY_FAILURES]; /* entries that could not be sent */
	_Atomic int error;                         /* the last one's errno, above 0 */
};

/* The kind of an errno, above 0. */
enum entry_failure entry_failure_of_errno(int error);

/* Its name in the status: stable, lower case with dashes. */
const char *entry_failure_name(enum entry_failure kind);

/* Counts an entry that could not be sent. */
void counters_fail(struct counters *counters, int error);

/* All failures together. */
uint64_t counters_failures(const struct counters *counters);

/* Only one process counts, so this needs no locked instruction. */
static inline void counter_add(_Atomic uint64_t *counter, uint64_t amount)
{
	uint64_t before = atomic_load_explicit(counter, memory_order_relaxed);

	atomic_store_explicit(counter, before + amount, memory_order_relaxed);
}

#endif
