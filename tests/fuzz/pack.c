/* SPDX-License-Identifier: ISC */
/*
 * pack: the replies in a slot, and the client's check of their order. The first byte of an
 * input selects the request.
 */
#include "config.h"

#include "client/lib/sequence.h"
#include "common/protocol.h"
#include "tests/fuzz/target.h"

#include <stdbool.h>
#include <string.h>

enum { SERIAL = 1 };

static void ask(struct request *request, uint8_t how)
{
	bool other = (how & 8) != 0;

	request->path_count = 1u + (how >> 4);
	request->flags = REQUEST_LIST | REQUEST_PACK | REQUEST_HOLES;
	if ((how & 6) == 6) {
		request->path_count = 1;
		request->flags = REQUEST_LIST | REQUEST_PACK | REQUEST_FOLLOW | REQUEST_AWAIT |
				 (other ? REQUEST_RESUME : 0u);
		request->offset = other ? 2 : 0;
		request->stamp = other ? (struct stamp){1, 2, 0, 2} : (struct stamp){0};
	} else if ((how & 4) != 0) {
		request->flags |= REQUEST_RESUME | (other ? REQUEST_XXH3 : 0u);
		request->offset = 2;
		request->stamp = (struct stamp){1, 2, 3, 4};
	} else if ((how & 2) != 0) {
		request->flags |= REQUEST_RECURSE;
		request->operation = other ? OPERATION_LIST : OPERATION_FETCH;
	} else if (other) {
		request->flags |= REQUEST_RANGE;
		request->path_count = 1;
		request->offset = 1;
		request->length = how >> 4;
	}
}

static void begin(struct sequence *sequence, uint8_t how)
{
	struct request request = {.operation = OPERATION_FETCH, .serial = SERIAL};

	if ((how & 1) != 0)
		request.operation = (how & 8) != 0 ? OPERATION_STATUS : OPERATION_PING;
	else
		ask(&request, how);
	sequence_open(sequence, &request);
}

/* A client would stop here. */
static bool check_reply(struct sequence *sequence, const struct reply *reply,
			const uint8_t *bytes, size_t size)
{
	const uint8_t *data;
	enum sequence_step step;

	CHECK(reply->type != MESSAGE_PACK);
	if (reply->type == MESSAGE_DATA && reply->slot == 0) {
		data = reply->body.data.bytes;
		CHECK(data >= bytes && data + reply->body.data.length <= bytes + size);
	}
	if (reply->type == MESSAGE_ENTRY)
		CHECK(strlen(reply->body.entry.name) + strlen(reply->body.entry.link) <
		      REPLY_SCRATCH);
	step = sequence_accept(sequence, reply);
	return step != SEQUENCE_VIOLATION && step != SEQUENCE_OVER && step != SEQUENCE_WHOLE;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	uint8_t scratch[REPLY_SCRATCH];
	struct sequence sequence;
	struct reply reply;
	size_t at = 0, before = 0;

	if (size == 0)
		return 0;
	begin(&sequence, bytes[0]);
	bytes++;
	size--;
	while (reply_unpack(bytes, size, &at, scratch, &reply) > 0) {
		CHECK(at > before && at <= size);
		before = at;
		if (!check_reply(&sequence, &reply, bytes, size))
			break;
	}
	return 0;
}
