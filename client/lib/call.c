/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/lib/call.h"

#include "client/lib/clock.h"

#include <string.h>

/* Time that a worker needs for each byte it digests without sending, on a slow disk. */
#define READ_AGAIN_NS 20u

uint64_t call_limit(const struct call *call)
{
	const struct msgfetch_options *options = &call->session->options;

	if (call->answered_at == 0)
		return clock_limit(call->started_at, options->timeout_ms);
	if (options->stall_timeout_ms == 0 || call->attempt.quiet)
		return CLOCK_NEVER;
	return clock_limit(call->progress_at, options->stall_timeout_ms) +
	       sequence_bytes_again(&call->sequence) * READ_AGAIN_NS;
}

enum attempt_result call_sink_failed(struct call *call, int error, const char *action)
{
	return session_end(call->session, ATTEMPT_FINAL, MSGFETCH_OUTPUT, error, "%s: %s",
			   action, strerror(-error));
}

enum attempt_result call_entry_failed(struct call *call, enum msgfetch_outcome outcome,
				      int error, const char *text)
{
	const struct msgfetch_sink *sink = call->sink;

	call->failed = true;
	session_end(call->session, ATTEMPT_DONE, outcome, error, "%s", text);
	error = sink->failed != NULL ? sink->failed(sink->context, &call->file, outcome, error,
						    call->session->text)
				     : 0;
	return error == 0 ? ATTEMPT_DONE : call_sink_failed(call, error, "cannot continue");
}

void call_tell_progress(struct call *call, bool now)
{
	const struct msgfetch_options *options = &call->session->options;
	const struct msgfetch_progress progress = {
		.file = &call->file,
		.position = call->sequence.position,
		.files = call->files,
		.bytes = call->bytes,
	};
	uint64_t at;

	if (options->progress == NULL)
		return;
	at = clock_ns();
	if (!now && at < call->told_at + options->progress_ms * CLOCK_NS_PER_MS)
		return;
	call->told_at = at;
	options->progress(options->progress_context, &progress);
}

enum attempt_result call_path_done(struct call *call)
{
	const struct msgfetch_sink *sink = call->sink;
	size_t index = call->state.done;
	int error = 0;

	fetch_state_next(&call->state);
	call->listed += call->listing;
	call->listing = 0;
	call_tell_progress(call, true);
	if (sink->done != NULL)
		error = sink->done(sink->context, index);
	return error == 0 ? ATTEMPT_DONE : call_sink_failed(call, error, "cannot finish");
}
