/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/lib/fetch.h"

#include "client/lib/clock.h"
#include "client/lib/receive.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Ends the path state.done without a request. */
static enum attempt_result fail_path(struct call *call, enum msgfetch_outcome outcome,
				     int error, const char *text)
{
	enum attempt_result result;

	call->file =
		(struct msgfetch_file){.path_index = call->state.done, .name = "", .link = ""};
	result = call_entry_failed(call, outcome, error, text);
	return result == ATTEMPT_DONE ? call_path_done(call) : result;
}

static enum attempt_result fail_invalid_path(struct call *call, int error)
{
	return fail_path(call, MSGFETCH_ERROR, error,
			 error == -EINVAL
				 ? "the path is empty: give EXPORT/relative/path"
				 : "the path is too long: the limits are 4095 bytes, and 255 "
				   "bytes between two slashes");
}

/* Returns how many bytes of paths a request may carry, limited by the kernel. */
static size_t path_room(const struct msgfetch *session)
{
	size_t most = session->transport->text_max();

	if (most > PROTOCOL_MESSAGE_MAX)
		most = PROTOCOL_MESSAGE_MAX;
	most -= most % REQUEST_ALIGN;
	return most > sizeof(struct request_wire) ? most - sizeof(struct request_wire) : 0;
}

static enum attempt_result try_once(struct call *call)
{
	struct msgfetch *session = call->session;
	struct request request = {.operation = call->text_operation,
				  .serial = ++session->serial};
	char paths[REQUEST_PATH_BYTES_MAX];
	enum attempt_result result;

	if (atomic_load(&session->stop) != 0)
		return session_stopped(session);
	call->retry_hint_ms = 0;
	call->next_slot = 0;
	call->credits_owed = 0;
	call->ring_used = false;
	call->first_path = call->state.done;
	if (call->text_operation != 0)
		call->answered_at = 0; /* a round trip is measured within one attempt */
	else
		fetch_state_ask(&call->state, path_room(session), paths, &request);
	/* A follow may have been quiet for long. */
	if (fetch_state_follows(&call->state))
		call->progress_at = clock_ns();
	sequence_open(&call->sequence, &request);
	result = attempt_open(session, &request, &call->attempt);
	if (result == ATTEMPT_DONE || result == ATTEMPT_AGAIN)
		call->retry.asked = true;
	if (result == ATTEMPT_DONE) {
		daemon_state_init(&call->daemon, session);
		result = receive_replies(call);
	}
	attempt_close(session);
	/* A used ring has pages that count against the limits of this user: see ring-max. */
	if (result != ATTEMPT_DONE || call->ring_used)
		session->transport->drop_ring(session->channel);
	return result;
}

static void notice_retry(const struct call *call, uint32_t delay_ms)
{
	struct msgfetch *session = call->session;

	if (call->retry.used > 0)
		session_notice(session, "%s; retry %u of %u in %" PRIu32 " ms", session->text,
			       call->retry.used, call->retry.limit, delay_ms);
	else if (call->state.begun && !call->state.resumable)
		session_notice(session, "%s; starting the directory over in %" PRIu32 " ms",
			       session->text, delay_ms);
	else
		session_notice(session, "%s; resuming at byte %" PRIu64 " in %" PRIu32 " ms",
			       session->text, call->state.position, delay_ms);
}

/* Waits before the next attempt.  Returns false if the call would time out before. */
static bool back_off(struct call *call)
{
	struct msgfetch *session = call->session;
	uint32_t longest = retry_longest_wait(call->retry.used);
	uint32_t delay_ms = retry_hint(call->retry_hint_ms) + longest / 2 +
			    arc4random_uniform(longest / 2 + 1);
	uint64_t until = clock_ns() + delay_ms * CLOCK_NS_PER_MS;

	if (until >= call_limit(call))
		return false;
	notice_retry(call, delay_ms);
	clock_sleep_until(until, &session->stop);
	return true;
}

static void start_clocks(struct call *call)
{
	call->started_at = clock_ns();
	call->progress_at = call->started_at;
	call->answered_at = 0;
}

/* Sends one request until an attempt is answered to its end, or no retry is left. */
static enum attempt_result request_with_retries(struct call *call)
{
	struct fetch_state *state = &call->state;
	enum attempt_result result;

	start_clocks(call);
	for (;;) {
		result = try_once(call);
		if (call->moved)
			call->progress_at = clock_ns();
		call->moved = false;
		if (result == ATTEMPT_DONE)
			return result;
		if (result == ATTEMPT_OTHER_FILE && !state->begun) {
			/* The caller's stamp is outdated: its range is of another file. */
			if ((state->flags & MSGFETCH_RANGE_SET) != 0)
				return ATTEMPT_FINAL;
			fetch_state_start_over(state);
			continue;
		}
		if (!retry_allow(&call->retry, result, fetch_state_reached(state)))
			return result;
		if (result == ATTEMPT_OTHER_FILE) {
			session_notice(call->session,
				       "the file was replaced or changed; starting over");
			fetch_state_start_over(state);
		} else if (state->done == state->count && call->text_operation == 0) {
			return ATTEMPT_DONE; /* all paths are done; only the last END is lost */
		} else if (!back_off(call)) {
			return result;
		}
	}
}

/* Reports the error that ended the call for each path that was still to come. */
static void fail_rest(struct call *call)
{
	struct msgfetch *session = call->session;
	enum msgfetch_outcome outcome = session->outcome;
	int error = session->error;
	char text[SESSION_TEXT_MAX];

	if (outcome == MSGFETCH_OUTPUT || outcome == MSGFETCH_CANCELLED ||
	    call->text_operation != 0)
		return;
	strlcpy(text, session->text, sizeof(text));
	while (call->state.done < call->state.count)
		if (fail_path(call, outcome, error, text) != ATTEMPT_DONE)
			return;
}

static enum attempt_result fetch_paths(struct call *call)
{
	const struct fetch_state *state = &call->state;
	enum attempt_result result = ATTEMPT_DONE;

	while (result == ATTEMPT_DONE && state->done < state->count) {
		int error = fetch_state_path_error(state, state->done);

		result = error == 0 ? request_with_retries(call)
				    : fail_invalid_path(call, error);
	}
	return result;
}

static int run_all(struct call *call)
{
	struct msgfetch *session = call->session;
	enum attempt_result result;

	call->retry = (struct retry){
		.limit = session->options.retries,
		.absent_too = session->options.retry_no_daemon,
	};
	session_end(session, ATTEMPT_DONE, MSGFETCH_OK, 0, "%s", "");
	result = call->text_operation != 0 ? request_with_retries(call) : fetch_paths(call);
	if (result != ATTEMPT_DONE)
		fail_rest(call);
	else if (!call->failed)
		session_end(session, ATTEMPT_DONE, MSGFETCH_OK, 0, "%s", "");
	return session->error;
}

int fetch_run(struct call *call)
{
	struct msgfetch *session = call->session;
	int error;

	if (session->owner != getpid()) {
		session_end(session, ATTEMPT_FINAL, MSGFETCH_ERROR, -ECHILD,
			    "the session belongs to the parent process: open a session after "
			    "fork()");
		return session->error;
	}
	call->told_at = clock_ns();
	error = verify_open(&call->verify, fetch_state_digest_flag(&call->state),
			    &session->stop);
	if (error != 0)
		session_end(session, ATTEMPT_FINAL, MSGFETCH_ERROR, error, "out of memory");
	else
		error = run_all(call);
	verify_close(&call->verify);
	return error;
}

static bool sink_valid(const struct msgfetch_sink *sink, const struct msgfetch_request *request)
{
	bool names = (request->flags & MSGFETCH_NAMES) != 0;
	bool reads = request->resume != NULL && request->digest != MSGFETCH_DIGEST_NONE;

	return sink->begin != NULL && (names || (sink->data != NULL && sink->end != NULL)) &&
	       (!reads || sink->read_existing != NULL);
}

/* Copies the caller's structures in this version's sizes.  Returns 0 or -EINVAL. */
static int take_arguments(struct call *call, const struct msgfetch_request *request,
			  struct msgfetch_sink *sink, const struct msgfetch_sink *given)
{
	struct msgfetch_request wanted = {.size = 0};

	if (!session_copy_sized(&wanted, sizeof(wanted), request, request->size) ||
	    !session_copy_sized(sink, sizeof(*sink), given, given->size) ||
	    !sink_valid(sink, &wanted))
		return -EINVAL;
	return fetch_state_init(&call->state, &wanted);
}

int msgfetch_fetch(struct msgfetch *session, const struct msgfetch_request *request,
		   const struct msgfetch_sink *sink)
{
	struct msgfetch_sink own = {.size = 0};
	struct call call = {.session = session, .sink = &own};

	if (take_arguments(&call, request, &own, sink) == 0)
		return fetch_run(&call);
	session_end(session, ATTEMPT_FINAL, MSGFETCH_ERROR, -EINVAL,
		    "invalid request: a size, flag or field is unknown to libmsgfetch %s, or "
		    "conflicts with another",
		    PACKAGE_VERSION);
	return session->error;
}
