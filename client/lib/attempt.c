/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/lib/attempt.h"

#include "client/lib/clock.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TICK_MS 200u
#define TICK_LEAST_MS 10u
/* Tick while the request queue is full. */
#define TICK_FULL_MS 20u

static unsigned printed_key(const struct msgfetch *session)
{
	return (unsigned)session->options.key;
}

static enum attempt_result fail_absent(struct msgfetch *session)
{
	return session_end(session, ATTEMPT_ABSENT, MSGFETCH_NO_DAEMON, -ECONNREFUSED,
			   "no daemon serves key 0x%x: is msgfetchd running, in this IPC "
			   "namespace?",
			   printed_key(session));
}

static enum attempt_result fail_gone(struct msgfetch *session)
{
	return session_end(session, ATTEMPT_AGAIN, MSGFETCH_NO_DAEMON, -ECONNRESET,
			   "the daemon of key 0x%x stopped before it took the request: "
			   "start msgfetchd again",
			   printed_key(session));
}

static enum attempt_result fail_untrusted(struct msgfetch *session, uid_t holder)
{
	return session_end(session, ATTEMPT_FINAL, MSGFETCH_UNTRUSTED, -EPERM,
			   "key 0x%x is held by uid %lu, who is not trusted: name the daemon's "
			   "user with --server-user",
			   printed_key(session), (unsigned long)holder);
}

static enum attempt_result fail_unmapped(struct msgfetch *session)
{
	return session_end(session, ATTEMPT_FINAL, MSGFETCH_UNTRUSTED, -EPERM,
			   "key 0x%x is held by a user without a mapping in this user "
			   "namespace: map that user, or run msgfetch outside of the namespace",
			   printed_key(session));
}

static enum attempt_result fail_with(struct msgfetch *session, int error, const char *action)
{
	if (error == -ECANCELED)
		return session_stopped(session);
	return session_end(session, ATTEMPT_FINAL, MSGFETCH_ERROR, error, "%s: %s", action,
			   strerror(-error));
}

static enum attempt_result check_owners(struct msgfetch *session, const struct found *found)
{
	for (unsigned i = 0; i < found->count; i++) {
		if (trust_unmapped(found->owners[i]))
			return fail_unmapped(session);
		if (!trust_holder(&session->trust, found->owners[i]))
			return fail_untrusted(session, found->owners[i]);
	}
	return ATTEMPT_DONE;
}

/* Checks trust before life: an untrusted holder is reported with or without a daemon. */
static enum attempt_result find_daemon(struct msgfetch *session)
{
	struct found found;
	int error = session->transport->find(session->channel, &found);
	enum attempt_result result = check_owners(session, &found);

	if (result != ATTEMPT_DONE || error == 0)
		return result;
	if (error == -ENOENT)
		return fail_absent(session);
	if (found.foreign)
		return session_end(
			session, ATTEMPT_FINAL, MSGFETCH_UNTRUSTED, error,
			"the semaphore of key 0x%x cannot be read (%s), so it is not "
			"msgfetchd's: ipcs -s shows the owner",
			printed_key(session), strerror(-error));
	return fail_with(session, error, found.action);
}

static enum attempt_result fail_too_long(struct msgfetch *session)
{
	return session_end(session, ATTEMPT_FINAL, MSGFETCH_ERROR, -EINVAL,
			   "the request is longer than kernel.msgmax allows (%d bytes)",
			   (int)session->transport->text_max());
}

static enum attempt_result fail_for(struct msgfetch *session, int error,
				    const struct trouble *trouble)
{
	if (trouble->advice == NULL)
		return fail_with(session, error, trouble->action);
	return session_end(session, ATTEMPT_FINAL, MSGFETCH_ERROR, error, "%s: %s",
			   trouble->action, trouble->advice);
}

/* Offers a ring if shared memory is available; otherwise uses messages only. */
static enum attempt_result offer_ring(struct msgfetch *session, struct request *request)
{
	const struct msgfetch_options *options = &session->options;
	bool forced = options->transport == MSGFETCH_RING;
	int error;

	if (session->ringless || request->path_count == 0 ||
	    (request->flags & REQUEST_FOLLOW) != 0)
		return ATTEMPT_DONE;
	error = session->transport->offer_ring(session->channel, options->ring_slots,
					       options->ring_slot_bytes, request);
	if (error != 0 && forced)
		return fail_with(session, error,
				 "cannot create shared memory (see ipcs -lm and ipcs -um)");
	if (error != 0) {
		session->ringless = true;
		session_notice(session, "cannot create shared memory: %s; using messages only",
			       strerror(-error));
		return ATTEMPT_DONE;
	}
	if (forced)
		request->flags |= REQUEST_BULK;
	return ATTEMPT_DONE;
}

static enum attempt_result fail_not_sent(struct msgfetch *session, int error)
{
	switch (error) {
	case -EIDRM:
		return fail_gone(session);
	case -EACCES:
		return session_end(
			session, ATTEMPT_FINAL, MSGFETCH_DENIED, error,
			"key 0x%x takes no requests from this user: ipcs -q shows the "
			"group that may send",
			printed_key(session));
	case -EINVAL:
		return fail_too_long(session);
	default:
		return fail_with(session, error, "cannot send the request");
	}
}

/* error: of ask().  A daemon without room is no failure: attempt_ask_again() tries again. */
static enum attempt_result after_asking(struct msgfetch *session, int error)
{
	if (error == 0 || error == -EAGAIN || error == -EINTR)
		return ATTEMPT_DONE;
	return fail_not_sent(session, error);
}

enum attempt_result attempt_ask_again(struct msgfetch *session)
{
	return after_asking(session,
			    session->transport->ask_again(session->channel, &session->buffer));
}

unsigned attempt_tick(const struct msgfetch *session)
{
	const struct msgfetch_options *options = &session->options;
	unsigned tick = session->transport->asked(session->channel) ? TICK_MS : TICK_FULL_MS;

	if (options->timeout_ms != 0 && options->timeout_ms < tick)
		tick = options->timeout_ms;
	if (options->stall_timeout_ms != 0 && options->stall_timeout_ms < tick)
		tick = options->stall_timeout_ms;
	return tick > TICK_LEAST_MS ? tick : TICK_LEAST_MS;
}

/* Creates what the request needs, and encodes it into session->buffer. */
static enum attempt_result prepare(struct msgfetch *session, struct request *request,
				   size_t *length)
{
	struct trouble trouble;
	enum attempt_result result;
	int error = session->transport->create(session->channel, request, &trouble);

	if (error != 0)
		return fail_for(session, error, &trouble);
	result = offer_ring(session, request);
	if (result != ATTEMPT_DONE)
		return result;
	error = request_encode(request, session->buffer.text);
	if (error < 0)
		return fail_with(session, error, "cannot encode the request");
	*length = (size_t)error;
	return ATTEMPT_DONE;
}

enum attempt_result attempt_open(struct msgfetch *session, struct request *request,
				 struct attempt *attempt)
{
	const struct transport_client *transport = session->transport;
	enum attempt_result result = find_daemon(session);
	struct trouble trouble;
	size_t length = 0;
	int error;

	if (result == ATTEMPT_DONE)
		result = prepare(session, request, &length);
	if (result != ATTEMPT_DONE)
		return result;
	error = transport->hand_over(session->channel, &session->buffer, length, &trouble);
	if (error == -EINVAL)
		return fail_too_long(session);
	if (error != 0)
		return fail_for(session, error, &trouble);
	attempt->quiet = false;
	attempt->asked_at = clock_ns();
	return after_asking(session,
			    transport->ask(session->channel, &session->buffer, length));
}

void attempt_close(struct msgfetch *session)
{
	session->transport->leave(session->channel);
}
