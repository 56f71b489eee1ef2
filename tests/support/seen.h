/* SPDX-License-Identifier: ISC */
/*
 * seen: all that comes of one request of a peer's, entry by entry, whichever way it came.
 *
 * For requests with LIST.  Owns unpacking and putting bytes together; asserts that each
 * reply is in its place.
 */
#ifndef MSGFETCH_TESTS_SUPPORT_SEEN_H
#define MSGFETCH_TESTS_SUPPORT_SEEN_H

#include "common/ring.h"

#include "tests/support/actors.h"

#define SEEN_ENTRIES 256u

struct seen_entry {
	char *name;
	char *link;
	struct entry_wire wire;
	uint8_t *
		bytes; /* of a regular file, as long as its stamp says; zeros where none came */
	uint64_t from; /* the offset of its first DATA */
	uint64_t come; /* bytes of DATA */
	bool ended;    /* its END came: */
	uint64_t offset; /* what that says */
	struct digest digest;
	enum failure_reason reason; /* of its FAILURE; 0: none came */
	int error;
};

struct seen {
	struct seen_entry list[SEEN_ENTRIES];
	uint32_t count;
	enum failure_reason reason; /* of a FAILURE of the whole; 0: none came */
	int error;
};

/*
 * Sends peer's request, for this operation and path, and receives all that comes.  LIST is
 * added to flags; offset, length and stamp are what they were in it.  ring: NULL, none is
 * offered.  For one test only.
 */
void seen_ask(struct seen *seen, struct peer *peer, enum operation operation, const char *path,
	      uint32_t flags, const struct ring *ring);

/* The entry of that name; asserts that there is exactly one. */
const struct seen_entry *seen_find(const struct seen *seen, const char *name);

/* How many have that name. */
uint32_t seen_count(const struct seen *seen, const char *name);

#endif
