/* SPDX-License-Identifier: ISC */
/*
 * sequence: checks that replies come in the order, and with the numbers, that
 * msgfetch-protocol(7) allows, for a request of one path or a PING.
 *
 * Pure: it sees decoded replies and says what to do with each.  Must not know
 * queues, clocks or sinks.
 */
#ifndef MSGFETCH_CLIENT_SEQUENCE_H
#define MSGFETCH_CLIENT_SEQUENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/protocol.h"

enum sequence_place {
	SEQUENCE_AWAITS_ENTRY,
	SEQUENCE_IN_BODY,
	SEQUENCE_OVER,
};

struct sequence {
	bool ping;
	uint32_t serial;
	enum sequence_place place;
	bool known;         /* an ENTRY came, now or in an earlier try: stamp is valid */
	bool resumed;       /* the request was a RESUME from position */
	struct stamp stamp; /* zeros for a PING */
	uint64_t position;  /* the byte after the last one that came */
};

enum sequence_step {
	SEQUENCE_BEGIN,     /* the first ENTRY: a file begins */
	SEQUENCE_GO_ON,     /* the ENTRY of a RESUME: nothing new */
	SEQUENCE_BYTES,     /* DATA, in its place */
	SEQUENCE_END,       /* all is there */
	SEQUENCE_FAILED,    /* a FAILURE, with its own words */
	SEQUENCE_CUT,       /* END before, or DATA beyond, the announced size */
	SEQUENCE_CHANGED,   /* END with another stamp than ENTRY */
	SEQUENCE_VIOLATION, /* not what this protocol allows here */
};

/* Sets up for a first request. */
void sequence_init(struct sequence *sequence, bool ping);

/*
 * Sets up for the replies to the request of the given serial.  Sets resumed
 * where a file was begun before: the request is then a RESUME from position with stamp.
 */
void sequence_ask(struct sequence *sequence, uint32_t serial);

/* Forgets the file that was begun: the next request is for all of it. */
void sequence_start_over(struct sequence *sequence);

/* Judges the next reply and moves on.  With SEQUENCE_END and all after it the try is over. */
enum sequence_step sequence_accept(struct sequence *sequence, const struct reply *reply);

/* True for the steps that are an answer, not a refusal or nonsense. */
bool sequence_is_answer(enum sequence_step step);

#endif
