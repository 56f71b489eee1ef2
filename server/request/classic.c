/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/request/classic.h"

#include <errno.h>
#include <string.h>

bool classic_recognize(long type, size_t length, enum dialect *dialect)
{
	if (length == CLASSIC_LARGE_BYTES)
		*dialect = DIALECT_CLASSIC_LARGE;
	else if ((length == CLASSIC_SMALL_BYTES || length == CLASSIC_PADDED_BYTES) && type == 1)
		*dialect = DIALECT_CLASSIC_SMALL;
	else
		return false;
	return true;
}

int classic_decode(const struct message *message, size_t length, struct request *request)
{
	const char *path = (const char *)message->text + sizeof(int32_t);
	size_t room = length - sizeof(int32_t);
	size_t bytes = strnlen(path, room);
	int32_t queue;

	memcpy(&queue, message->text, sizeof(queue));
	if (queue < 0 || bytes == 0 || bytes == room)
		return -EINVAL;
	if (request_path_error(OPERATION_FETCH, path) != 0)
		return -ENAMETOOLONG;
	*request = (struct request){
		.operation = OPERATION_FETCH,
		.queue = queue,
		.path_count = 1,
		.path_bytes = (uint32_t)bytes + 1,
		.paths = path,
	};
	return 0;
}
