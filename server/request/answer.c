/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/request/answer.h"

#include <errno.h>
#include <string.h>

const struct failure answer_out_of_time = {
	.reason = FAILURE_FILE,
	.error = ETIMEDOUT,
	.text = "took longer than the daemon's limit for one transfer",
};

struct failure_wire answer_wire(const struct failure *failure)
{
	return (struct failure_wire){
		.error = failure->error,
		.reason = failure->reason,
		.retry_ms = failure->retry_ms,
	};
}

size_t answer_encode_failure(const struct client *client, uint32_t entry,
			     const struct failure *failure, size_t room,
			     struct message *message)
{
	struct failure_wire wire = answer_wire(failure);

	message->type = MESSAGE_FAILURE;
	if (client->dialect == DIALECT_CURRENT)
		return reply_encode_failure(message->text, client->serial, entry, &wire,
					    failure->text, room);
	if (room > FAILURE_TEXT_MAX)
		room = FAILURE_TEXT_MAX;
	return strlcpy((char *)message->text, failure->text, room) < room
		       ? strlen(failure->text) + 1
		       : room;
}

int answer_failure(const struct client *client, const struct failure *failure)
{
	struct message message;
	size_t length = answer_encode_failure(client, ENTRY_WHOLE, failure,
					      PROTOCOL_MESSAGE_MAX, &message);
	int error = client->transport->post(client, &message, length);

	if (error != -EINVAL)
		return error;
	/* kernel.msgmax is smaller than the text. */
	length = answer_encode_failure(client, ENTRY_WHOLE, failure,
				       client->transport->post_max(), &message);
	return client->transport->post(client, &message, length);
}

int answer_ping(const struct client *client)
{
	static const char version[] = "msgfetchd " PACKAGE_VERSION;
	const uint32_t bytes = sizeof(version) - 1;
	struct end_wire end = {.offset = bytes};
	struct message message = {.type = MESSAGE_DATA};
	size_t length =
		reply_encode_head(message.text, MESSAGE_DATA, client->serial, 0, 0, bytes, 0);
	int error;

	memcpy(message.text + sizeof(struct reply_wire), version, bytes);
	error = client->transport->post(client, &message, length);
	if (error != 0)
		return error;
	message.type = MESSAGE_END;
	length = reply_encode_end(message.text, client->serial, 0, &end, NULL);
	return client->transport->post(client, &message, length);
}
