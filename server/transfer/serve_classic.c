/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/transfer/serve_classic.h"

#include "server/request/answer.h"
#include "server/stats/audit.h"
#include "server/transfer/beneath.h"
#include "server/transfer/file_data.h"
#include "server/transfer/stream.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* The reply to the only path of a request. */
struct classic_reply {
	const struct request_path *path;
	struct outbox *outbox;
	struct score *score;
	struct message message;
};

static int send_failure(struct classic_reply *reply, const struct failure *failure)
{
	const struct request_path *path = reply->path;
	struct outbox *outbox = reply->outbox;
	const struct audit_path at = {
		.export = path->export != NULL ? path->export->name : NULL,
		.path = path->text,
		.name = "",
	};

	audit_fail(reply->score, &at, failure);
	return outbox_send(outbox, &reply->message,
			   answer_encode_failure(outbox->client, 0, failure,
						 outbox->link.text_max, &reply->message));
}

/* error: an errno, above 0. */
static int send_file_failure(struct classic_reply *reply, int error)
{
	const struct failure failure = {
		.reason = FAILURE_FILE, .error = error, .text = beneath_explain(error)};

	return send_failure(reply, &failure);
}

/*
 * Sends size bytes of the file.  Returns 0 after these or at the end of the file, an errno
 * above 0 of reading, or a negative one of sending.
 */
static int send_bytes(struct classic_reply *reply, int fd, uint64_t size, uint64_t *sent)
{
	struct outbox *outbox = reply->outbox;
	int error = 0;

	reply->message.type = MESSAGE_DATA;
	for (*sent = 0; error == 0 && *sent < size;) {
		uint64_t left = size - *sent;
		uint64_t want = outbox_piece(
			outbox, left < outbox->link.text_max ? left : outbox->link.text_max);
		ssize_t got = file_read(fd, reply->message.text, (size_t)want, *sent);

		if (got <= 0)
			return got < 0 ? errno : 0;
		error = outbox_send(outbox, &reply->message, (size_t)got);
		if (error == 0)
			error = outbox_count(outbox, (uint64_t)got);
		*sent += (uint64_t)got;
	}
	return error;
}

static int send_file(struct classic_reply *reply, int fd, const struct stat *status)
{
	const struct stamp start = file_stamp(status);
	struct stamp now;
	uint64_t sent;
	int change, error = send_bytes(reply, fd, start.size, &sent);

	if (error < 0)
		return error;
	if (error > 0)
		return send_file_failure(reply, error);
	change = file_compare(fd, &start, &now);
	if (change < 0)
		return send_file_failure(reply, -change);
	if (change == FILE_SIZELESS)
		return send_failure(reply, &stream_sizeless);
	if (change == FILE_SAME && sent != start.size)
		return send_failure(reply, &stream_short);
	if (change == FILE_CHANGED || sent != start.size)
		return send_failure(reply, &stream_changed);
	reply->message.type = MESSAGE_END;
	return outbox_send(reply->outbox, &reply->message, 0);
}

static int send_resolved(struct classic_reply *reply, const struct request_path *path)
{
	struct stat status;
	int error;
	int fd = beneath_open(path->directory, path->relative, path->links, &status);

	if (fd < 0)
		return send_file_failure(reply, -fd);
	error = send_file(reply, fd, &status);
	close(fd);
	return error;
}

/* Sends a path that can lead into other exports. */
static int send_overlapping(struct classic_reply *reply, const struct client *client,
			    const struct exports *exports)
{
	struct request_path resolved = *reply->path;
	struct overlap overlap;
	struct failure refused;
	int error;

	if (!request_path_resolve(&resolved, client, exports, true, &overlap, &refused))
		return send_failure(reply, &refused);
	error = send_resolved(reply, &resolved);
	overlap_close(&overlap);
	return error;
}

int serve_classic(const struct client *client, const struct exports *exports,
		  const struct request_path *path, struct outbox *outbox, struct score *score)
{
	struct classic_reply reply = {.path = path, .outbox = outbox, .score = score};
	struct failure refused;

	if (!request_path_allowed(path, client, exports, &refused))
		return send_failure(&reply, &refused);
	return overlap_possible(exports, path->export)
		       ? send_overlapping(&reply, client, exports)
		       : send_resolved(&reply, path);
}
