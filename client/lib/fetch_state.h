/* SPDX-License-Identifier: ISC */
/*
 * fetch state: what a call is to fetch, how far that has come, and what to ask for next.
 *
 * Pure: no system call, no clock.  Must not know sinks.
 */
#ifndef MSGFETCH_LIB_FETCH_STATE_H
#define MSGFETCH_LIB_FETCH_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/lib/msgfetch.h"
#include "common/protocol.h"

struct fetch_state {
	const char *const *paths; /* not owned */
	size_t count;
	unsigned flags; /* MSGFETCH_RECURSE and the like */
	enum msgfetch_digest digest;
	uint64_t offset, length; /* of the range, where there is one */
	size_t done;             /* the paths that nothing more will come of */
	bool begun;              /* the sink knows of path number done */
	bool resumable; /* stamp and position are those of a file that can be gone on with */
	struct stamp stamp; /* that file's */
	uint64_t position;  /* the first byte of it that has not come */
	uint64_t limit;     /* one past the last byte of it that is to come */
	uint64_t come;      /* bytes of this path, in this try */
	uint64_t reached;   /* bytes of the paths that are done, and one for each */
};

/*
 * Sets up for what request names.  Returns 0, or -EINVAL: flags that are not known, or
 * fields that do not go together.
 */
int fetch_state_init(struct fetch_state *state, const struct msgfetch_request *request);

/*
 * The next request: operation, flags, offset, stamp, and as many paths as fit into room
 * bytes of buffer, one at least; path number fetch state->done must be valid.  buffer: of
 * REQUEST_PATH_BYTES_MAX bytes, and in use as long as *request is.
 */
void fetch_state_ask(const struct fetch_state *state, size_t room, char *buffer,
		     struct request *request);

/* The entry of path number fetch state->done itself came; it has no bytes, or
 * fetch_state_file() says. */
void fetch_state_begin(struct fetch_state *state);

/* The bytes of that file, whose stamp it is, are to come from position to limit. */
void fetch_state_file(struct fetch_state *state, const struct stamp *stamp, uint64_t position,
		      uint64_t limit);

/*
 * How many of length bytes at offset have come before: a worker is asked for one byte more
 * than is missing where nothing is, as a range of nothing cannot be asked for.
 */
size_t fetch_state_overlap(const struct fetch_state *state, uint64_t offset, size_t length);

/* REQUEST_XXH3, REQUEST_SHA256 or 0. */
uint32_t fetch_state_digest_flag(const struct fetch_state *state);

/* True where a path of this fetch state may be asked for. */
bool fetch_state_path_valid(const struct fetch_state *state, const char *path);

/* What came of path number fetch state->done is void: it is to be asked for from its start. */
void fetch_state_start_over(struct fetch_state *state);

/* Nothing more comes of path number fetch state->done; the next one's turn. */
void fetch_state_next(struct fetch_state *state);

/* Grows with all that comes, over all paths and tries: what retry_allow() takes as position. */
uint64_t fetch_state_reached(const struct fetch_state *state);

#endif
