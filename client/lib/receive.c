/* SPDX-License-Identifier: ISC */
/* receive: from a request sent to the end of its replies. */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "client/lib/clock.h"
#include "client/lib/fetch.h"
#include "client/lib/name.h"
#include "common/log.h"

/* How long a first answer is looked for before a thread is started to wait for it. */
#define LOOK_NS (300 * UINT64_C(1000))

/* A daemon's text once quoted: each byte may take four. */
#define QUOTED_MAX ((size_t)FAILURE_TEXT_MAX * 4)

static enum attempt_result say_timed_out(struct fetch *fetch)
{
	const struct msgfetch_options *options = &fetch->session->options;

	if (!fetch->attempt.asked && !fetch->daemon.worker_sought)
		return session_end(fetch->session, ATTEMPT_FINAL, MSGFETCH_TIMED_OUT,
				   -ETIMEDOUT,
				   "the request queue of key 0x%x stayed full: the daemon does "
				   "not keep up, or does not run",
				   (unsigned)options->key);
	if (fetch->answered_at == 0)
		return session_end(fetch->session, ATTEMPT_FINAL, MSGFETCH_TIMED_OUT,
				   -ETIMEDOUT,
				   "no answer within %g s: the daemon is busy or stuck; "
				   "-w/--timeout sets the limit",
				   options->timeout_ms / 1000.0);
	return session_end(fetch->session, ATTEMPT_FINAL, MSGFETCH_TIMED_OUT, -ETIMEDOUT,
			   "nothing more came for %g s after %" PRIu64
			   " bytes; --stall-timeout sets the limit",
			   options->stall_timeout_ms / 1000.0, fetch->state.position);
}

static enum attempt_result say_worker_lost(struct fetch *fetch)
{
	return session_end(
		fetch->session, ATTEMPT_LOST,
		fetch->state.begun ? MSGFETCH_CHANGED : MSGFETCH_ERROR, -ECHILD,
		"the daemon's worker died before it was done: the daemon's log may say "
		"why");
}

static enum attempt_result say_daemon_lost(struct fetch *fetch)
{
	return session_end(fetch->session, ATTEMPT_LOST, MSGFETCH_NO_DAEMON, -ECONNRESET,
			   "the daemon of key 0x%x died, or was replaced, before it was done: "
			   "is it running again?",
			   (unsigned)fetch->session->options.key);
}

static enum attempt_result say_queue_gone(struct fetch *fetch)
{
	if (atomic_load(&fetch->session->stop) != 0)
		return session_stopped(fetch->session);
	if (watch_lease_fallen(fetch->session->watch))
		return say_daemon_lost(fetch);
	return session_end(fetch->session, ATTEMPT_LOST,
			   fetch->state.begun ? MSGFETCH_CHANGED : MSGFETCH_ERROR, -ECONNRESET,
			   "the message queue was removed before all had come: did the daemon, "
			   "or ipcrm, remove it?");
}

static enum attempt_result say_violation(struct fetch *fetch)
{
	return session_end(
		fetch->session, ATTEMPT_FINAL, MSGFETCH_ERROR, -EPROTO,
		"the daemon sent what protocol version %u does not allow here: do the "
		"versions of msgfetch and msgfetchd match?",
		PROTOCOL_VERSION);
}

/* What a failure means.  *text: the daemon's words, quoted in quoted, or those for the errno.
 */
static struct classification classify(const struct fetch *fetch, const struct reply *reply,
				      char quoted[QUOTED_MAX], const char **text)
{
	int error = reply->body.failure.error;

	*text = strerror(error);
	if (reply->body.failure.text[0] != '\0')
		*text = log_quote(quoted, QUOTED_MAX, reply->body.failure.text);
	return outcome_of_failure(reply->body.failure.reason, error,
				  sequence_resumed(&fetch->sequence), fetch->state.begun);
}

/* A failure that ends the request, and perhaps all of it. */
static enum attempt_result say_whole(struct fetch *fetch, const struct reply *reply)
{
	char quoted[QUOTED_MAX];
	const char *text;
	struct classification judged = classify(fetch, reply, quoted, &text);

	fetch->retry_hint_ms = reply->body.failure.retry_ms;
	return session_end(fetch->session, judged.result, judged.outcome,
			   -reply->body.failure.error, "%s", text);
}

/* True while the last entry is the path itself, and nothing can come beneath it. */
static bool is_whole_path(const struct fetch *fetch)
{
	return fetch->file.name[0] == '\0' && !S_ISDIR(fetch->file.mode);
}

static enum attempt_result entry_over(struct fetch *fetch, enum attempt_result result)
{
	if (result == ATTEMPT_DONE && is_whole_path(fetch))
		return fetch_path_done(fetch);
	return result;
}

/* The failure of one entry; a few reasons are the whole request's all the same. */
static enum attempt_result take_failure(struct fetch *fetch, const struct reply *reply)
{
	char quoted[QUOTED_MAX];
	const char *text;
	struct classification judged = classify(fetch, reply, quoted, &text);

	if (judged.result != ATTEMPT_FINAL)
		return say_whole(fetch, reply);
	return entry_over(fetch, fetch_entry_failed(fetch, judged.outcome,
						    -reply->body.failure.error, text));
}

static enum attempt_result take_cut(struct fetch *fetch, const struct reply *reply)
{
	char text[128];

	snprintf(text, sizeof(text),
		 "ended after %" PRIu64 " of %" PRIu64
		 " bytes: cut short, or changed while it was read",
		 reply->body.end.wire.offset, fetch->sequence.limit);
	return entry_over(fetch, fetch_entry_failed(fetch, MSGFETCH_CHANGED, -ESTALE, text));
}

static void note_entry(struct fetch *fetch, const struct reply *reply)
{
	const struct entry_wire *wire = &reply->body.entry.wire;

	strlcpy(fetch->name, reply->body.entry.name, sizeof(fetch->name));
	strlcpy(fetch->link, reply->body.entry.link, sizeof(fetch->link));
	fetch->file = (struct msgfetch_file){
		.path = fetch->first_path + wire->path,
		.name = fetch->name,
		.link = fetch->link,
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

/* The path's own entry: the one before it is through. */
static enum attempt_result begin_path(struct fetch *fetch)
{
	struct fetch_state *state = &fetch->state;

	if (state->begun && state->done != fetch->file.path) {
		enum attempt_result result = fetch_path_done(fetch);

		if (result != ATTEMPT_DONE)
			return result;
	}
	fetch_state_begin(state);
	return ATTEMPT_DONE;
}

/* A file's bytes are to come.  Only a path's own file can be gone on with. */
static void begin_file(struct fetch *fetch)
{
	const struct sequence *sequence = &fetch->sequence;

	fetch->file.offset = sequence->position;
	fetch->state.position = sequence->position;
	if (fetch->name[0] == '\0')
		fetch_state_file(&fetch->state, &sequence->stamp, sequence->position,
				 sequence->limit);
	verify_begin(&fetch->verify);
}

static enum attempt_result begin_in_sink(struct fetch *fetch)
{
	int error = fetch->sink->begin(fetch->sink->context, &fetch->file);

	if (error == -ESPIPE)
		return fetch_sink_failed(fetch, error,
					 "became another file half-way, and what was written "
					 "cannot be taken back");
	return error == 0 ? ATTEMPT_DONE
			  : fetch_sink_failed(fetch, error, "cannot begin to write");
}

static enum attempt_result begin_entry(struct fetch *fetch, const struct reply *reply)
{
	enum attempt_result result = ATTEMPT_DONE;

	note_entry(fetch, reply);
	if (fetch->name[0] == '\0')
		result = begin_path(fetch);
	if (result != ATTEMPT_DONE || fetch->file.mode == 0) /* its FAILURE comes next */
		return result;
	if (fetch->sequence.operation == OPERATION_LIST)
		return begin_in_sink(fetch);
	if (S_ISREG(fetch->file.mode))
		begin_file(fetch);
	if (S_ISLNK(fetch->file.mode) && !name_link_is_beneath(fetch->name, fetch->link))
		return fetch_entry_failed(fetch, MSGFETCH_DENIED, -EXDEV,
					  "is a symbolic link that leads elsewhere: left out");
	return begin_in_sink(fetch);
}

/* The ENTRY of a RESUME: news to the sink only where the caller asked for that. */
static enum attempt_result go_on(struct fetch *fetch, const struct reply *reply)
{
	struct fetch_state *state = &fetch->state;
	enum attempt_result result;
	int error;

	note_entry(fetch, reply);
	if (state->begun || fetch->file.mode == 0)
		return ATTEMPT_DONE;
	state->begun = true;
	fetch->file.offset = state->position;
	result = begin_in_sink(fetch);
	if (result != ATTEMPT_DONE)
		return result;
	verify_begin(&fetch->verify);
	error = verify_had(&fetch->verify, fetch->sink, state->position);
	return error == 0 ? ATTEMPT_DONE
			  : fetch_sink_failed(fetch, error,
					      "cannot read what came in an earlier call");
}

static enum attempt_result take_bytes(struct fetch *fetch, const struct reply *reply)
{
	struct fetch_state *state = &fetch->state;
	size_t had = fetch_state_overlap(state, reply->offset, reply->body.data.length);
	const uint8_t *bytes = reply->body.data.bytes + had;
	size_t length = reply->body.data.length - had;
	uint64_t offset = reply->offset + had;
	int error;

	if (length == 0)
		return ATTEMPT_DONE;
	error = fetch->sink->data(fetch->sink->context, bytes, length, offset);
	verify_add(&fetch->verify, bytes, length, offset);
	state->come += length;
	state->position = offset + length;
	fetch->bytes += length;
	fetch_tell_progress(fetch, false);
	return error == 0 ? ATTEMPT_DONE : fetch_sink_failed(fetch, error, "cannot write");
}

static enum attempt_result end_file(struct fetch *fetch, const struct reply *reply)
{
	const struct digest *digest = &fetch->verify.digest;
	struct msgfetch_end end = {
		.size = reply->body.end.wire.offset,
		.digest = fetch->state.digest,
		.digest_bytes = digest->bytes,
	};
	int error = 0;

	if (!verify_end(&fetch->verify, end.size, &reply->body.end.digest))
		return entry_over(fetch, fetch_entry_failed(fetch, MSGFETCH_CHANGED, -EBADMSG,
							    "what came has another digest than "
							    "what was sent: fetch it again"));
	end.digest_length = digest->length;
	error = fetch->sink->end(fetch->sink->context, &end);
	if (error != 0)
		return fetch_sink_failed(fetch, error, "cannot finish writing");
	fetch->files++;
	return fetch->text_operation != 0 ? ATTEMPT_DONE : entry_over(fetch, ATTEMPT_DONE);
}

static enum attempt_result end_all(struct fetch *fetch)
{
	return fetch->state.begun ? fetch_path_done(fetch) : ATTEMPT_DONE;
}

/* Acts on a reply that has its namespaces. */
static enum attempt_result act(struct fetch *fetch, enum sequence_step step,
			       const struct reply *reply)
{
	switch (step) {
	case SEQUENCE_BEGIN:
		return begin_entry(fetch, reply);
	case SEQUENCE_GO_ON:
		return go_on(fetch, reply);
	case SEQUENCE_BYTES:
		return take_bytes(fetch, reply);
	case SEQUENCE_END:
		return end_file(fetch, reply);
	case SEQUENCE_CUT:
		return take_cut(fetch, reply);
	case SEQUENCE_CHANGED:
		return entry_over(
			fetch, fetch_entry_failed(fetch, MSGFETCH_CHANGED, -ESTALE,
						  "changed while it was read: fetch it again"));
	case SEQUENCE_FAILED:
		return take_failure(fetch, reply);
	case SEQUENCE_WHOLE:
		return say_whole(fetch, reply);
	case SEQUENCE_OVER:
		return end_all(fetch);
	case SEQUENCE_VIOLATION:
		break;
	}
	return say_violation(fetch);
}

static enum attempt_result take_reply(struct fetch *fetch, const struct reply *reply)
{
	enum sequence_step step = sequence_accept(&fetch->sequence, reply);

	if (fetch->answered_at == 0 && step != SEQUENCE_WHOLE && step != SEQUENCE_VIOLATION)
		fetch->answered_at = clock_ns();
	return act(fetch, step, reply);
}

/* A slot was read: tells the worker, now or once there is room for that in the queue. */
static void give_credits(struct fetch *fetch)
{
	const struct message credit = {.type = MESSAGE_CREDIT};

	while (fetch->credits_owed > 0 &&
	       queue_send(fetch->attempt.queue, &credit, 0, false) == 0)
		fetch->credits_owed--;
}

/* Where a reply's bytes are, if they are where they have to be; or NULL. */
static const uint8_t *locate(struct fetch *fetch, const struct reply *reply)
{
	const struct ring *ring = &fetch->session->ring;

	if (reply->slot == 0)
		return reply->body.data.bytes;
	if (ring->bytes == NULL || reply->slot != fetch->next_slot + 1 ||
	    reply->body.data.length > ring->slot_bytes)
		return NULL;
	fetch->next_slot = (fetch->next_slot + 1) % ring->slots;
	return ring_slot(ring, reply->slot - 1);
}

static enum attempt_result take_pack(struct fetch *fetch, const uint8_t *bytes, size_t length)
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
		result = take_reply(fetch, &reply);
	}
	return more < 0 ? say_violation(fetch) : result;
}

static enum attempt_result take_message(struct fetch *fetch, size_t length)
{
	const struct message *message = &fetch->session->buffer;
	enum attempt_result result;
	struct reply reply;
	unsigned slot;

	if (reply_decode(message->type, message->text, length, &reply) != 0)
		return say_violation(fetch);
	daemon_state_note_reply(&fetch->daemon);
	fetch->moved = true;
	if (reply.type != MESSAGE_DATA && reply.type != MESSAGE_PACK)
		return take_reply(fetch, &reply);
	slot = reply.slot;
	reply.body.data.bytes = locate(fetch, &reply);
	if (reply.body.data.bytes == NULL || reply.serial != fetch->sequence.serial)
		return say_violation(fetch);
	if (reply.type == MESSAGE_PACK)
		result = take_pack(fetch, reply.body.data.bytes, reply.body.data.length);
	else
		result = take_reply(fetch, &reply);
	if (slot > 0)
		fetch->credits_owed++;
	return result;
}

/* Looks at the clocks and the daemon.  ATTEMPT_DONE: wait on. */
static enum attempt_result check(struct fetch *fetch)
{
	uint64_t now = clock_ns();

	if (fetch->moved)
		fetch->progress_at = now;
	fetch->moved = false;
	if (now >= fetch_limit(fetch))
		return say_timed_out(fetch);
	switch (daemon_state_check(&fetch->daemon, watch_lease_fallen(fetch->session->watch),
				   fetch->progress_at, now)) {
	case DAEMON_DAEMON_LOST:
		return say_daemon_lost(fetch);
	case DAEMON_WORKER_LOST:
		return say_worker_lost(fetch);
	case DAEMON_LIVES:
		break;
	}
	return ATTEMPT_DONE;
}

/* The ticket is the daemon's to take, and it has done so when it answers. */
static long reply_type(bool answered)
{
	return answered ? -(long)MESSAGE_CREDIT : -(long)MESSAGE_TICKET;
}

/*
 * Most files are small, and their replies there before a thread could be: so a session's
 * first answers are looked for awake, for as long as that may take.  -ENOMSG: they are
 * not there yet.
 */
static ssize_t look_for_message(struct fetch *fetch, long type)
{
	uint64_t until = fetch->attempt.asked_at + LOOK_NS;
	ssize_t length;

	for (;;) {
		length = queue_receive(fetch->attempt.queue, &fetch->session->buffer, type,
				       false);
		if (length != -ENOMSG || clock_ns() >= until)
			return length;
		sched_yield();
	}
}

static ssize_t sleep_for_message(struct fetch *fetch, long type)
{
	struct watch *watch = fetch->session->watch;
	ssize_t length;

	watch_enter_wait(watch);
	length = queue_receive(fetch->attempt.queue, &fetch->session->buffer, type, true);
	watch_leave_wait(watch);
	return length;
}

/* *length: of the next message, or a negative errno. */
static enum attempt_result next_message(struct fetch *fetch, bool answered, ssize_t *length)
{
	struct msgfetch *session = fetch->session;
	long type = reply_type(answered);

	if (session->watch == NULL) {
		enum attempt_result result;

		*length = look_for_message(fetch, type);
		if (*length != -ENOMSG)
			return ATTEMPT_DONE;
		result = attempt_watch(session, &fetch->attempt);
		if (result != ATTEMPT_DONE)
			return result;
	}
	*length = sleep_for_message(fetch, type);
	return ATTEMPT_DONE;
}

enum attempt_result receive_replies(struct fetch *fetch)
{
	struct msgfetch *session = fetch->session;
	enum attempt_result result = ATTEMPT_DONE;
	bool answered = false;
	ssize_t length;

	while (!fetch->sequence.over && result == ATTEMPT_DONE) {
		if (atomic_load(&session->stop) != 0)
			return session_stopped(session);
		result = next_message(fetch, answered, &length);
		if (result != ATTEMPT_DONE)
			return result;
		if (length == -EIDRM)
			return say_queue_gone(fetch);
		if (length < 0 && length != -EINTR)
			return session_end(session, ATTEMPT_FINAL, MSGFETCH_ERROR, (int)length,
					   "cannot receive: %s", strerror((int)-length));
		if (length >= 0 && session->buffer.type != MESSAGE_WAKE) {
			answered = true;
			result = take_message(fetch, (size_t)length);
			give_credits(fetch);
			continue;
		}
		if (length >= 0 && session->watch != NULL)
			watch_acknowledge(session->watch);
		result = check(fetch);
		if (result == ATTEMPT_DONE && !answered)
			result = attempt_ask_again(session, &fetch->attempt);
		give_credits(fetch);
	}
	return result;
}
