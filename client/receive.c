/* SPDX-License-Identifier: ISC */
/* receive: from a request sent to the end of its replies. */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "client/clock.h"
#include "client/fetch.h"
#include "common/log.h"

/* A daemon's text once quoted: each byte may take four. */
#define QUOTED_MAX ((size_t)FAILURE_TEXT_MAX * 4)

static enum verdict say_timed_out(struct fetch *fetch)
{
	const struct msgfetch_options *options = &fetch->session->options;

	if (fetch->answered_at == 0)
		return session_end(fetch->session, VERDICT_FINAL, MSGFETCH_TIMED_OUT,
				   -ETIMEDOUT,
				   "no answer within %g s: the daemon is busy or stuck; "
				   "-w/--timeout sets the limit",
				   options->timeout_ms / 1000.0);
	return session_end(fetch->session, VERDICT_FINAL, MSGFETCH_TIMED_OUT, -ETIMEDOUT,
			   "nothing more came for %g s after %" PRIu64
			   " bytes; --stall-timeout sets the limit",
			   options->stall_timeout_ms / 1000.0, fetch->sequence.position);
}

static enum verdict say_worker_lost(struct fetch *fetch)
{
	return session_end(
		fetch->session, VERDICT_LOST,
		fetch->sequence.known ? MSGFETCH_CHANGED : MSGFETCH_ERROR, -ECHILD,
		"the daemon's worker died before it was done: the daemon's log may say "
		"why");
}

static enum verdict say_daemon_lost(struct fetch *fetch)
{
	return session_end(fetch->session, VERDICT_LOST, MSGFETCH_NO_DAEMON, -ECONNRESET,
			   "the daemon of key 0x%x died, or was replaced, before it was done: "
			   "is it running again?",
			   (unsigned)fetch->session->options.key);
}

static enum verdict say_queue_gone(struct fetch *fetch)
{
	if (atomic_load(&fetch->session->cleaned))
		return session_end(fetch->session, VERDICT_FINAL, MSGFETCH_ERROR, -ECANCELED,
				   "ended by the program's clean-up");
	return session_end(fetch->session, VERDICT_LOST,
			   fetch->sequence.known ? MSGFETCH_CHANGED : MSGFETCH_ERROR,
			   -ECONNRESET,
			   "the message queue was removed before all had come: did the daemon, "
			   "or ipcrm, remove it?");
}

static enum verdict say_violation(struct fetch *fetch)
{
	return session_end(
		fetch->session, VERDICT_FINAL, MSGFETCH_ERROR, -EPROTO,
		"the daemon sent what protocol version %u does not allow here: do the "
		"versions of msgfetch and msgfetchd match?",
		PROTOCOL_VERSION);
}

static enum verdict say_sink_failed(struct fetch *fetch, int error, const char *what)
{
	return session_end(fetch->session, VERDICT_FINAL, MSGFETCH_SINK, error, "%s: %s", what,
			   strerror(-error));
}

static enum verdict say_cut(struct fetch *fetch, const struct reply *reply)
{
	uint64_t size = fetch->sequence.stamp.size;

	if (reply->type == MESSAGE_DATA)
		return session_end(fetch->session, VERDICT_FINAL, MSGFETCH_CHANGED, -ESTALE,
				   "grew beyond its %" PRIu64
				   " bytes while it was read: fetch it "
				   "again",
				   size);
	return session_end(fetch->session, VERDICT_FINAL, MSGFETCH_CHANGED, -ESTALE,
			   "ended after %" PRIu64 " of %" PRIu64
			   " bytes: cut short, or changed "
			   "while it was read",
			   reply->body.end.offset, size);
}

static enum verdict say_failure(struct fetch *fetch, const struct reply *reply)
{
	const char *said = reply->body.failure.text;
	int error = reply->body.failure.error;
	struct judgement judged =
		outcome_of_failure(reply->body.failure.reason, error, fetch->sequence.resumed,
				   fetch->sequence.known);
	char quoted[QUOTED_MAX];

	log_quote(quoted, sizeof(quoted), said[0] != '\0' ? said : strerror(error));
	fetch->retry_hint_ms = reply->body.failure.retry_ms;
	return session_end(fetch->session, judged.verdict, judged.outcome, -error, "%s",
			   quoted);
}

static enum verdict begin_file(struct fetch *fetch, const struct entry_wire *entry)
{
	struct msgfetch_file file = {
		.size = entry->stamp.size,
		.mtime_ns = entry->stamp.mtime_ns,
		.mode = entry->mode,
	};
	int error = fetch->sink->begin(fetch->sink->context, &file);

	if (error == -ESPIPE)
		return session_end(
			fetch->session, VERDICT_FINAL, MSGFETCH_SINK, error,
			"became another file half-way, and what was written cannot be "
			"taken back: fetch it again");
	return error == 0 ? VERDICT_DONE
			  : say_sink_failed(fetch, error, "cannot begin to write");
}

static enum verdict take_bytes(struct fetch *fetch, const struct reply *reply)
{
	int error = fetch->sink->data(fetch->sink->context, reply->body.data.bytes,
				      reply->body.data.length, reply->offset);

	return error == 0 ? VERDICT_DONE : say_sink_failed(fetch, error, "cannot write");
}

static enum verdict end_file(struct fetch *fetch, const struct reply *reply)
{
	int error = fetch->sink->end(fetch->sink->context, reply->body.end.offset);

	return error == 0 ? VERDICT_DONE
			  : say_sink_failed(fetch, error, "cannot finish writing");
}

/* Acts on a reply that has its place.  *over: nothing more is to come. */
static enum verdict act(struct fetch *fetch, enum sequence_step step, const struct reply *reply,
			bool *over)
{
	*over = step != SEQUENCE_BEGIN && step != SEQUENCE_GO_ON && step != SEQUENCE_BYTES;
	switch (step) {
	case SEQUENCE_BEGIN:
		return begin_file(fetch, &reply->body.entry);
	case SEQUENCE_GO_ON:
		return VERDICT_DONE;
	case SEQUENCE_BYTES:
		return take_bytes(fetch, reply);
	case SEQUENCE_END:
		return end_file(fetch, reply);
	case SEQUENCE_FAILED:
		return say_failure(fetch, reply);
	case SEQUENCE_CUT:
		return say_cut(fetch, reply);
	case SEQUENCE_CHANGED:
		return session_end(fetch->session, VERDICT_FINAL, MSGFETCH_CHANGED, -ESTALE,
				   "changed while it was read: fetch it again");
	case SEQUENCE_VIOLATION:
		break;
	}
	return say_violation(fetch);
}

static enum verdict take_reply(struct fetch *fetch, size_t length, bool *over)
{
	const struct message *message = &fetch->session->buffer;
	struct reply reply;
	enum sequence_step step;
	enum verdict verdict;

	*over = true;
	if (reply_decode(message->type, message->text, length, &reply) != 0)
		return say_violation(fetch);
	peer_note_reply(&fetch->peer);
	step = sequence_accept(&fetch->sequence, &reply);
	if (fetch->answered_at == 0 && sequence_is_answer(step))
		fetch->answered_at = clock_now();
	verdict = act(fetch, step, &reply, over);
	fetch->moved = true;
	return verdict;
}

/* Looks at the clocks and the peer.  VERDICT_DONE: wait on. */
static enum verdict check(struct fetch *fetch)
{
	uint64_t now = clock_now();

	if (fetch->moved)
		fetch->progress_at = now;
	fetch->moved = false;
	if (atomic_load(&fetch->session->cleaned))
		return say_queue_gone(fetch);
	if (now >= fetch_limit(fetch))
		return say_timed_out(fetch);
	switch (peer_check(&fetch->peer, watch_lease_fallen(fetch->session->watch),
			   fetch->progress_at, now)) {
	case PEER_DAEMON_LOST:
		return say_daemon_lost(fetch);
	case PEER_WORKER_LOST:
		return say_worker_lost(fetch);
	case PEER_LIVES:
		break;
	}
	return VERDICT_DONE;
}

static ssize_t wait_for_message(struct fetch *fetch, bool answered)
{
	struct watch *watch = fetch->session->watch;
	/* The ticket is the daemon's to take, and it has done so when it answers. */
	long type = answered ? -(long)MESSAGE_CREDIT : -(long)MESSAGE_TICKET;
	ssize_t length;

	watch_enter_wait(watch);
	length = queue_receive(fetch->attempt.queue, &fetch->session->buffer, type, true);
	watch_leave_wait(watch);
	return length;
}

enum verdict receive_replies(struct fetch *fetch)
{
	struct msgfetch *session = fetch->session;
	enum verdict verdict = VERDICT_DONE;
	bool over = false, answered = false;

	while (!over && verdict == VERDICT_DONE) {
		ssize_t length = wait_for_message(fetch, answered);

		if (length == -EIDRM)
			return say_queue_gone(fetch);
		if (length < 0 && length != -EINTR)
			return session_end(session, VERDICT_FINAL, MSGFETCH_ERROR, (int)length,
					   "cannot receive: %s", strerror((int)-length));
		if (length >= 0 && session->buffer.type != MESSAGE_WAKE) {
			answered = true;
			verdict = take_reply(fetch, (size_t)length, &over);
			continue;
		}
		if (length >= 0)
			watch_acknowledge(session->watch);
		verdict = check(fetch);
	}
	return verdict;
}
