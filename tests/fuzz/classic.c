/* SPDX-License-Identifier: ISC */
/* classic: classic requests.  The first byte of an input is the message's type. */
#include "config.h"

#include "common/protocol.h"
#include "server/request/classic.h"
#include "tests/fuzz/target.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static struct message message;
	struct request request;
	enum dialect dialect;

	if (size == 0 || size - 1 > QUEUE_TEXT_MAX ||
	    !classic_recognize(bytes[0], size - 1, &dialect))
		return 0;
	/* No NUL behind what came: a path that goes on there is found out. */
	memset(&message, 'x', sizeof(message));
	message.type = bytes[0];
	memcpy(message.text, bytes + 1, size - 1);
	if (classic_decode(&message, size - 1, &request) == 0) {
		CHECK(request.path_count == 1 && request.queue >= 0);
		CHECK(request_path_error(request.operation, request.paths) == 0);
		CHECK(request.paths + strlen(request.paths) < (char *)message.text + size - 1);
	}
	return 0;
}
