/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/lib/receive.h"

#include "client/lib/clock.h"
#include "client/lib/name.h"
#include "common/log.h"
#include "common/ring.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/*
 * Tick while a file is followed: the daemon's death ends the wait at once, and its FAILURE
 * tells of the worker's.
 */
#define TICK_QUIET_MS 10000u

/* Memory for the names of one call: about a million files or more. */
#define LIST_BYTES_MAX (256u << 20)

/* A daemon's text after quoting, which may turn each byte into four. */
#define QUOTED_MAX ((size_t)FAILURE_TEXT_MAX * 4)

static enum attempt_result fail_timed_out(struct call *call)
{
	const struct msgfetch *session = call->session;
	const struct msgfetch_options *options = &session->options;

	if (!session->transport->asked(session->channel) &&
	    !session->transport->worker_seen(session->channel))
		return session_end(call->session, ATTEMPT_FINAL, MSGFETCH_TIMED_OUT, -ETIMEDOUT,
				   "the request queue of key 0x%x stayed full: the daemon is "
				   "overloaded or stuck",
				   (unsigned)options->key);
	if (call->answered_at == 0)
		return session_end(call->session, ATTEMPT_FINAL, MSGFETCH_TIMED_OUT, -ETIMEDOUT,
				   "no answer within %g s: the daemon is busy or stuck; "
				   "-w/--timeout sets the limit",
				   options->timeout_ms / 1000.0);
	return session_end(call->session, ATTEMPT_FINAL, MSGFETCH_TIMED_OUT, -ETIMEDOUT,
			   "no data for %g s after %" PRIu64
			   " bytes; --stall-timeout sets the limit",
			   options->stall_timeout_ms / 1000.0, call->state.position);
}

static enum attempt_result fail_worker_lost(struct call *call)
{
	return session_end(call->session, ATTEMPT_AGAIN, outcome_of_loss(call->state.begun),
			   -ECHILD,
			   "the daemon's worker died during the transfer: see the daemon's "
			   "log");
}

static enum attempt_result fail_daemon_lost(struct call *call)
{
	return session_end(call->session, ATTEMPT_AGAIN, MSGFETCH_NO_DAEMON, -ECONNRESET,
			   "the daemon of key 0x%x died or was replaced during the transfer: "
			   "is msgfetchd running again?",
			   (unsigned)call->session->options.key);
}

static enum attempt_result fail_queue_gone(struct call *call)
{
	if (atomic_load(&call->session->stop) != 0)
		return session_stopped(call->session);
	if (call->session->transport->daemon_gone(call->session->channel))
		return fail_daemon_lost(call);
	return session_end(call->session, ATTEMPT_AGAIN, outcome_of_loss(call->state.begun),
			   -ECONNRESET,
			   "the message queue was removed during the transfer, by the daemon "
			   "or by ipcrm");
}

static enum attempt_result fail_violation(struct call *call)
{
	return session_end(call->session, ATTEMPT_FINAL, MSGFETCH_ERROR, -EPROTO,
			   "the daemon sent a message that protocol version %u does not allow "
			   "here: do the versions of msgfetch and msgfetchd match?",
			   PROTOCOL_VERSION);
}

/* Returns true if the last entry is the path itself and no entry can come beneath it. */
static bool is_whole_path(const struct call *call)
{
	return call->file.name[0] == '\0' && !S_ISDIR(call->file.mode);
}

static enum attempt_result entry_over(struct call *call, enum attempt_result result)
{
	if (result == ATTEMPT_DONE && is_whole_path(call))
		return call_path_done(call);
	return result;
}

static enum attempt_result fail_entry(struct call *call, enum msgfetch_outcome outcome,
				      int error, const char *text)
{
	return entry_over(call, call_entry_failed(call, outcome, error, text));
}

/* Returns true if the worker waits for the file that it failed to open. */
static bool is_awaited(const struct call *call, int error)
{
	return (call->sequence.flags & REQUEST_AWAIT) != 0 &&
	       (error == ENOENT || error == ENOTDIR);
}

/*
 * Handles a FAILURE.  A FAILURE of one entry ends that entry, unless its reason concerns the
 * whole request; any other FAILURE ends the attempt.
 */
static enum attempt_result take_failure(struct call *call, enum sequence_step step,
					const struct reply *reply)
{
	int error = reply->body.failure.error;
	struct classification kind =
		outcome_of_failure(reply->body.failure.reason, error,
				   sequence_resumed(&call->sequence), call->state.begun);
	const char *text = strerror(error);
	char quoted[QUOTED_MAX];

	if (reply->body.failure.text[0] != '\0')
		text = log_quote(quoted, sizeof(quoted), reply->body.failure.text);
	if (step == SEQUENCE_FAILED && is_awaited(call, error)) {
		session_notice(call->session, "%s: waiting for the file", text);
		return ATTEMPT_DONE;
	}
	if (step == SEQUENCE_FAILED && kind.result == ATTEMPT_FINAL)
		return fail_entry(call, kind.outcome, -error, text);
	call->retry_hint_ms = reply->body.failure.retry_ms;
	return session_end(call->session, kind.result, kind.outcome, -error, "%s", text);
}

static enum attempt_result take_cut(struct call *call, const struct reply *reply)
{
	char text[128];

	snprintf(text, sizeof(text),
		 "ended after %" PRIu64 " of %" PRIu64
		 " bytes: cut short, or changed while it was read",
		 reply->body.end.wire.offset, call->sequence.limit);
	return fail_entry(call, MSGFETCH_CHANGED, -ESTALE, text);
}

static void note_entry(struct call *call, const struct reply *reply)
{
	const struct entry_wire *wire = &reply->body.entry.wire;

	strlcpy(call->name, reply->body.entry.name, sizeof(call->name));
	strlcpy(call->link, reply->body.entry.link, sizeof(call->link));
	call->file = (struct msgfetch_file){
		.path_index = call->first_path + wire->path,
		.name = call->name,
		.link = call->link,
		.size = wire->stamp.size,
		.mtime_ns = wire->stamp.mtime_ns,
		.mode = wire->mode,
		.uid = wire->uid,
		.gid = wire->gid,
		.stamp = {.device = wire->stamp.device,
			  .inode = wire->stamp.inode,
			  .mtime_ns = wire->stamp.mtime_ns,
			  .size = wire->stamp.size},
	};
}

static enum attempt_result begin_in_sink(struct call *call)
{
	int error = call->sink->begin(call->sink->context, &call->file);

	if (error == -ESPIPE)
		return call_sink_failed(call, error,
					"the file was replaced during the transfer, and the "
					"bytes already written cannot be taken back");
	return error == 0 ? ATTEMPT_DONE
			  : call_sink_failed(call, error, "cannot start writing");
}

/*
 * Counts the memory that the last entry takes in a list.  Callers keep lists in memory, so a
 * daemon that never ends its list must not use all of it.
 */
static enum attempt_result count_name(struct call *call)
{
	call->listing += sizeof(struct msgfetch_file) + strlen(call->name) + strlen(call->link);
	if (call->listed + call->listing <= LIST_BYTES_MAX)
		return ATTEMPT_DONE;
	return session_end(call->session, ATTEMPT_FINAL, MSGFETCH_ERROR, -E2BIG,
			   "the daemon sent more names than fit into %u MiB: list fewer "
			   "directories at once",
			   LIST_BYTES_MAX >> 20);
}

static enum attempt_result list_entry(struct call *call)
{
	enum attempt_result result = count_name(call);

	return result == ATTEMPT_DONE ? begin_in_sink(call) : result;
}

/* Starts the path of the last entry, and ends the path before. */
static enum attempt_result begin_path(struct call *call)
{
	struct fetch_state *state = &call->state;

	if (state->begun && state->done != call->file.path_index) {
		enum attempt_result result = call_path_done(call);

		if (result != ATTEMPT_DONE)
			return result;
	}
	fetch_state_begin(state);
	call->listing = 0;
	return ATTEMPT_DONE;
}

/* Starts a regular file.  Only a file that is the path itself can be resumed later. */
static void begin_file(struct call *call)
{
	const struct sequence *sequence = &call->sequence;

	call->file.offset = sequence->position;
	call->state.position = sequence->position;
	if (call->name[0] == '\0')
		fetch_state_file(&call->state, &sequence->stamp, sequence->position,
				 sequence->limit);
	verify_begin(&call->verify);
}

/* Tells the sink that the followed file has ended, if one was begun. */
static enum attempt_result end_followed(struct call *call)
{
	const struct msgfetch_end end = {.size = call->state.position};
	int error = 0;

	if (call->state.resumable)
		error = call->sink->end(call->sink->context, &end);
	return error == 0 ? ATTEMPT_DONE
			  : call_sink_failed(call, error, "cannot finish writing");
}

/* Starts a file of a FOLLOW: the first one, or one after a truncation or rotation. */
static enum attempt_result begin_followed(struct call *call)
{
	enum attempt_result result;

	if (call->file.mode == 0) /* a FAILURE follows */
		return ATTEMPT_DONE;
	result = end_followed(call);
	fetch_state_answered(&call->state);
	fetch_state_begin(&call->state);
	begin_file(call);
	return result == ATTEMPT_DONE ? begin_in_sink(call) : result;
}

static enum attempt_result begin_entry(struct call *call, const struct reply *reply)
{
	enum attempt_result result = ATTEMPT_DONE;

	note_entry(call, reply);
	if (fetch_state_follows(&call->state))
		return begin_followed(call);
	if (call->name[0] == '\0')
		result = begin_path(call);
	if (result != ATTEMPT_DONE || call->file.mode == 0) /* a FAILURE follows */
		return result;
	if (call->sequence.operation == OPERATION_LIST)
		return list_entry(call);
	if (S_ISREG(call->file.mode))
		begin_file(call);
	if (S_ISLNK(call->file.mode) && !name_link_is_beneath(call->name, call->link))
		return call_entry_failed(call, MSGFETCH_DENIED, -EXDEV,
					 "skipped: the symbolic link points outside the "
					 "directory");
	return begin_in_sink(call);
}

/* Handles the ENTRY of a RESUME.  Tells the sink only if the caller asked to resume. */
static enum attempt_result resume_entry(struct call *call, const struct reply *reply)
{
	struct fetch_state *state = &call->state;
	enum attempt_result result;
	int error;

	note_entry(call, reply);
	if (fetch_state_follows(state))
		fetch_state_answered(state);
	if (state->begun || call->file.mode == 0)
		return ATTEMPT_DONE;
	state->begun = true;
	call->file.offset = state->position;
	result = begin_in_sink(call);
	if (result != ATTEMPT_DONE)
		return result;
	verify_begin(&call->verify);
	error = verify_read_existing(&call->verify, call->sink, state->position);
	return error == 0 ? ATTEMPT_DONE
			  : call_sink_failed(call, error,
					     "cannot read the bytes of the earlier call");
}

static enum attempt_result take_bytes(struct call *call, const struct reply *reply)
{
	struct fetch_state *state = &call->state;
	size_t had = fetch_state_overlap(state, reply->offset, reply->body.data.length);
	const uint8_t *bytes = reply->body.data.bytes + had;
	size_t length = reply->body.data.length - had;
	uint64_t offset = reply->offset + had;
	int error;

	if (length == 0)
		return ATTEMPT_DONE;
	error = call->sink->data(call->sink->context, bytes, length, offset);
	verify_add(&call->verify, bytes, length, offset);
	state->come += length;
	state->position = offset + length;
	call->bytes += length;
	call_tell_progress(call, false);
	return error == 0 ? ATTEMPT_DONE : call_sink_failed(call, error, "cannot write");
}

static enum attempt_result end_file(struct call *call, const struct reply *reply, bool grew)
{
	const struct digest *digest = &call->verify.digest;
	struct msgfetch_end end = {
		.size = reply->body.end.wire.offset,
		.digest = call->state.digest,
		.digest_bytes = digest->bytes,
		.grew = grew,
	};
	int error = 0;

	if (grew && (call->state.flags & MSGFETCH_STRICT) != 0)
		return fail_entry(call, MSGFETCH_CHANGED, -ESTALE,
				  "grew during the transfer: fetch it again, or without "
				  "--strict");
	if (!verify_end(&call->verify, end.size, &reply->body.end.digest))
		return fail_entry(call, MSGFETCH_CHANGED, -EBADMSG,
				  "the digest of the received bytes differs from the "
				  "daemon's: fetch the file again");
	end.digest_length = digest->length;
	error = call->sink->end(call->sink->context, &end);
	if (error != 0)
		return call_sink_failed(call, error, "cannot finish writing");
	call->files++;
	return call->text_operation != 0 ? ATTEMPT_DONE : entry_over(call, ATTEMPT_DONE);
}

static enum attempt_result end_all(struct call *call)
{
	return call->state.begun ? call_path_done(call) : ATTEMPT_DONE;
}

/* Acts on a reply whose place in the sequence is step. */
static enum attempt_result act(struct call *call, enum sequence_step step,
			       const struct reply *reply)
{
	switch (step) {
	case SEQUENCE_BEGIN:
		return begin_entry(call, reply);
	case SEQUENCE_RESUMED:
		return resume_entry(call, reply);
	case SEQUENCE_BYTES:
		return take_bytes(call, reply);
	case SEQUENCE_END:
		/* The end of a followed file is told once the next file starts. */
		return fetch_state_follows(&call->state) ? ATTEMPT_DONE
							 : end_file(call, reply, false);
	case SEQUENCE_GREW:
		return end_file(call, reply, true);
	case SEQUENCE_CUT:
		return take_cut(call, reply);
	case SEQUENCE_CHANGED:
		return fail_entry(call, MSGFETCH_CHANGED, -ESTALE,
				  "changed while it was read: fetch it again");
	case SEQUENCE_FAILED:
	case SEQUENCE_WHOLE:
		return take_failure(call, step, reply);
	case SEQUENCE_OVER:
		return end_all(call);
	case SEQUENCE_VIOLATION:
		break;
	}
	return fail_violation(call);
}

static enum attempt_result take_reply(struct call *call, const struct reply *reply)
{
	enum sequence_step step = sequence_accept(&call->sequence, reply);

	if (call->answered_at == 0 && step != SEQUENCE_WHOLE && step != SEQUENCE_VIOLATION)
		call->answered_at = clock_ns();
	return act(call, step, reply);
}

/* Returns the slots that were read to the worker, as far as the queue has room. */
static void give_credits(struct call *call)
{
	const struct msgfetch *session = call->session;

	while (call->credits_owed > 0 && session->transport->return_slot(session->channel))
		call->credits_owed--;
}

/* Returns the reply's bytes, in the message or in the slot that is due; NULL: wrong slot. */
static const uint8_t *locate(struct call *call, const struct reply *reply)
{
	const struct ring *ring = call->session->transport->ring(call->session->channel);

	if (reply->slot == 0)
		return reply->body.data.bytes;
	if (ring == NULL || reply->slot != call->next_slot + 1 ||
	    reply->body.data.length > ring->slot_bytes)
		return NULL;
	call->next_slot = (call->next_slot + 1) % ring->slots;
	call->ring_used = true;
	return ring_slot(ring, reply->slot - 1);
}

static enum attempt_result take_pack(struct call *call, const uint8_t *bytes, size_t length)
{
	uint8_t scratch[REPLY_SCRATCH];
	enum attempt_result result = ATTEMPT_DONE;
	struct reply reply;
	size_t at = 0;
	int more = 1;

	while (result == ATTEMPT_DONE) {
		more = reply_unpack(bytes, length, &at, scratch, &reply);
		if (more <= 0)
			break;
		result = take_reply(call, &reply);
	}
	return more < 0 ? fail_violation(call) : result;
}

static enum attempt_result take_message(struct call *call, size_t length)
{
	const struct message *message = &call->session->buffer;
	enum attempt_result result;
	struct reply reply;
	unsigned slot;

	if (reply_decode(message->type, message->text, length, &reply) != 0)
		return fail_violation(call);
	daemon_state_note_reply(&call->daemon);
	call->moved = true;
	if (reply.type != MESSAGE_DATA && reply.type != MESSAGE_PACK)
		return take_reply(call, &reply);
	slot = reply.slot;
	reply.body.data.bytes = locate(call, &reply);
	if (reply.body.data.bytes == NULL || reply.serial != call->sequence.serial)
		return fail_violation(call);
	if (reply.type == MESSAGE_PACK)
		result = take_pack(call, reply.body.data.bytes, reply.body.data.length);
	else
		result = take_reply(call, &reply);
	if (slot > 0)
		call->credits_owed++;
	return result;
}

/* Checks the limits and whether the daemon lives.  ATTEMPT_DONE: continue to wait. */
static enum attempt_result check(struct call *call)
{
	uint64_t now = clock_ns();

	if (call->moved)
		call->progress_at = now;
	call->moved = false;
	if (now >= call_limit(call))
		return fail_timed_out(call);
	switch (daemon_state_check(&call->daemon, call->progress_at, now)) {
	case DAEMON_LOST:
		return fail_daemon_lost(call);
	case WORKER_LOST:
		return fail_worker_lost(call);
	case DAEMON_LIVES:
		break;
	}
	return ATTEMPT_DONE;
}

static enum attempt_result fail_receive(struct call *call, int error)
{
	if (error == -EIDRM)
		return fail_queue_gone(call);
	return session_end(call->session, ATTEMPT_FINAL, MSGFETCH_ERROR, error, "%s: %s",
			   error == -EAGAIN || error == -ENOMEM ? "cannot start a thread"
								: "cannot receive",
			   strerror(-error));
}

/* Returns the longest wait for the next reply, in ms.  An answered follow may be quiet. */
static unsigned tick_of(struct call *call)
{
	call->attempt.quiet = call->answered_at != 0 && fetch_state_follows(&call->state);
	return call->attempt.quiet ? TICK_QUIET_MS : attempt_tick(call->session);
}

enum attempt_result receive_replies(struct call *call)
{
	struct msgfetch *session = call->session;
	enum attempt_result result = ATTEMPT_DONE;
	bool answered = false;
	ssize_t length;

	while (!call->sequence.over && result == ATTEMPT_DONE) {
		if (atomic_load(&session->stop) != 0)
			return session_stopped(session);
		length = session->transport->receive(session->channel, &session->buffer,
						     answered, tick_of(call));
		if (length < 0 && length != -EINTR)
			return fail_receive(call, (int)length);
		if (length >= 0) {
			answered = true;
			result = take_message(call, (size_t)length);
			give_credits(call);
			continue;
		}
		result = check(call);
		if (result == ATTEMPT_DONE && !answered)
			result = attempt_ask_again(session);
		give_credits(call);
	}
	return result;
}
