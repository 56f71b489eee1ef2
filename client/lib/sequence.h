/* SPDX-License-Identifier: ISC */
/*
 * sequence: checks that replies come in the order, and with the numbers, that
 * msgfetch-protocol(7) allows, for what was asked.
 *
 * Pure: it sees decoded replies and says what to do with each.  Must not know
 * queues, clocks or sinks.
 */
#ifndef MSGFETCH_LIB_SEQUENCE_H
#define MSGFETCH_LIB_SEQUENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/protocol.h"

struct sequence {
	enum operation operation;
	uint32_t flags; /* of the request, as the next four */
	uint32_t serial;
	uint32_t path_count;
	uint64_t offset, length;
	uint32_t path;     /* the path of the last entry */
	uint32_t entries;  /* announced so far */
	bool in_directory; /* the path of the last entry is a directory */
	bool file_open;    /* a regular file is between its ENTRY and its end */
	bool over;
	struct stamp stamp; /* of the last regular file */
	uint64_t position;  /* in it: the byte after the last one that came */
	uint64_t limit;     /* in it: where it has to end */
};

enum sequence_step {
	SEQUENCE_BEGIN,     /* an entry begins */
	SEQUENCE_GO_ON,     /* the ENTRY of a RESUME: nothing new */
	SEQUENCE_BYTES,     /* DATA, in its namespaces */
	SEQUENCE_END,       /* the file is complete */
	SEQUENCE_CUT,       /* END of a file at another size than announced */
	SEQUENCE_CHANGED,   /* END of a file with another stamp than ENTRY */
	SEQUENCE_FAILED,    /* a FAILURE of the last entry, with its own words */
	SEQUENCE_WHOLE,     /* a FAILURE that ends the request */
	SEQUENCE_OVER,      /* the END of all */
	SEQUENCE_VIOLATION, /* not what this protocol allows here */
};

/* Sets up for the replies to a request, which has REQUEST_LIST if it has paths. */
void sequence_open(struct sequence *sequence, const struct request *request);

/* True where the request went on from what had come before. */
bool sequence_resumed(const struct sequence *sequence);

/* How many bytes the worker reads in silence before it goes on: those that a digest lacks. */
uint64_t sequence_bytes_again(const struct sequence *sequence);

/* Judges the next reply, which is no PACK, and moves on. */
enum sequence_step sequence_accept(struct sequence *sequence, const struct reply *reply);

#endif
