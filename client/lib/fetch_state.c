/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/lib/fetch_state.h"

#include <errno.h>
#include <string.h>

#define FLAGS_OF_FOLLOW (MSGFETCH_FOLLOW | MSGFETCH_LINES | MSGFETCH_AWAIT)
#define FLAGS_WITHOUT_FOLLOW \
	(MSGFETCH_RECURSE | MSGFETCH_NAMES | MSGFETCH_CHILDREN | MSGFETCH_STRICT)

#define FLAGS_KNOWN                                                                   \
	(MSGFETCH_RECURSE | MSGFETCH_NAMES | MSGFETCH_CHILDREN | MSGFETCH_RANGE_SET | \
	 MSGFETCH_TAIL | MSGFETCH_STRICT | FLAGS_OF_FOLLOW)

static bool names_valid(const struct msgfetch_request *request)
{
	if ((request->flags & MSGFETCH_NAMES) == 0)
		return (request->flags & MSGFETCH_CHILDREN) == 0;
	return (request->flags & MSGFETCH_RANGE_SET) == 0 && request->resume == NULL &&
	       request->digest == MSGFETCH_DIGEST_NONE;
}

static bool follow_valid(const struct msgfetch_request *request)
{
	bool range = (request->flags & MSGFETCH_RANGE_SET) != 0;
	bool lines = (request->flags & MSGFETCH_LINES) != 0;

	if ((request->flags & MSGFETCH_FOLLOW) == 0)
		return (request->flags & FLAGS_OF_FOLLOW) == 0;
	if (request->count != 1 || (request->flags & FLAGS_WITHOUT_FOLLOW) != 0 ||
	    request->digest != MSGFETCH_DIGEST_NONE || request->resume != NULL)
		return false;
	if (lines && (range || request->length > INT64_MAX))
		return false;
	return !range || (request->flags & MSGFETCH_TAIL) != 0 || request->length == 0;
}

static bool range_valid(const struct msgfetch_request *request)
{
	bool range = (request->flags & MSGFETCH_RANGE_SET) != 0;
	bool lines = (request->flags & MSGFETCH_LINES) != 0;

	if (!range &&
	    ((request->flags & MSGFETCH_TAIL) != 0 || (request->length != 0 && !lines)))
		return false;
	if (range && (request->count != 1 || (request->flags & MSGFETCH_RECURSE) != 0 ||
		      request->digest != MSGFETCH_DIGEST_NONE || request->offset > INT64_MAX ||
		      request->length > INT64_MAX - request->offset))
		return false;
	return (request->flags & MSGFETCH_TAIL) == 0 ||
	       (request->offset == 0 && request->length > 0 && request->resume == NULL);
}

static bool resume_valid(const struct msgfetch_request *request)
{
	if (request->resume == NULL)
		return request->offset == 0 || (request->flags & MSGFETCH_RANGE_SET) != 0;
	return request->count == 1 && (request->flags & MSGFETCH_RECURSE) == 0 &&
	       request->offset <= request->resume->size;
}

int fetch_state_init(struct fetch_state *state, const struct msgfetch_request *request)
{
	if ((request->flags & ~FLAGS_KNOWN) != 0 || request->digest > MSGFETCH_DIGEST_SHA256 ||
	    !names_valid(request) || !follow_valid(request) || !range_valid(request) ||
	    !resume_valid(request))
		return -EINVAL;
	*state = (struct fetch_state){
		.paths = request->paths,
		.count = request->count,
		.flags = request->flags,
		.digest = request->digest,
		.length = request->length,
	};
	if ((request->flags & MSGFETCH_RANGE_SET) != 0)
		state->offset = request->offset;
	if (request->resume == NULL)
		return 0;
	state->resumable = true;
	state->position = request->offset;
	state->stamp = (struct stamp){
		.device = request->resume->device,
		.inode = request->resume->inode,
		.mtime_ns = request->resume->mtime_ns,
		.size = request->resume->size,
	};
	state->limit = state->stamp.size;
	if (request->length > 0 && request->length < state->limit - state->position)
		state->limit = state->position + request->length;
	return 0;
}

static enum operation operation_of(const struct fetch_state *state)
{
	return (state->flags & MSGFETCH_NAMES) != 0 ? OPERATION_LIST : OPERATION_FETCH;
}

int fetch_state_path_error(const struct fetch_state *state, size_t index)
{
	return request_path_error(operation_of(state), state->paths[index]);
}

static void fill_paths(const struct fetch_state *state, size_t room, char *buffer,
		       struct request *request)
{
	request->paths = buffer;
	for (size_t i = state->done; i < state->count; i++) {
		const char *path = state->paths[i];
		size_t bytes;

		if (fetch_state_path_error(state, i) != 0 ||
		    request->path_count == PROTOCOL_PATHS_MAX)
			return;
		bytes = strlen(path) + 1;
		if (request->path_count > 0 && request->path_bytes + bytes > room)
			return;
		memcpy(buffer + request->path_bytes, path, bytes);
		request->path_bytes += (uint32_t)bytes;
		request->path_count++;
	}
}

uint32_t fetch_state_digest_flag(const struct fetch_state *state)
{
	switch (state->digest) {
	case MSGFETCH_DIGEST_XXH3:
		return REQUEST_XXH3;
	case MSGFETCH_DIGEST_SHA256:
		return REQUEST_SHA256;
	case MSGFETCH_DIGEST_NONE:
		break;
	}
	return 0;
}

/* A client that goes on waits for a name that is missing at the moment, during a rotation. */
static uint32_t follow_flags(const struct fetch_state *state)
{
	uint32_t flags = REQUEST_PACK | REQUEST_LIST | REQUEST_FOLLOW;

	if (state->resumable)
		return flags | REQUEST_AWAIT;
	if ((state->flags & MSGFETCH_AWAIT) != 0)
		flags |= REQUEST_AWAIT;
	if ((state->flags & MSGFETCH_LINES) != 0)
		flags |= REQUEST_LINES;
	if ((state->flags & MSGFETCH_RANGE_SET) != 0)
		flags |= REQUEST_RANGE;
	return flags;
}

static uint32_t wire_flags(const struct fetch_state *state)
{
	uint32_t flags = REQUEST_PACK | REQUEST_LIST;

	if (fetch_state_follows(state))
		return follow_flags(state);
	if ((state->flags & MSGFETCH_NAMES) == 0)
		flags |= REQUEST_HOLES;
	if ((state->flags & MSGFETCH_RECURSE) != 0)
		flags |= REQUEST_RECURSE;
	if ((state->flags & MSGFETCH_CHILDREN) != 0)
		flags |= REQUEST_CHILDREN;
	if ((state->flags & MSGFETCH_RANGE_SET) != 0)
		flags |= REQUEST_RANGE;
	return flags | fetch_state_digest_flag(state);
}

/* Returns where the rest of the range starts; one byte earlier if no byte is missing. */
static uint64_t range_start(const struct fetch_state *state)
{
	bool missing = state->position < state->limit;

	return missing || state->limit == 0 ? state->position : state->limit - 1;
}

static void ask_rest(const struct fetch_state *state, struct request *request)
{
	request->flags |= REQUEST_RESUME;
	request->stamp = state->stamp;
	request->offset = state->position;
	/* The file has grown since its stamp was sent. */
	if (fetch_state_follows(state))
		request->stamp.size = state->position;
	if ((request->flags & REQUEST_RANGE) == 0)
		return;
	request->offset = range_start(state);
	request->length = state->limit - request->offset;
}

void fetch_state_ask(const struct fetch_state *state, size_t room, char *buffer,
		     struct request *request)
{
	request->operation = operation_of(state);
	request->flags = wire_flags(state);
	fill_paths(state, room, buffer, request);
	if (state->resumable) {
		ask_rest(state, request);
		return;
	}
	request->offset = state->offset;
	request->length = state->length;
	if ((state->flags & MSGFETCH_TAIL) != 0)
		request->flags |= REQUEST_TAIL;
}

size_t fetch_state_overlap(const struct fetch_state *state, uint64_t offset, size_t length)
{
	uint64_t overlap = state->position > offset ? state->position - offset : 0;

	return overlap < length ? (size_t)overlap : length;
}

bool fetch_state_follows(const struct fetch_state *state)
{
	return (state->flags & MSGFETCH_FOLLOW) != 0;
}

void fetch_state_answered(struct fetch_state *state)
{
	state->reached += state->come + 1;
	state->come = 0;
}

void fetch_state_begin(struct fetch_state *state)
{
	state->begun = true;
	state->resumable = false;
	state->come = 0;
}

void fetch_state_file(struct fetch_state *state, const struct stamp *stamp, uint64_t position,
		      uint64_t limit)
{
	/* An empty range has no rest to ask for. */
	state->resumable = (state->flags & MSGFETCH_RANGE_SET) == 0 || position < limit;
	state->stamp = *stamp;
	state->position = position;
	state->limit = limit;
}

void fetch_state_start_over(struct fetch_state *state)
{
	state->begun = false;
	state->resumable = false;
	state->come = 0;
}

void fetch_state_next(struct fetch_state *state)
{
	state->reached += state->come + 1;
	state->done++;
	fetch_state_start_over(state);
}

uint64_t fetch_state_reached(const struct fetch_state *state)
{
	return state->reached + state->come;
}
