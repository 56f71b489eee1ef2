/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/lib/fetch.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/lib/clock.h"

/* For a byte that a worker reads in silence: of the slowest digest and disk that are usual. */
#define READ_AGAIN_NS 20u

uint64_t fetch_limit(const struct fetch *fetch)
{
	const struct msgfetch_options *options = &fetch->session->options;

	if (fetch->answered_at == 0)
		return clock_limit(fetch->started_at, options->timeout_ms);
	if (options->stall_timeout_ms == 0)
		return CLOCK_NEVER;
	return clock_limit(fetch->progress_at, options->stall_timeout_ms) +
	       sequence_bytes_again(&fetch->sequence) * READ_AGAIN_NS;
}

enum attempt_result fetch_sink_failed(struct fetch *fetch, int error, const char *what)
{
	return session_end(fetch->session, ATTEMPT_FINAL, MSGFETCH_OUTPUT, error, "%s: %s",
			   what, strerror(-error));
}

enum attempt_result fetch_entry_failed(struct fetch *fetch, enum msgfetch_outcome outcome,
				       int error, const char *text)
{
	const struct msgfetch_sink *sink = fetch->sink;

	fetch->failed = true;
	session_end(fetch->session, ATTEMPT_DONE, outcome, error, "%s", text);
	error = sink->failed != NULL ? sink->failed(sink->context, &fetch->file, outcome, error,
						    fetch->session->text)
				     : 0;
	return error == 0 ? ATTEMPT_DONE : fetch_sink_failed(fetch, error, "cannot go on");
}

void fetch_tell_progress(struct fetch *fetch, bool now)
{
	const struct msgfetch_options *options = &fetch->session->options;
	const struct msgfetch_progress progress = {
		.file = &fetch->file,
		.position = fetch->sequence.position,
		.files = fetch->files,
		.bytes = fetch->bytes,
	};
	uint64_t at;

	if (options->progress == NULL)
		return;
	at = clock_ns();
	if (!now && at < fetch->told_at + options->progress_ms * CLOCK_NS_PER_MS)
		return;
	fetch->told_at = at;
	options->progress(options->progress_context, &progress);
}

enum attempt_result fetch_path_done(struct fetch *fetch)
{
	const struct msgfetch_sink *sink = fetch->sink;
	size_t path = fetch->state.done;
	int error = 0;

	fetch_state_next(&fetch->state);
	fetch_tell_progress(fetch, true);
	if (sink->done != NULL)
		error = sink->done(sink->context, path);
	return error == 0 ? ATTEMPT_DONE : fetch_sink_failed(fetch, error, "cannot finish");
}

/* Fails the path whose turn it is without asking for it. */
static enum attempt_result fail_unasked(struct fetch *fetch, enum msgfetch_outcome outcome,
					int error, const char *text)
{
	enum attempt_result result;

	fetch->file = (struct msgfetch_file){.path = fetch->state.done, .name = "", .link = ""};
	result = fetch_entry_failed(fetch, outcome, error, text);
	return result == ATTEMPT_DONE ? fetch_path_done(fetch) : result;
}

static bool may_be_asked(const struct fetch *fetch)
{
	return fetch_state_path_valid(&fetch->state, fetch->state.paths[fetch->state.done]);
}

/* Passes over the paths that no daemon could take. */
static enum attempt_result skip_invalid(struct fetch *fetch)
{
	const struct fetch_state *state = &fetch->state;
	enum attempt_result result = ATTEMPT_DONE;

	while (result == ATTEMPT_DONE && state->done < state->count && !may_be_asked(fetch)) {
		if (state->paths[state->done][0] == '\0')
			result = fail_unasked(fetch, MSGFETCH_ERROR, -EINVAL,
					      "an empty path names no file: ask for "
					      "EXPORT/relative/path");
		else
			result = fail_unasked(fetch, MSGFETCH_ERROR, -ENAMETOOLONG,
					      "the path is too long: up to 4095 bytes, and "
					      "255 between two slashes");
	}
	return result;
}

/* How many bytes of paths a request may carry: kernel.msgmax may be lower than usual. */
static size_t path_room(void)
{
	size_t most = (size_t)queue_message_max();

	if (most > PROTOCOL_MESSAGE_MAX)
		most = PROTOCOL_MESSAGE_MAX;
	most -= most % REQUEST_ALIGN;
	return most > sizeof(struct request_wire) ? most - sizeof(struct request_wire) : 0;
}

static enum attempt_result try_once(struct fetch *fetch)
{
	struct msgfetch *session = fetch->session;
	struct request request = {.operation = fetch->text_operation,
				  .serial = ++session->serial};
	char paths[REQUEST_PATH_BYTES_MAX];
	enum attempt_result result;

	if (atomic_load(&session->stop) != 0)
		return session_stopped(session);
	fetch->retry_hint_ms = 0;
	fetch->next_slot = 0;
	fetch->credits_owed = 0;
	fetch->first_path = fetch->state.done;
	if (fetch->text_operation != 0)
		fetch->answered_at = 0; /* a round trip begins and ends in the same try */
	else
		fetch_state_ask(&fetch->state, path_room(), paths, &request);
	sequence_open(&fetch->sequence, &request);
	result = attempt_open(session, &request, &fetch->attempt);
	if (result == ATTEMPT_DONE || result == ATTEMPT_LOST)
		fetch->retry.asked = true;
	if (result == ATTEMPT_DONE) {
		daemon_state_init(&fetch->daemon, &fetch->attempt, session->options.key);
		result = receive_replies(fetch);
	}
	attempt_close(session);
	if (result != ATTEMPT_DONE)
		session_drop_ring(session);
	return result;
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
	uint64_t until = clock_ns() + delay * CLOCK_NS_PER_MS;

	if (until >= fetch_limit(fetch))
		return false;
	if (fetch->retry.used > 0)
		session_notice(session, "%s; asking again in %" PRIu32 " ms (%u of %u)",
			       session->text, delay, fetch->retry.used, fetch->retry.limit);
	else if (fetch->state.begun && !fetch->state.resumable)
		session_notice(session, "%s; starting the directory over in %" PRIu32 " ms",
			       session->text, delay);
	else
		session_notice(session, "%s; going on from byte %" PRIu64 " in %" PRIu32 " ms",
			       session->text, fetch->state.position, delay);
	clock_sleep_until(until, &session->stop);
	return true;
}

/* The clocks of a request that was not asked before. */
static void begin_request(struct fetch *fetch)
{
	fetch->started_at = clock_ns();
	fetch->progress_at = fetch->started_at;
	fetch->answered_at = 0;
}

/* Asks for one list, or the PING, until it was answered or there is no point in going on. */
static enum attempt_result request_with_retries(struct fetch *fetch)
{
	struct fetch_state *state = &fetch->state;
	enum attempt_result result;

	begin_request(fetch);
	for (;;) {
		result = try_once(fetch);
		if (fetch->moved)
			fetch->progress_at = clock_ns();
		fetch->moved = false;
		if (result == ATTEMPT_DONE)
			return result;
		if (result == ATTEMPT_OTHER_FILE && !state->begun) {
			/* The caller's own state is the old one; a range of it is not wanted.
			 */
			if ((state->flags & MSGFETCH_RANGE_SET) != 0)
				return ATTEMPT_FINAL;
			fetch_state_start_over(state);
			continue;
		}
		if (!retry_allow(&fetch->retry, result, fetch_state_reached(state)))
			return result;
		if (result == ATTEMPT_OTHER_FILE) {
			session_notice(fetch->session,
				       "the file is another one now; starting over");
			fetch_state_start_over(state);
		} else if (state->done == state->count && fetch->text_operation == 0) {
			return ATTEMPT_DONE; /* only the END of all was lost */
		} else if (!back_off(fetch)) {
			return result;
		}
	}
}

/* What stopped the call stopped every path that was still to come. */
static void fail_rest(struct fetch *fetch)
{
	struct msgfetch *session = fetch->session;
	enum msgfetch_outcome outcome = session->outcome;
	int error = session->error;
	char text[SESSION_TEXT_MAX];

	if (outcome == MSGFETCH_OUTPUT || outcome == MSGFETCH_CANCELLED ||
	    fetch->text_operation != 0)
		return;
	strlcpy(text, session->text, sizeof(text));
	while (fetch->state.done < fetch->state.count)
		if (fail_unasked(fetch, outcome, error, text) != ATTEMPT_DONE)
			return;
}

static int run_all(struct fetch *fetch)
{
	struct msgfetch *session = fetch->session;
	struct fetch_state *state = &fetch->state;
	enum attempt_result result = ATTEMPT_DONE;

	fetch->retry = (struct retry){
		.limit = session->options.retries,
		.absent_too = session->options.retry_no_daemon,
	};
	session_end(session, ATTEMPT_DONE, MSGFETCH_OK, 0, "%s", "");
	if (fetch->text_operation != 0)
		result = request_with_retries(fetch);
	while (result == ATTEMPT_DONE && state->done < state->count) {
		result = skip_invalid(fetch);
		if (result == ATTEMPT_DONE && state->done < state->count)
			result = request_with_retries(fetch);
	}
	if (result != ATTEMPT_DONE)
		fail_rest(fetch);
	else if (!fetch->failed)
		session_end(session, ATTEMPT_DONE, MSGFETCH_OK, 0, "%s", "");
	return session->error;
}

int fetch_run(struct fetch *fetch)
{
	struct msgfetch *session = fetch->session;
	int error;

	if (session->owner != getpid()) {
		session_end(session, ATTEMPT_FINAL, MSGFETCH_ERROR, -ECHILD,
			    "the session belongs to the process that opened it: open one here");
		return session->error;
	}
	fetch->told_at = clock_ns();
	error = verify_open(&fetch->verify, fetch_state_digest_flag(&fetch->state),
			    &session->stop);
	if (error != 0)
		session_end(session, ATTEMPT_FINAL, MSGFETCH_ERROR, error, "out of memory");
	else
		error = run_all(fetch);
	verify_close(&fetch->verify);
	return error;
}

static bool sink_valid(const struct msgfetch_sink *sink, const struct msgfetch_request *request)
{
	bool names = (request->flags & MSGFETCH_NAMES) != 0;
	bool had = request->resume != NULL && request->digest != MSGFETCH_DIGEST_NONE;

	return sink->begin != NULL && (names || (sink->data != NULL && sink->end != NULL)) &&
	       (!had || sink->read_existing != NULL);
}

/* The caller's structures, as this version has them. */
static int take_arguments(struct fetch *fetch, const struct msgfetch_request *request,
			  struct msgfetch_sink *sink, const struct msgfetch_sink *given)
{
	struct msgfetch_request wanted = {.size = 0};

	if (!session_copy_sized(&wanted, sizeof(wanted), request, request->size) ||
	    !session_copy_sized(sink, sizeof(*sink), given, given->size) ||
	    !sink_valid(sink, &wanted))
		return -EINVAL;
	return fetch_state_init(&fetch->state, &wanted);
}

int msgfetch_fetch(struct msgfetch *session, const struct msgfetch_request *request,
		   const struct msgfetch_sink *sink)
{
	struct msgfetch_sink own = {.size = 0};
	struct fetch fetch = {.session = session, .sink = &own};

	if (take_arguments(&fetch, request, &own, sink) == 0)
		return fetch_run(&fetch);
	session_end(session, ATTEMPT_FINAL, MSGFETCH_ERROR, -EINVAL,
		    "the program asks for what libmsgfetch does not know, or for what does not "
		    "go together");
	return session->error;
}
