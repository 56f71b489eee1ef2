/* SPDX-License-Identifier: ISC */
/* request: the daemon's first decoder. Encoding an accepted request gives the same bytes. */
#include "config.h"

#include "common/protocol.h"
#include "tests/fuzz/target.h"

#include <string.h>

static void check_paths(const struct request *request)
{
	const char *path = request->paths;

	for (uint32_t i = 0; i < request->path_count; i++) {
		if (i > 0)
			path = request_next_path(path);
		CHECK(request_path_error(request->operation, path) == 0);
		CHECK(path + strlen(path) < request->paths + request->path_bytes);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static uint8_t again[PROTOCOL_MESSAGE_MAX];
	struct request request;
	int length;

	if (request_decode(bytes, size, &request) != 0)
		return 0;
	check_paths(&request);
	length = request_encode(&request, again);
	CHECK(length >= 0 && (size_t)length == size);
	CHECK(memcmp(again, bytes, size) == 0);
	return 0;
}
