/* SPDX-License-Identifier: ISC */
/*
 * tally: what one worker has done so far, in numbers.
 *
 * Owns the numbers and by what kind an error is counted.  The worker alone counts; the
 * daemon and other workers may read meanwhile.  Must not know where it lies (slate).  No
 * system call.
 */
#ifndef MSGFETCH_SERVER_STATS_TALLY_H
#define MSGFETCH_SERVER_STATS_TALLY_H

#include <stdatomic.h>
#include <stdint.h>

/* Why an entry could not be sent. */
enum tally_failure {
	TALLY_NOT_FOUND,
	TALLY_NOT_PERMITTED,
	TALLY_NOT_A_FILE, /* a directory, a fifo, and the like */
	TALLY_OUTSIDE,    /* a path that leads out of its export, or in circles */
	TALLY_CHANGED,    /* while it was sent, or since it was begun */
	TALLY_RANGE,      /* begins behind the end */
	TALLY_IO,         /* the file system could not read it */
	TALLY_BUSY,       /* may be had later */
	TALLY_OTHER,
	TALLY_FAILURES,
};

struct tally {
	_Atomic unsigned sharers; /* who share the user's rate; the daemon counts these */
	_Atomic uint64_t bytes;   /* of files, sent */
	_Atomic uint64_t delayed; /* ns for which the rate kept the transfer waiting */
	_Atomic uint32_t failures[TALLY_FAILURES]; /* entries that could not be sent */
	_Atomic int error;                         /* the last one's errno, above 0 */
};

/* The kind of an errno, above 0. */
enum tally_failure tally_kind(int error);

/* Its name in the status: stable, lower case with dashes. */
const char *tally_kind_name(enum tally_failure kind);

/* Counts an entry that could not be sent. */
void tally_fail(struct tally *tally, int error);

/* All failures together. */
uint64_t tally_failures(const struct tally *tally);

/* Only one process counts, so this needs no locked instruction. */
static inline void tally_add(_Atomic uint64_t *counter, uint64_t amount)
{
	uint64_t before = atomic_load_explicit(counter, memory_order_relaxed);

	atomic_store_explicit(counter, before + amount, memory_order_relaxed);
}

#endif
