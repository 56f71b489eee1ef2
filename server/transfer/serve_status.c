/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/transfer/serve_status.h"

#include <string.h>

static int send_piece(struct outbox *outbox, const char *text, size_t offset, size_t length)
{
	struct message message = {.type = MESSAGE_DATA};
	size_t head = reply_encode_head(message.text, MESSAGE_DATA, outbox->client->serial, 0,
					offset, (uint32_t)length, 0);

	memcpy(message.text + sizeof(struct reply_wire), text + offset, length);
	return outbox_send(outbox, &message, head);
}

int serve_status(struct outbox *outbox, const char *text, size_t length)
{
	struct message message = {.type = MESSAGE_END};
	struct end_wire end = {.offset = length};
	size_t piece = outbox->chunk - sizeof(struct reply_wire), sent = 0;
	int error = 0;

	while (error == 0 && sent < length) {
		if (piece > length - sent)
			piece = length - sent;
		error = send_piece(outbox, text, sent, piece);
		sent += piece;
	}
	if (error != 0)
		return error;
	return outbox_send(
		outbox, &message,
		reply_encode_end(message.text, outbox->client->serial, 0, &end, NULL));
}
