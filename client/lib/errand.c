/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/lib/errand.h"

#include <errno.h>
#include <string.h>

#define FLAGS_KNOWN                                                                   \
	(MSGFETCH_RECURSE | MSGFETCH_NAMES | MSGFETCH_CHILDREN | MSGFETCH_RANGE_SET | \
	 MSGFETCH_TAIL)

static bool names_valid(const struct msgfetch_request *request)
{
	if ((request->flags & MSGFETCH_NAMES) == 0)
		return (request->flags & MSGFETCH_CHILDREN) == 0;
	return (request->flags & MSGFETCH_RANGE_SET) == 0 && request->resume == NULL &&
	       request->digest == MSGFETCH_DIGEST_NONE;
}

static bool range_valid(const struct msgfetch_request *request)
{
	bool range = (request->flags & MSGFETCH_RANGE_SET) != 0;

	if (!range && ((request->flags & MSGFETCH_TAIL) != 0 || request->length != 0))
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

int errand_init(struct errand *errand, const struct msgfetch_request *request)
{
	if ((request->flags & ~FLAGS_KNOWN) != 0 || request->digest > MSGFETCH_DIGEST_SHA256 ||
	    !names_valid(request) || !range_valid(request) || !resume_valid(request))
		return -EINVAL;
	*errand = (struct errand){
		.paths = request->paths,
		.count = request->count,
		.flags = request->flags,
		.digest = request->digest,
		.length = request->length,
	};
	if ((request->flags & MSGFETCH_RANGE_SET) != 0)
		errand->offset = request->offset;
	if (request->resume == NULL)
		return 0;
	errand->resumable = true;
	errand->position = request->offset;
	errand->stamp = (struct stamp){
		.device = request->resume->device,
		.inode = request->resume->inode,
		.mtime_ns = request->resume->mtime_ns,
		.size = request->resume->size,
	};
	errand->limit = errand->stamp.size;
	if (request->length > 0 && request->length < errand->limit - errand->position)
		errand->limit = errand->position + request->length;
	return 0;
}

bool errand_path_valid(const struct errand *errand, const char *path)
{
	bool root = path[0] == '\0' && (errand->flags & MSGFETCH_NAMES) != 0;

	return root || request_path_valid(path);
}

static void fill_paths(const struct errand *errand, size_t room, char *buffer,
		       struct request *request)
{
	request->paths = buffer;
	for (size_t i = errand->done; i < errand->count; i++) {
		const char *path = errand->paths[i];
		size_t bytes;

		if (!errand_path_valid(errand, path) ||
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

uint32_t errand_digest_flag(const struct errand *errand)
{
	switch (errand->digest) {
	case MSGFETCH_DIGEST_XXH3:
		return REQUEST_XXH3;
	case MSGFETCH_DIGEST_SHA256:
		return REQUEST_SHA256;
	case MSGFETCH_DIGEST_NONE:
		break;
	}
	return 0;
}

static uint32_t wire_flags(const struct errand *errand)
{
	uint32_t flags = REQUEST_PACK | REQUEST_LIST;

	if ((errand->flags & MSGFETCH_NAMES) == 0)
		flags |= REQUEST_HOLES;
	if ((errand->flags & MSGFETCH_RECURSE) != 0)
		flags |= REQUEST_RECURSE;
	if ((errand->flags & MSGFETCH_CHILDREN) != 0)
		flags |= REQUEST_CHILDREN;
	if ((errand->flags & MSGFETCH_RANGE_SET) != 0)
		flags |= REQUEST_RANGE;
	return flags | errand_digest_flag(errand);
}

/* From where the range at hand is to be asked for so that it is not one of nothing. */
static uint64_t range_start(const struct errand *errand)
{
	bool missing = errand->position < errand->limit;

	return missing || errand->limit == 0 ? errand->position : errand->limit - 1;
}

static void ask_rest(const struct errand *errand, struct request *request)
{
	request->flags |= REQUEST_RESUME;
	request->stamp = errand->stamp;
	request->offset = errand->position;
	if ((request->flags & REQUEST_RANGE) == 0)
		return;
	request->offset = range_start(errand);
	request->length = errand->limit - request->offset;
}

void errand_ask(const struct errand *errand, size_t room, char *buffer, struct request *request)
{
	request->operation =
		(errand->flags & MSGFETCH_NAMES) != 0 ? OPERATION_LIST : OPERATION_FETCH;
	request->flags = wire_flags(errand);
	fill_paths(errand, room, buffer, request);
	if (errand->resumable) {
		ask_rest(errand, request);
		return;
	}
	request->offset = errand->offset;
	request->length = errand->length;
	if ((errand->flags & MSGFETCH_TAIL) != 0)
		request->flags |= REQUEST_TAIL;
}

size_t errand_overlap(const struct errand *errand, uint64_t offset, size_t length)
{
	uint64_t overlap = errand->position > offset ? errand->position - offset : 0;

	return overlap < length ? (size_t)overlap : length;
}

void errand_begin(struct errand *errand)
{
	errand->begun = true;
	errand->resumable = false;
	errand->come = 0;
}

void errand_file(struct errand *errand, const struct stamp *stamp, uint64_t position,
		 uint64_t limit)
{
	/* Of a range of nothing there is no rest to ask for. */
	errand->resumable = (errand->flags & MSGFETCH_RANGE_SET) == 0 || position < limit;
	errand->stamp = *stamp;
	errand->position = position;
	errand->limit = limit;
}

void errand_start_over(struct errand *errand)
{
	errand->begun = false;
	errand->resumable = false;
	errand->come = 0;
}

void errand_next(struct errand *errand)
{
	errand->reached += errand->come + 1;
	errand->done++;
	errand_start_over(errand);
}

uint64_t errand_reached(const struct errand *errand)
{
	return errand->reached + errand->come;
}
