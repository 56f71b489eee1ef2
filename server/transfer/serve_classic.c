/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/transfer/serve_classic.h"

#include "server/access/authorize.h"
#include "server/request/answer.h"
#include "server/transfer/beneath.h"
#include "server/transfer/stream.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static int send_text(const struct job *job, struct outbox *outbox, struct message *message,
		     int code, const char *text)
{
	const struct failure failure = {.text = text};

	counters_fail(outbox->counters, code);
	return outbox_send(outbox, message,
			   answer_encode_failure(&job->client, 0, &failure, message));
}

/* Returns 0 at the end of the file, an errno above 0 of reading, or below 0 of sending. */
static int send_bytes(struct outbox *outbox, struct message *message, int fd, uint64_t *sent)
{
	ssize_t got;
	int error;

	message->type = MESSAGE_DATA;
	for (;;) {
		got = read(fd, message->text, (size_t)outbox_piece(outbox, outbox->chunk));
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got < 0 ? errno : 0;
		error = outbox_send(outbox, message, (size_t)got);
		if (error == 0)
			error = outbox_count(outbox, (uint64_t)got);
		if (error != 0)
			return error;
		*sent += (uint64_t)got;
	}
}

static int send_file(const struct job *job, struct outbox *outbox, struct message *message,
		     int fd, const struct stat *before)
{
	struct stamp first = stream_stamp(before), last;
	uint64_t sent = 0;
	struct stat after;
	int error = send_bytes(outbox, message, fd, &sent);

	if (error < 0)
		return error;
	if (error == 0 && fstat(fd, &after) != 0)
		error = errno;
	if (error > 0)
		return send_text(job, outbox, message, error, strerror(error));
	last = stream_stamp(&after);
	if (sent != first.size || !stamp_equal(&first, &last))
		return send_text(job, outbox, message, ESTALE,
				 "the file changed while it was sent");
	message->type = MESSAGE_END;
	return outbox_send(outbox, message, 0);
}

int serve_classic(const struct job *job, const struct exports *exports, struct outbox *outbox)
{
	struct message message;
	const char *relative;
	struct failure refused;
	const struct export *export = exports_match(exports, job->request.paths, &relative);
	struct stat status;
	int fd, error;

	if (export == NULL)
		return send_text(job, outbox, &message, ENOENT, strerror(ENOENT));
	if (export_has_rules(export) &&
	    !authorize_path(exports, export, &job->client, relative, &refused))
		return send_text(job, outbox, &message, refused.error, refused.text);
	fd = beneath_open(export->directory, relative, !export->no_links, &status);
	if (fd < 0)
		return send_text(job, outbox, &message, -fd, strerror(-fd));
	error = send_file(job, outbox, &message, fd, &status);
	close(fd);
	return error;
}
