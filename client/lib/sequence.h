/* SPDX-License-Identifier: ISC */
/*
 * sequence: checks that replies come in the order and with the numbers that
 * msgfetch-protocol(7) allows for the request.
 *
 * Pure: takes decoded replies, and returns how to handle each.  Must not know queues, clocks
 * or sinks.
 */
#ifndef MSGFETCH_LIB_SEQUENCE_H
#define MSGFETCH_LIB_SEQUENCE_H

#include "common/protocol.h"

#include <stdbool.h>
#include <stdint.h>

struct sequence {
	/* From the request. */
	enum operation operation;
	uint32_t flags;
	uint32_t serial;
	uint32_t path_count;
	uint64_t offset, length;
	/* From the replies. */
	uint32_t path;      /* of the last entry */
	uint32_t entries;   /* number of ENTRYs so far */
	bool in_directory;  /* the path of the last entry is a directory */
	bool file_open;     /* a regular file has begun and not ended */
	bool file_seen;     /* FOLLOW: a regular file has begun */
	bool failure_due;   /* the last ENTRY has mode 0: only its FAILURE may follow */
	bool over;          /* no reply may follow */
	struct stamp stamp; /* of the last regular file */
	uint64_t position;  /* in that file: one past the last byte received */
	uint64_t limit;     /* in that file: where END must come */
};

enum sequence_step {
	SEQUENCE_BEGIN,     /* an entry begins */
	SEQUENCE_RESUMED,   /* the ENTRY of a RESUME repeats the known file */
	SEQUENCE_BYTES,     /* DATA of the current file */
	SEQUENCE_END,       /* the file is complete */
	SEQUENCE_GREW,      /* the same, and the file got longer meanwhile */
	SEQUENCE_CUT,       /* END of a file at another size than announced */
	SEQUENCE_CHANGED,   /* END of another state of the file, other than a longer one */
	SEQUENCE_FAILED,    /* a FAILURE of the last entry */
	SEQUENCE_WHOLE,     /* a FAILURE that ends the request */
	SEQUENCE_OVER,      /* the END of a list */
	SEQUENCE_VIOLATION, /* forbidden by the protocol */
};

/* Prepares for the replies to request, which has REQUEST_LIST if it has paths. */
void sequence_open(struct sequence *sequence, const struct request *request);

/* Returns true if the request is a RESUME. */
bool sequence_resumed(const struct sequence *sequence);

/* Returns how many bytes the worker digests without sending them, before it sends DATA. */
uint64_t sequence_bytes_again(const struct sequence *sequence);

/* Checks the next reply, which is not a PACK, and advances. */
enum sequence_step sequence_accept(struct sequence *sequence, const struct reply *reply);

#endif
