/* SPDX-License-Identifier: ISC */
/*
 * sequence: checks that replies come in the order, and with the numbers, that
 * msgfetch-protocol(7) allows, for a list or a PING.
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
	bool ping;
	bool recurse;
	uint32_t serial;
	uint32_t path_count; /* of the request */
	uint32_t path;       /* the path of the last entry */
	uint32_t entries;    /* announced so far */
	bool in_directory;   /* the path of the last entry is a directory */
	bool file_open;      /* a regular file is between its ENTRY and its end */
	bool over;
	bool resumed;       /* the request was a RESUME */
	struct stamp stamp; /* of the last regular file */
	uint64_t position;  /* in it: the byte after the last one that came */
};

enum sequence_step {
	SEQUENCE_BEGIN,     /* an entry begins */
	SEQUENCE_GO_ON,     /* the ENTRY of a RESUME: nothing new */
	SEQUENCE_BYTES,     /* DATA, in its place */
	SEQUENCE_END,       /* the file is complete */
	SEQUENCE_CUT,       /* END of a file at another size than announced */
	SEQUENCE_CHANGED,   /* END of a file with another stamp than ENTRY */
	SEQUENCE_FAILED,    /* a FAILURE of the last entry, with its own words */
	SEQUENCE_WHOLE,     /* a FAILURE that ends the request */
	SEQUENCE_OVER,      /* the END of all */
	SEQUENCE_VIOLATION, /* not what this protocol allows here */
};

/* Sets up for the replies to a PING. */
void sequence_ping(struct sequence *sequence, uint32_t serial);

/* Sets up for the replies to a list of path_count paths, recurse: with all beneath. */
void sequence_list(struct sequence *sequence, uint32_t serial, uint32_t path_count,
		   bool recurse);

/* Says, after that, that the first path is a RESUME of the file with stamp from position. */
void sequence_resume(struct sequence *sequence, const struct stamp *stamp, uint64_t position);

/* Judges the next reply, which is no PACK, and moves on. */
enum sequence_step sequence_accept(struct sequence *sequence, const struct reply *reply);

#endif
