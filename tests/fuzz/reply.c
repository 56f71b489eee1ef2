/* SPDX-License-Identifier: ISC */
/* reply: one message to the client. The first byte of an input is the type of the message. */
#include "config.h"

#include "common/protocol.h"
#include "tests/fuzz/target.h"

#include <string.h>

/* Checks that a name is empty, or lies within the message. */
static void check_text(const char *text, const uint8_t *bytes, size_t size)
{
	CHECK(text != NULL);
	CHECK(text[0] == '\0' || ((const uint8_t *)text >= bytes &&
				  (const uint8_t *)text + strlen(text) < bytes + size));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct reply reply;
	long type;

	if (size == 0)
		return 0;
	type = bytes[0];
	bytes++;
	size--;
	if (reply_decode(type, bytes, size, &reply) != 0)
		return 0;
	CHECK((long)reply.type == type);
	switch (reply.type) {
	case MESSAGE_DATA:
	case MESSAGE_PACK:
		if (reply.slot == 0)
			CHECK(reply.body.data.bytes >= bytes &&
			      reply.body.data.bytes + reply.body.data.length <= bytes + size);
		break;
	case MESSAGE_ENTRY:
		check_text(reply.body.entry.name, bytes, size);
		check_text(reply.body.entry.link, bytes, size);
		break;
	case MESSAGE_FAILURE:
		CHECK(strnlen(reply.body.failure.text, FAILURE_TEXT_MAX) < FAILURE_TEXT_MAX);
		break;
	default:
		break;
	}
	return 0;
}
