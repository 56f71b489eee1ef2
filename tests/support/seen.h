/* SPDX-License-Identifier: ISC */
/*
 * seen: collects all replies to one request of a peer, entry by entry.
 *
 * For requests with LIST.  Owns how replies are unpacked and bytes joined, and asserts
 * their order.
 */
#ifndef MSGFETCH_TESTS_SUPPORT_SEEN_H
#define MSGFETCH_TESTS_SUPPORT_SEEN_H

#include "common/sysv/ring.h"

#include "tests/support/actors.h"

#define SEEN_ENTRIES 256u

struct seen_entry {
	char *name;
	char *link;
	struct entry_wire wire;
	uint8_t *bytes;  /* of a regular file, as many as the stamp's size; zeros in gaps */
	uint64_t from;   /* the offset of the first DATA */
	uint64_t come;   /* bytes of DATA */
	bool ended;      /* the END was received */
	uint64_t offset; /* in its END */
	struct digest digest;
	enum failure_reason reason; /* of its FAILURE; 0: none received */
	int error;
};

struct seen {
	struct seen_entry list[SEEN_ENTRIES];
	uint32_t count;
	enum failure_reason reason; /* of a FAILURE of the whole request; 0: none received */
	int error;
};

/*
 * Sends the peer's request for this operation and path, and receives all replies. Adds LIST to
 * flags, and leaves offset, length and stamp of the request. ring: NULL offers no ring. Call
 * once in a test.
 */
void seen_ask(struct seen *seen, struct peer *peer, enum operation operation, const char *path,
	      uint32_t flags, const struct ring *ring);

/* Returns the entry of that name, and asserts that there is exactly one. */
const struct seen_entry *seen_find(const struct seen *seen, const char *name);

/* Counts the entries of that name. */
uint32_t seen_count(const struct seen *seen, const char *name);

#endif
