/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/transfer/serve_classic.h"

#include "server/request/answer.h"
#include "server/transfer/beneath.h"
#include "server/transfer/file_data.h"
#include "server/transfer/stream.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static int send_failure(struct outbox *outbox, struct message *message, int code,
			const char *text)
{
	const struct failure failure = {.text = text};

	counters_fail(outbox->counters, code);
	return outbox_send(
		outbox, message,
		answer_encode_failure(outbox->client, 0, &failure, outbox->chunk, message));
}

/*
 * Sends size bytes of the file.  Returns 0 after these or at the end of the file, an errno
 * above 0 of reading, or a negative one of sending.
 */
static int send_bytes(struct outbox *outbox, struct message *message, int fd, uint64_t size,
		      uint64_t *sent)
{
	int error = 0;

	message->type = MESSAGE_DATA;
	for (*sent = 0; error == 0 && *sent < size;) {
		uint64_t left = size - *sent;
		uint64_t want =
			outbox_piece(outbox, left < outbox->chunk ? left : outbox->chunk);
		ssize_t got = file_read(fd, message->text, (size_t)want, *sent);

		if (got <= 0)
			return got < 0 ? errno : 0;
		error = outbox_send(outbox, message, (size_t)got);
		if (error == 0)
			error = outbox_count(outbox, (uint64_t)got);
		*sent += (uint64_t)got;
	}
	return error;
}

static int send_file(struct outbox *outbox, struct message *message, int fd,
		     const struct stat *status)
{
	const struct stamp start = file_stamp(status);
	struct stamp now;
	uint64_t sent;
	int change, error = send_bytes(outbox, message, fd, start.size, &sent);

	if (error < 0)
		return error;
	if (error > 0)
		return send_failure(outbox, message, error, beneath_explain(error));
	change = file_compare(fd, &start, &now);
	if (change < 0)
		return send_failure(outbox, message, -change, beneath_explain(-change));
	if (change == FILE_SIZELESS)
		return send_failure(outbox, message, stream_sizeless.error,
				    stream_sizeless.text);
	if (change == FILE_CHANGED || sent != start.size)
		return send_failure(outbox, message, stream_changed.error, stream_changed.text);
	message->type = MESSAGE_END;
	return outbox_send(outbox, message, 0);
}

static int send_resolved(const struct request_path *path, struct outbox *outbox,
			 struct message *message)
{
	struct stat status;
	int error;
	int fd = beneath_open(path->directory, path->relative, path->links, &status);

	if (fd < 0)
		return send_failure(outbox, message, -fd, beneath_explain(-fd));
	error = send_file(outbox, message, fd, &status);
	close(fd);
	return error;
}

/* Sends a path that can lead into other exports. */
static int send_overlapping(const struct client *client, const struct exports *exports,
			    const struct request_path *path, struct outbox *outbox,
			    struct message *message)
{
	struct request_path resolved = *path;
	struct overlap overlap;
	struct failure refused;
	int error;

	if (!request_path_resolve(&resolved, client, exports, true, &overlap, &refused))
		return send_failure(outbox, message, refused.error, refused.text);
	error = send_resolved(&resolved, outbox, message);
	overlap_close(&overlap);
	return error;
}

int serve_classic(const struct client *client, const struct exports *exports,
		  const struct request_path *path, struct outbox *outbox)
{
	struct message message;
	struct failure refused;

	if (!request_path_allowed(path, client, exports, &refused))
		return send_failure(outbox, &message, refused.error, refused.text);
	return overlap_possible(exports, path->export)
		       ? send_overlapping(client, exports, path, outbox, &message)
		       : send_resolved(path, outbox, &message);
}
