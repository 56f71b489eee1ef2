/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/lib/errand.h"

#include <errno.h>
#include <string.h>

#define FLAGS_KNOWN MSGFETCH_RECURSE

static bool resume_valid(const struct msgfetch_request *request)
{
	if (request->resume == NULL)
		return request->offset == 0;
	return request->count == 1 && (request->flags & MSGFETCH_RECURSE) == 0 &&
	       request->offset <= request->resume->size;
}

int errand_init(struct errand *errand, const struct msgfetch_request *request)
{
	if ((request->flags & ~FLAGS_KNOWN) != 0 || !resume_valid(request))
		return -EINVAL;
	*errand = (struct errand){
		.paths = request->paths,
		.count = request->count,
		.recurse = (request->flags & MSGFETCH_RECURSE) != 0,
		.position = request->offset,
	};
	if (request->resume == NULL)
		return 0;
	errand->resumable = true;
	errand->stamp = (struct stamp){
		.device = request->resume->device,
		.inode = request->resume->inode,
		.mtime_ns = request->resume->mtime_ns,
		.size = request->resume->size,
	};
	return 0;
}

static void fill_paths(const struct errand *errand, size_t room, char *buffer,
		       struct request *request)
{
	request->paths = buffer;
	for (size_t i = errand->done; i < errand->count; i++) {
		const char *path = errand->paths[i];
		size_t bytes;

		if (!request_path_valid(path) || request->path_count == PROTOCOL_PATHS_MAX)
			return;
		bytes = strlen(path) + 1;
		if (request->path_count > 0 && request->path_bytes + bytes > room)
			return;
		memcpy(buffer + request->path_bytes, path, bytes);
		request->path_bytes += (uint32_t)bytes;
		request->path_count++;
	}
}

void errand_ask(const struct errand *errand, size_t room, char *buffer, struct request *request)
{
	request->operation = OPERATION_FETCH;
	request->flags = REQUEST_HOLES | REQUEST_PACK | REQUEST_LIST;
	if (errand->recurse)
		request->flags |= REQUEST_RECURSE;
	fill_paths(errand, room, buffer, request);
	if (!errand->resumable)
		return;
	request->flags |= REQUEST_RESUME;
	request->offset = errand->position;
	request->stamp = errand->stamp;
}

void errand_begin(struct errand *errand, bool file, const struct stamp *stamp)
{
	errand->begun = true;
	errand->resumable = file;
	errand->stamp = *stamp;
	errand->position = 0;
	errand->come = 0;
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
