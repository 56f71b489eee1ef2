/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/fetch.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/clock.h"

uint64_t fetch_limit(const struct fetch *fetch)
{
	const struct msgfetch_options *options = &fetch->session->options;

	if (fetch->answered_at == 0)
		return clock_limit(fetch->started_at, options->timeout_ms);
	return clock_limit(fetch->progress_at, options->stall_timeout_ms);
}

/* path: NULL for a PING. */
static enum verdict try_once(struct fetch *fetch, const char *path)
{
	struct msgfetch *session = fetch->session;
	struct request request = {.operation = OPERATION_PING, .serial = ++session->serial};
	enum verdict verdict;

	sequence_ask(&fetch->sequence, request.serial);
	fetch->retry_hint_ms = 0;
	if (path == NULL) {
		fetch->answered_at = 0; /* a round trip begins and ends in the same try */
	} else {
		request.operation = OPERATION_FETCH;
		request.flags = REQUEST_HOLES;
		request.path_count = 1;
		request.path_bytes = (uint32_t)strnlen(path, PATH_MAX) + 1;
		request.paths = path;
	}
	if (fetch->sequence.resumed) {
		request.flags |= REQUEST_RESUME;
		request.offset = fetch->sequence.position;
		request.stamp = fetch->sequence.stamp;
	}
	verdict = attempt_open(session, &request, fetch_limit(fetch), &fetch->attempt);
	if (verdict == VERDICT_DONE) {
		fetch->retry.asked = true;
		peer_init(&fetch->peer, &fetch->attempt, session->options.key);
		verdict = receive_replies(fetch);
	} else if (verdict == VERDICT_LOST) {
		fetch->retry.asked = true;
	}
	attempt_close(session);
	return verdict;
}

/*
 * Waits before the next try.  False: the limit comes first, and what stopped the
 * last try is what to report.
 */
static bool back_off(struct fetch *fetch)
{
	struct msgfetch *session = fetch->session;
	uint32_t longest = retry_longest_wait(fetch->retry.used);
	uint32_t delay = retry_hint(fetch->retry_hint_ms) + longest / 2 +
			 arc4random_uniform(longest / 2 + 1);
	uint64_t until = clock_now() + delay * CLOCK_NS_PER_MS;

	if (until >= fetch_limit(fetch))
		return false;
	if (fetch->retry.used > 0)
		session_notice(session, "asking again in %" PRIu32 " ms (%u of %u): %s", delay,
			       fetch->retry.used, fetch->retry.limit, session->text);
	else
		session_notice(session, "going on from byte %" PRIu64 " in %" PRIu32 " ms: %s",
			       fetch->sequence.position, delay, session->text);
	clock_sleep_until(until, &session->cleaned);
	return true;
}

/* Tries until it is done or there is no point in going on. */
static int run(struct fetch *fetch, const char *path)
{
	struct msgfetch *session = fetch->session;
	enum verdict verdict;

	fetch->started_at = clock_now();
	fetch->progress_at = fetch->started_at;
	fetch->retry = (struct retry){
		.limit = session->options.retries,
		.absent_too = session->options.retry_no_daemon,
	};
	for (;;) {
		verdict = try_once(fetch, path);
		if (fetch->moved)
			fetch->progress_at = clock_now();
		fetch->moved = false;
		if (!retry_allow(&fetch->retry, verdict, fetch->sequence.position))
			break;
		if (verdict == VERDICT_OTHER_FILE) {
			session_notice(session, "the file is another one now; starting over");
			sequence_start_over(&fetch->sequence);
		} else if (!back_off(fetch)) {
			break;
		}
	}
	if (verdict == VERDICT_DONE)
		session_end(session, verdict, MSGFETCH_OK, 0, "%s", "");
	return session->error;
}

/* What holds for every call: 0, or the negative errno to return. */
static int check_session(struct msgfetch *session)
{
	if (session->owner == getpid())
		return 0;
	session_end(session, VERDICT_FINAL, MSGFETCH_ERROR, -ECHILD,
		    "the session belongs to the process that opened it: open one here");
	return session->error;
}

int msgfetch_get(struct msgfetch *session, const char *path, const struct msgfetch_sink *sink)
{
	struct fetch fetch = {.session = session, .sink = sink};
	int error = check_session(session);

	if (error != 0)
		return error;
	if (path[0] == '\0') {
		session_end(session, VERDICT_FINAL, MSGFETCH_ERROR, -EINVAL,
			    "an empty path names no file: ask for EXPORT/relative/path");
		return session->error;
	}
	if (!request_path_valid(path)) {
		session_end(session, VERDICT_FINAL, MSGFETCH_ERROR, -ENAMETOOLONG,
			    "the path is too long: up to %d bytes, and %d between two slashes",
			    PATH_MAX - 1, NAME_MAX);
		return session->error;
	}
	sequence_init(&fetch.sequence, false);
	return run(&fetch, path);
}

/* Where a PING's answer goes. */
struct version_text {
	char *buffer;
	size_t size;
};

static int take_version(void *context, const void *bytes, size_t length, uint64_t offset)
{
	const struct version_text *version = context;
	size_t room = version->size > 0 ? version->size - 1 : 0;

	if (offset >= room)
		return 0;
	if (length > room - (size_t)offset)
		length = room - (size_t)offset;
	memcpy(version->buffer + offset, bytes, length);
	version->buffer[(size_t)offset + length] = '\0';
	return 0;
}

static int end_version(void *context, uint64_t size)
{
	(void)context;
	(void)size;
	return 0;
}

int msgfetch_ping(struct msgfetch *session, char *version, size_t size, uint64_t *round_trip_ns)
{
	struct version_text text = {.buffer = version, .size = size};
	/* No begin: a PING has no ENTRY, and the sequence lets none pass. */
	const struct msgfetch_sink sink = {
		.data = take_version, .end = end_version, .context = &text};
	struct fetch fetch = {.session = session, .sink = &sink};
	int error = check_session(session);

	if (error != 0)
		return error;
	if (size > 0)
		version[0] = '\0';
	sequence_init(&fetch.sequence, true);
	error = run(&fetch, NULL);
	if (error == 0)
		*round_trip_ns = fetch.answered_at - fetch.attempt.asked_at;
	return error;
}
