/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "common/sysv/classic.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

/* Bytes of a queue id of type int, and of type long on a 64-bit machine. */
#define INT_BYTES sizeof(int32_t)
#define LONG_BYTES sizeof(int64_t)

enum dialect classic_dialect(size_t length)
{
	switch (length) {
	case CLASSIC_LARGE_BYTES:
	case CLASSIC_LARGE_BYTES + CLASSIC_PADDING:
		return DIALECT_CLASSIC_LARGE;
	case CLASSIC_SMALL_BYTES:
	case CLASSIC_SMALL_BYTES + CLASSIC_PADDING:
		return DIALECT_CLASSIC_SMALL;
	default:
		return DIALECT_CLASSIC_OTHER;
	}
}

/*
 * Returns the length of the queue id in bytes.  The upper half of a long looks like an empty
 * path, so only a request without a path after an int can have a long.
 */
static size_t id_bytes(const struct message *message, size_t length)
{
	int64_t queue;

	if (length <= LONG_BYTES || message->text[INT_BYTES] != '\0' ||
	    message->text[LONG_BYTES] == '\0')
		return INT_BYTES;
	memcpy(&queue, message->text, sizeof(queue));
	return queue >= 0 && queue <= INT_MAX ? LONG_BYTES : INT_BYTES;
}

static int32_t read_id(const struct message *message, size_t bytes)
{
	int64_t large;
	int32_t queue;

	memcpy(&queue, message->text, sizeof(queue));
	if (bytes == INT_BYTES)
		return queue;
	memcpy(&large, message->text, sizeof(large));
	return (int32_t)large;
}

int classic_decode(struct message *message, size_t length, struct request *request)
{
	size_t id = id_bytes(message, length);
	const char *path = (const char *)message->text + id;

	message->text[length] = '\0';
	*request = (struct request){
		.operation = OPERATION_FETCH,
		.queue = read_id(message, id),
		.path_count = 1,
		.path_bytes = (uint32_t)strlen(path) + 1,
		.paths = path,
	};
	if (path[0] == '\0')
		return -ENODATA;
	return request_path_error(OPERATION_FETCH, path);
}
