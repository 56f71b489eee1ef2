/* SPDX-License-Identifier: ISC */
/*
 * fetch_state: tracks which bytes of a call have arrived, and builds the next request.
 *
 * Pure: no system call, no clock.  Must not know sinks.
 */
#ifndef MSGFETCH_LIB_FETCH_STATE_H
#define MSGFETCH_LIB_FETCH_STATE_H

#include "client/lib/msgfetch.h"
#include "common/protocol.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fetch_state {
	const char *const *paths; /* not owned */
	size_t count;
	unsigned flags; /* MSGFETCH_RECURSE and so on */
	enum msgfetch_digest digest;
	uint64_t offset, length; /* of the range, with MSGFETCH_RANGE_SET */
	size_t done;             /* number of paths that are finished */
	bool begun;              /* the sink has an entry of paths[done] */
	bool resumable;          /* paths[done] is a file that a RESUME can continue */
	struct stamp stamp;      /* of that file */
	uint64_t position;       /* one past the last byte received of that file */
	uint64_t limit;          /* one past the last byte wanted of that file */
	uint64_t come;           /* bytes of paths[done] received in this attempt */
	uint64_t reached;        /* bytes of the finished paths, plus one for each path */
};

/* Prepares for request.  Returns 0, or -EINVAL: unknown flags, or fields that conflict. */
int fetch_state_init(struct fetch_state *state, const struct msgfetch_request *request);

/*
 * Builds the next request: operation, flags, offset, stamp, and as many paths as fit into
 * room bytes, but at least paths[done], which must be valid.  buffer holds the paths, has
 * REQUEST_PATH_BYTES_MAX bytes, and must live as long as *request.
 */
void fetch_state_ask(const struct fetch_state *state, size_t room, char *buffer,
		     struct request *request);

/* Returns true for a FOLLOW. */
bool fetch_state_follows(const struct fetch_state *state);

/*
 * Notes that the daemon of this attempt follows the file.  This counts as progress: over days,
 * a follow may see more restarts than retries.
 */
void fetch_state_answered(struct fetch_state *state);

/* Notes the entry of paths[done] itself.  For a regular file fetch_state_file() follows. */
void fetch_state_begin(struct fetch_state *state);

/* Notes that paths[done] is a file with this stamp, to be received from position to limit. */
void fetch_state_file(struct fetch_state *state, const struct stamp *stamp, uint64_t position,
		      uint64_t limit);

/*
 * Returns how many of length bytes at offset arrived before.  A request cannot name an empty
 * range, so a RESUME with no byte missing asks for the last byte again.
 */
size_t fetch_state_overlap(const struct fetch_state *state, uint64_t offset, size_t length);

/* Returns REQUEST_XXH3, REQUEST_SHA256 or 0. */
uint32_t fetch_state_digest_flag(const struct fetch_state *state);

/* Returns 0 if paths[index] may be requested, or request_path_error()'s error. */
int fetch_state_path_error(const struct fetch_state *state, size_t index);

/* Discards the bytes of paths[done]: the next request asks for all of it. */
void fetch_state_start_over(struct fetch_state *state);

/* Finishes paths[done]. */
void fetch_state_next(struct fetch_state *state);

/* Returns a number that grows with all progress: the position for retry_allow(). */
uint64_t fetch_state_reached(const struct fetch_state *state);

#endif
