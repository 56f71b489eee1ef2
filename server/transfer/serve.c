/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/transfer/serve.h"

#include "common/log.h"
#include "server/access/groups.h"
#include "server/process/identity.h"
#include "server/request/answer.h"
#include "server/transfer/beneath.h"
#include "server/transfer/follow.h"
#include "server/transfer/list.h"
#include "server/transfer/outbox.h"
#include "server/transfer/packer.h"
#include "server/transfer/request_path.h"
#include "server/transfer/serve_classic.h"
#include "server/transfer/stream.h"
#include "server/transfer/walk.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* Room for a quoted path in a process's title. */
#define TITLE_PATH 512

/* Retry hint where the user database or the kernel fails. */
#define CANNOT_BECOME_RETRY_MS 2000u

/* Retry hint where memory is short. */
#define NO_MEMORY_RETRY_MS 500u

/*
 * Shows client and path in the process list.  Only long transfers do so: setting the title
 * adds a tenth to the time of a small file.
 */
static void set_title(const struct client *client, const char *path)
{
	char quoted[TITLE_PATH];

	setproctitle("uid %ju: %s", (uintmax_t)client->uid,
		     log_quote(quoted, sizeof(quoted), path));
}

static int send_tree(struct stream *stream, const struct entry_path *at,
		     const struct request_path *path)
{
	struct stat status;
	int fd = beneath_open_directory(path->directory, path->relative, path->links, &status);
	const struct walk way = {
		.top = *at, .hide = &path->export->hide, .overlap = path->overlap};

	if (fd < 0)
		return stream_failure(stream, at, NULL, -fd);
	return walk(stream, &way, fd, &status);
}

static int send_resolved(struct stream *stream, const struct client *client,
			 const struct request_path *path)
{
	const struct entry_path at = {.path = path->index, .name = ""};
	struct stat status;
	int error;
	int fd = beneath_open(path->directory, path->relative, path->links, &status);

	if (fd == -EISDIR && (stream->request->flags & REQUEST_RECURSE) != 0) {
		if ((stream->request->flags & REQUEST_RESUME) != 0 && path->index == 0)
			return stream_refusal(stream, &at, &stream_other_file);
		set_title(client, path->text);
		return send_tree(stream, &at, path);
	}
	if (fd < 0)
		return stream_failure(stream, &at, NULL, -fd);
	if (status.st_size > PACKER_INLINE_BYTES)
		set_title(client, path->text);
	error = stream_file(stream, &at, fd, &status);
	close(fd);
	return error;
}

/* Sends a path that can lead into other exports. */
static int send_overlapping(struct stream *stream, const struct client *client,
			    const struct exports *exports, const struct request_path *path)
{
	const struct entry_path at = {.path = path->index, .name = ""};
	struct request_path resolved = *path;
	struct overlap overlap;
	struct failure refused;
	int error;

	if (!request_path_resolve(&resolved, client, exports, true, &overlap, &refused))
		return stream_refusal(stream, &at, &refused);
	error = send_resolved(stream, client, &resolved);
	overlap_close(&overlap);
	return error;
}

static int send_path(struct stream *stream, const struct client *client,
		     const struct exports *exports, const struct request_path *path)
{
	const struct entry_path at = {.path = path->index, .name = ""};
	struct failure refused;

	if (!request_path_allowed(path, client, exports, &refused))
		return stream_refusal(stream, &at, &refused);
	return overlap_possible(exports, path->export)
		       ? send_overlapping(stream, client, exports, path)
		       : send_resolved(stream, client, path);
}

static int send_followed(struct stream *stream, const struct client *client,
			 const struct exports *exports, const struct request_path *path)
{
	set_title(client, path->text);
	return follow(stream, client, exports, path);
}

static int send_names(struct stream *stream, const struct client *client,
		      const struct exports *exports, const struct request_path *path)
{
	if ((stream->request->flags & REQUEST_RECURSE) != 0)
		set_title(client, path->text);
	return list_path(stream, client, exports, path);
}

/* Returns 0, or -ECANCELED after a FAILURE to the client. */
static int open_digester(struct stream *stream, const struct outbox *outbox)
{
	static const struct failure failure = {
		.reason = FAILURE_BUSY,
		.error = ENOMEM,
		.retry_ms = NO_MEMORY_RETRY_MS,
		.text = "the daemon has no memory for a digest, try again",
	};
	uint32_t digests = stream->request->flags & (REQUEST_XXH3 | REQUEST_SHA256);

	if (digests == 0)
		return 0;
	stream->digester = digester_open(digests);
	if (stream->digester != NULL)
		return 0;
	counters_fail(outbox->counters, failure.error, CAUSE_DAEMON);
	answer_failure(outbox->client, &failure);
	return -ECANCELED;
}

/* Sends a path or lists it, and records that it was sent. */
static int serve_path(struct stream *stream, const struct client *client,
		      const struct exports *exports, const struct request_path *path)
{
	const struct counters *counters = &stream->score->counters;
	uint64_t failures = counters_failures(counters), bytes = counters->bytes;
	const struct audit_path at = {
		.export = path->export != NULL ? path->export->name : NULL,
		.path = path->text,
		.name = "",
	};
	int error;

	stream->path = path;
	stream->refused = false;
	if (stream->request->operation == OPERATION_LIST)
		error = send_names(stream, client, exports, path);
	else if ((stream->request->flags & REQUEST_FOLLOW) != 0)
		error = send_followed(stream, client, exports, path);
	else
		error = send_path(stream, client, exports, path);
	if (error == 0 && !stream->refused)
		audit_sent(stream->score, &at, counters->bytes - bytes,
			   counters_failures(counters) - failures);
	return error;
}

static int serve_current(const struct job *job, const struct exports *exports,
			 struct request_path path, struct outbox *outbox, struct score *score)
{
	struct packer packer;
	struct stream stream = {.request = &job->request, .packer = &packer, .score = score};
	int error = open_digester(&stream, outbox);

	packer_open(&packer, &job->request, outbox);
	while (error == 0) {
		error = serve_path(&stream, &job->client, exports, &path);
		if (!request_path_advance(&path, &job->request, exports))
			break;
	}
	if (error == 0)
		error = stream_finish(&stream);
	packer_close(&packer);
	digester_close(stream.digester);
	return error;
}

/*
 * Switches to the client's ids before anything is opened.  An error is reported to the
 * client, whose queue is still empty and so has room.  Returns 0 or -ECANCELED.
 */
static int become_client(const struct exports *exports, const struct client *client,
			 struct counters *counters)
{
	struct failure failure = {
		.reason = FAILURE_FILE,
		.error = EACCES,
		.text = "your user id is not mapped in the daemon's user namespace",
	};
	gid_t list[GROUP_CACHE_GROUPS];
	size_t count;
	int error = groups_find(exports->groups, client->uid, list, &count);

	if (error == 0)
		error = identity_become(exports->identity, client->uid, client->gid, list,
					count);
	if (error == 0)
		return 0;
	if (error != -EOVERFLOW)
		failure = (struct failure){
			.reason = FAILURE_BUSY,
			.error = EAGAIN,
			.retry_ms = CANNOT_BECOME_RETRY_MS,
			.text = "the daemon cannot switch to your user id now, try again",
		};
	counters_fail(counters, failure.error, error == -EOVERFLOW ? CAUSE_RULE : CAUSE_DAEMON);
	answer_failure(client, &failure);
	return -ECANCELED;
}

static int serve_paths(const struct job *job, const struct exports *exports,
		       const struct request_path *path, struct outbox *outbox,
		       struct score *score)
{
	int error = 0;

	if (exports->identity != NULL)
		error = become_client(exports, &job->client, outbox->counters);
	if (error != 0)
		return error;
	return job->client.dialect == DIALECT_CURRENT
		       ? serve_current(job, exports, *path, outbox, score)
		       : serve_classic(&job->client, exports, path, outbox, score);
}

/* Reports the time limit to the client; removes a queue that has no room for the report. */
static void report_limit(const struct client *client)
{
	if (answer_failure(client, &answer_out_of_time) != 0)
		client->transport->abandon(client);
}

static enum transfer_outcome answered(const struct counters *counters)
{
	if (counters_failures(counters) == 0)
		return TRANSFER_SENT;
	return counters->bytes > 0 ? TRANSFER_PARTIAL : TRANSFER_FAILED;
}

/* error: 0 or the negative errno that ended the work. */
static enum transfer_outcome outcome_of(int error, const struct counters *counters)
{
	switch (error) {
	case 0:
	case -ECANCELED: /* refused, and the client knows */
		return answered(counters);
	case -EIDRM:
		return TRANSFER_GONE;
	case -ETIMEDOUT:
		return TRANSFER_STALLED;
	case -ETIME:
		return TRANSFER_LIMITED;
	default:
		return TRANSFER_BROKEN;
	}
}

static enum transfer_outcome finish(const struct client *client, int error, struct score *score)
{
	enum transfer_outcome outcome = outcome_of(error, &score->counters);

	if (outcome == TRANSFER_LIMITED)
		report_limit(client);
	score_end(score, outcome);
	return outcome;
}

enum transfer_outcome serve(const struct job *job, const struct exports *exports,
			    const struct limits *limits, struct score *score)
{
	struct outbox outbox;
	int error = outbox_open(&outbox, &job->client, limits, &score->counters);
	const struct request_path path =
		request_path_first(&job->request, exports, &score->counters);

	score_begin(score, path.export != NULL ? path.export->name : NULL, path.text,
		    job->request.path_count);
	if ((job->request.flags & REQUEST_FOLLOW) != 0)
		outbox.ends_at = 0;
	if (error == 0)
		error = serve_paths(job, exports, &path, &outbox, score);
	return finish(&job->client, error, score);
}

/* Sends one DATA message; length: at most outbox->link.text_max less a head. */
static int send_text_piece(struct outbox *outbox, const char *text, size_t offset,
			   size_t length)
{
	struct message message = {.type = MESSAGE_DATA};
	size_t head = reply_encode_head(message.text, MESSAGE_DATA, outbox->client->serial, 0,
					offset, (uint32_t)length, 0);

	memcpy(message.text + sizeof(struct reply_wire), text + offset, length);
	return outbox_send(outbox, &message, head);
}

static int send_text(struct outbox *outbox, const char *text, size_t length)
{
	struct message message = {.type = MESSAGE_END};
	struct end_wire end = {.offset = length};
	size_t piece = outbox->link.text_max - sizeof(struct reply_wire);
	int error = 0;

	for (size_t sent = 0; error == 0 && sent < length; sent += piece) {
		if (piece > length - sent)
			piece = length - sent;
		error = send_text_piece(outbox, text, sent, piece);
	}
	if (error != 0)
		return error;
	return outbox_send(
		outbox, &message,
		reply_encode_end(message.text, outbox->client->serial, 0, &end, NULL));
}

enum transfer_outcome serve_text(const struct job *job, const struct limits *limits,
				 struct score *score, const char *text, size_t length)
{
	struct outbox outbox;
	int error = outbox_open(&outbox, &job->client, limits, &score->counters);

	if (error == 0)
		error = text != NULL ? send_text(&outbox, text, length) : -ENOMEM;
	return finish(&job->client, error, score);
}
