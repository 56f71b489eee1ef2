/* SPDX-License-Identifier: ISC */
/* classic: classic requests. */
#include "config.h"

#include "common/protocol.h"
#include "common/sysv/classic.h"
#include "tests/fuzz/target.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static struct message message;
	struct request request;
	const char *end = (const char *)message.text + size;
	int error;

	if (size < CLASSIC_BYTES_MIN || size > MESSAGE_TEXT_MAX)
		return 0;
	CHECK(classic_dialect(size) != DIALECT_CURRENT);
	/* No NUL follows the input: the decoder would read past a path without one. */
	memset(&message, 'x', sizeof(message));
	memcpy(message.text, bytes, size);
	error = classic_decode(&message, size, &request);
	CHECK(request.path_count == 1 && request.operation == OPERATION_FETCH);
	CHECK(request.paths > (const char *)message.text && request.paths <= end);
	CHECK(request.path_bytes == strlen(request.paths) + 1);
	CHECK(request.paths + request.path_bytes - 1 <= end);
	CHECK((error == 0) == (request_path_error(request.operation, request.paths) == 0));
	return 0;
}
