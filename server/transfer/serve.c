/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/transfer/serve.h"

#include "common/clock.h"
#include "common/log.h"
#include "server/access/authorize.h"
#include "server/access/groups.h"
#include "server/process/identity.h"
#include "server/request/answer.h"
#include "server/transfer/beneath.h"
#include "server/transfer/list.h"
#include "server/transfer/outbox.h"
#include "server/transfer/packer.h"
#include "server/transfer/serve_classic.h"
#include "server/transfer/serve_status.h"
#include "server/transfer/stream.h"
#include "server/transfer/walk.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

/* Room for a quoted path in a process's title. */
#define TITLE_PATH 512

/* What a client is asked to wait where the user database or the kernel fails us. */
#define CANNOT_BECOME_RETRY_MS 2000u

/* And where there is no memory. */
#define NO_MEMORY_RETRY_MS 500u

/*
 * Says in the process list whom this worker serves, and with what.  Only for work that
 * lasts long enough to be seen: the title costs a small file a tenth of its time.
 */
static void show(const struct job *job, const char *path)
{
	char quoted[TITLE_PATH];

	setproctitle("uid %ju: %s", (uintmax_t)job->client.uid,
		     log_quote(quoted, sizeof(quoted), path));
}

static int send_tree(struct stream *stream, const struct place *place,
		     const struct export *export, const char *relative)
{
	struct stat status;
	int fd =
		beneath_open_directory(export->directory, relative, !export->no_links, &status);
	const struct walk way = {.top = *place, .hide = &export->hide};

	if (fd < 0)
		return stream_failure(stream, place, NULL, -fd);
	return walk(stream, &way, fd, &status);
}

static bool is_resumed(const struct stream *stream, const struct place *place)
{
	return (stream->request->flags & REQUEST_RESUME) != 0 && place->path == 0;
}

/* A RESUME goes on only as long as it is the same file. */
static int refuse_resume(struct stream *stream, const struct place *place)
{
	static const struct failure other = {.reason = FAILURE_STAMP,
					     .error = ESTALE,
					     .text = "the file is not the one that was begun"};

	return stream_refusal(stream, place, &other);
}

static int send_file(struct stream *stream, const struct place *place, int fd,
		     const struct stat *status)
{
	static const struct failure beyond = {.reason = FAILURE_RANGE,
					      .error = ERANGE,
					      .text = "the range begins behind the end"};
	struct stamp stamp = stream_stamp(status);
	struct byte_range range;

	if (is_resumed(stream, place) && !stamp_equal(&stamp, &stream->request->stamp))
		return refuse_resume(stream, place);
	if (!byte_range_of_request(stream->request, place->path, stamp.size, &range))
		return stream_refusal(stream, place, &beyond);
	return stream_file(stream, place, fd, status, &range);
}

static int send_path(struct stream *stream, const struct job *job, uint32_t index,
		     const struct exports *exports, const char *path)
{
	struct place place = {.path = index, .name = ""};
	struct failure refused;
	const char *relative;
	const struct export *export = exports_match(exports, path, &relative);
	struct stat status;
	int fd, error;

	if (export == NULL)
		return stream_refusal(stream, &place, &authorize_no_such_export);
	if (export_has_rules(export) &&
	    !authorize_path(exports, export, &job->client, relative, &refused))
		return stream_refusal(stream, &place, &refused);
	fd = beneath_open(export->directory, relative, !export->no_links, &status);
	if (fd == -EISDIR && (stream->request->flags & REQUEST_RECURSE) != 0) {
		if (is_resumed(stream, &place))
			return refuse_resume(stream, &place);
		show(job, path);
		return send_tree(stream, &place, export, relative);
	}
	if (fd >= 0 && status.st_size > PACKER_INLINE_BYTES)
		show(job, path);
	if (fd < 0)
		return stream_failure(stream, &place, NULL, -fd);
	error = send_file(stream, &place, fd, &status);
	close(fd);
	return error;
}

static int send_names(struct stream *stream, const struct job *job, uint32_t index,
		      const struct exports *exports, const char *path)
{
	if ((stream->request->flags & REQUEST_RECURSE) != 0)
		show(job, path);
	return list_path(stream, &job->client, exports, index, path);
}

/* Returns 0 or -ECANCELED, which the client was told. */
static int open_digester(struct stream *stream, const struct outbox *outbox)
{
	static const struct failure failure = {.reason = FAILURE_BUSY,
					       .error = ENOMEM,
					       .retry_ms = NO_MEMORY_RETRY_MS,
					       .text = "no memory for a digest, try again"};
	uint32_t digests = stream->request->flags & (REQUEST_XXH3 | REQUEST_SHA256);

	if (digests == 0)
		return 0;
	stream->digester = digester_open(digests);
	if (stream->digester != NULL)
		return 0;
	counters_fail(outbox->counters, failure.error);
	answer_failure(outbox->client, &failure);
	return -ECANCELED;
}

static int serve_current(const struct job *job, const struct exports *exports,
			 struct outbox *outbox)
{
	struct packer packer;
	struct stream stream = {.request = &job->request, .packer = &packer};
	const char *path = job->request.paths;
	bool is_list = job->request.operation == OPERATION_LIST;
	int error = open_digester(&stream, outbox);

	packer_open(&packer, &job->request, outbox);
	for (uint32_t index = 0; error == 0 && index < job->request.path_count; index++) {
		if (index > 0)
			path = request_next_path(path);
		error = is_list ? send_names(&stream, job, index, exports, path)
				: send_path(&stream, job, index, exports, path);
	}
	if (error == 0)
		error = stream_finish(&stream);
	packer_close(&packer);
	digester_close(stream.digester);
	return error;
}

static enum serve_result result_of(int error)
{
	switch (error) {
	case 0:
	case -ECANCELED: /* refused: the client knows */
		return SERVE_ANSWERED;
	case -EIDRM:
		return SERVE_GONE;
	case -ETIMEDOUT:
		return SERVE_STALLED;
	case -ETIME:
		return SERVE_LIMITED;
	default:
		return SERVE_BROKEN;
	}
}

/*
 * Becomes the client before anything is opened.  What keeps it from that is told to
 * the client: there is room in a queue that nothing was sent to yet.  Returns 0 or
 * -ECANCELED.
 */
static int become_client(const struct exports *exports, const struct client *client,
			 struct counters *counters)
{
	struct failure failure = {.reason = FAILURE_FILE,
				  .error = EACCES,
				  .text = "you have no user id where the daemon runs"};
	gid_t list[GROUP_CACHE_GROUPS];
	size_t count;
	int error = groups_find(exports->groups, client->uid, list, &count);

	if (error == 0)
		error = identity_become(exports->identity, client->uid, client->gid, list,
					count);
	if (error == 0)
		return 0;
	if (error != -EOVERFLOW)
		failure = (struct failure){.reason = FAILURE_BUSY,
					   .error = EAGAIN,
					   .retry_ms = CANNOT_BECOME_RETRY_MS,
					   .text = "cannot act as you now, try again"};
	counters_fail(counters, failure.error);
	answer_failure(client, &failure);
	return -ECANCELED;
}

/* Out of time: the client is told; and where it has no room for that, it loses its queue. */
static void tell_limit(const struct client *client)
{
	if (answer_failure(client, &answer_out_of_time) != 0 &&
	    client->dialect == DIALECT_CURRENT)
		queue_remove(client->queue);
}

static enum transfer_outcome outcome_of(enum serve_result result,
					const struct counters *counters)
{
	static const enum transfer_outcome outcomes[] = {
		[SERVE_ANSWERED] = TRANSFER_SENT,   [SERVE_GONE] = TRANSFER_GONE,
		[SERVE_STALLED] = TRANSFER_STALLED, [SERVE_BROKEN] = TRANSFER_BROKEN,
		[SERVE_LIMITED] = TRANSFER_LIMITED,
	};

	if (result == SERVE_ANSWERED && counters_failures(counters) > 0)
		return counters->bytes > 0 ? TRANSFER_PARTIAL : TRANSFER_FAILED;
	return outcomes[result];
}

static void name_on_scoreboard(struct score *score, const struct exports *exports,
			       const struct request *request)
{
	const char *relative;
	const struct export *export;

	if (request->path_count == 0)
		return;
	export = exports_match(exports, request->paths, &relative);
	score_begin(score, export != NULL ? export->name : NULL, request->paths,
		    request->path_count);
}

static int send_status(const struct terms *terms, struct outbox *outbox)
{
	size_t length;
	char *text = terms->status(terms->daemon, &length);
	int error = -ENOMEM;

	if (text != NULL)
		error = serve_status(outbox, text, length);
	free(text);
	return error;
}

static int serve_paths(const struct job *job, const struct exports *exports,
		       struct outbox *outbox)
{
	int error = 0;

	if (exports->identity != NULL)
		error = become_client(exports, &job->client, outbox->counters);
	if (error != 0)
		return error;
	return job->client.dialect == DIALECT_CURRENT ? serve_current(job, exports, outbox)
						      : serve_classic(job, exports, outbox);
}

enum serve_result serve(const struct job *job, const struct terms *terms)
{
	struct counters *counters = &terms->score->counters;
	enum serve_result result;
	struct outbox outbox;
	int error = outbox_open(&outbox, &job->client, terms->limits, counters);

	name_on_scoreboard(terms->score, terms->exports, &job->request);
	if (error == 0 && job->request.operation == OPERATION_STATUS)
		error = send_status(terms, &outbox);
	else if (error == 0)
		error = serve_paths(job, terms->exports, &outbox);
	if (error == -ETIME)
		tell_limit(&job->client);
	result = result_of(error);
	score_end(terms->score, outcome_of(result, counters));
	return result;
}
