/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/lib/attempt.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/lib/clock.h"
#include "common/lease.h"

#define TICK_MS 200u
#define TICK_LEAST_MS 10u
/* While the request queue has no room. */
#define TICK_FULL_MS 20u

static unsigned printed_key(const struct msgfetch *session)
{
	return (unsigned)session->options.key;
}

static enum attempt_result say_absent(struct msgfetch *session)
{
	return session_end(session, ATTEMPT_ABSENT, MSGFETCH_NO_DAEMON, -ECONNREFUSED,
			   "no daemon serves key 0x%x: is msgfetchd running, in this IPC "
			   "namespace?",
			   printed_key(session));
}

static enum attempt_result say_gone(struct msgfetch *session)
{
	return session_end(session, ATTEMPT_LOST, MSGFETCH_NO_DAEMON, -ECONNRESET,
			   "the daemon of key 0x%x went away before it took the request: "
			   "start it again",
			   printed_key(session));
}

static enum attempt_result say_untrusted(struct msgfetch *session, uid_t holder)
{
	return session_end(session, ATTEMPT_FINAL, MSGFETCH_UNTRUSTED, -EPERM,
			   "key 0x%x is held by uid %lu, who is not trusted: --server-user "
			   "names another",
			   printed_key(session), (unsigned long)holder);
}

static enum attempt_result say_failed(struct msgfetch *session, int error, const char *what)
{
	if (error == -ECANCELED)
		return session_stopped(session);
	return session_end(session, ATTEMPT_FINAL, MSGFETCH_ERROR, error, "%s: %s", what,
			   strerror(-error));
}

static enum attempt_result check_queue_holder(struct msgfetch *session, struct attempt *attempt)
{
	struct queue_info info;
	int error = queue_inspect_any(attempt->request_queue, &info);

	if (error == -EIDRM)
		return say_absent(session);
	if (error != 0)
		return say_failed(session, error, "cannot tell who holds the key");
	if (!trust_holder(&session->trust, info.uid))
		return say_untrusted(session, info.uid);
	if (!trust_holder(&session->trust, info.cuid))
		return say_untrusted(session, info.cuid);
	attempt->holder = info.uid;
	return ATTEMPT_DONE;
}

static enum attempt_result check_lease_holder(struct msgfetch *session,
					      const struct attempt *attempt)
{
	uid_t owner;
	int held, error = lease_owner(attempt->lease, &owner);

	if (error == -EIDRM)
		return say_absent(session);
	if (error == -EACCES)
		return session_end(session, ATTEMPT_FINAL, MSGFETCH_UNTRUSTED, error,
				   "the lease of key 0x%x cannot be read (%s), so it is not "
				   "msgfetchd's: ipcs -s shows whose it is",
				   printed_key(session), strerror(-error));
	if (error != 0)
		return say_failed(session, error, "cannot tell who holds the lease");
	if (!trust_holder(&session->trust, owner))
		return say_untrusted(session, owner);
	held = lease_held(attempt->lease);
	if (held < 0 && held != -EIDRM)
		return say_failed(session, held, "cannot tell whether the daemon lives");
	return held == 1 ? ATTEMPT_DONE : say_absent(session);
}

/* Without a queue: a stranger who holds the lease alone keeps any daemon from starting. */
static enum attempt_result say_absent_or_squatted(struct msgfetch *session,
						  struct attempt *attempt)
{
	enum attempt_result result = ATTEMPT_DONE;

	attempt->lease = lease_find(session->options.key);
	if (attempt->lease >= 0)
		result = check_lease_holder(session, attempt);
	return result == ATTEMPT_DONE ? say_absent(session) : result;
}

/*
 * Trust comes before life: that a stranger holds the key is the thing to say,
 * whether or not he also holds a lease.
 */
static enum attempt_result find_daemon(struct msgfetch *session, struct attempt *attempt)
{
	enum attempt_result result;

	attempt->request_queue = queue_find(session->options.key);
	if (attempt->request_queue == -ENOENT)
		return say_absent_or_squatted(session, attempt);
	if (attempt->request_queue < 0)
		return say_failed(session, attempt->request_queue,
				  "cannot look for the request queue");
	result = check_queue_holder(session, attempt);
	if (result != ATTEMPT_DONE)
		return result;
	attempt->lease = lease_find(session->options.key);
	if (attempt->lease == -ENOENT)
		return say_absent(session);
	if (attempt->lease < 0)
		return say_failed(session, attempt->lease, "cannot look for the lease");
	return check_lease_holder(session, attempt);
}

static enum attempt_result say_too_long(struct msgfetch *session)
{
	return session_end(session, ATTEMPT_FINAL, MSGFETCH_ERROR, -EINVAL,
			   "the request is longer than kernel.msgmax allows (%d bytes)",
			   queue_message_max());
}

static enum attempt_result say_no_queue(struct msgfetch *session, int error)
{
	if (error == -ENOSPC)
		return session_end(
			session, ATTEMPT_FINAL, MSGFETCH_ERROR, error,
			"no message queue to be had: all that kernel.msgmni allows are in "
			"use; ipcs -q lists them, sysctl kernel.msgmni=N allows more");
	return say_failed(session, error, "cannot make a message queue");
}

/*
 * Puts the request into our own queue, as its ticket, and gives the queue away: where
 * the request queue is full of others' messages the daemon finds it there.
 */
static enum attempt_result hand_over(struct msgfetch *session, const struct attempt *attempt,
				     size_t length)
{
	int error;

	session->buffer.type = MESSAGE_TICKET;
	error = queue_send(attempt->queue, &session->buffer, length, false);
	if (error == -EINVAL)
		return say_too_long(session);
	if (error != 0)
		return say_failed(session, error, "cannot put a ticket into a message queue");
	if (attempt->holder == geteuid())
		return ATTEMPT_DONE;
	error = queue_give_user(attempt->queue, attempt->holder);
	return error == 0 ? ATTEMPT_DONE
			  : say_failed(session, error,
				       "cannot give a message queue to the daemon");
}

/* Offers a ring, where one can be had; where not, messages alone will do. */
static enum attempt_result offer_ring(struct msgfetch *session, const struct attempt *attempt,
				      struct request *request)
{
	bool forced = session->options.transport == MSGFETCH_RING;
	int error;

	if (session->ringless || request->path_count == 0)
		return ATTEMPT_DONE;
	error = session_make_ring(session, attempt->holder);
	if (error != 0 && forced)
		return say_failed(session, error,
				  "no shared memory to be had (see ipcs -lm and ipcs -um)");
	if (error != 0) {
		session->ringless = true;
		session_notice(session, "no shared memory to be had (%s); going without",
			       strerror(-error));
		return ATTEMPT_DONE;
	}
	request->ring = session->ring.id;
	request->ring_slots = session->ring.slots;
	request->ring_slot_bytes = session->ring.slot_bytes;
	if (forced)
		request->flags |= REQUEST_BULK;
	return ATTEMPT_DONE;
}

static enum attempt_result say_not_sent(struct msgfetch *session, int error)
{
	switch (error) {
	case -EIDRM:
		return say_gone(session);
	case -EACCES:
		return session_end(
			session, ATTEMPT_FINAL, MSGFETCH_DENIED, error,
			"key 0x%x takes no requests from this user: ipcs -q shows the "
			"group whose members may ask",
			printed_key(session));
	case -EINVAL:
		return say_too_long(session);
	default:
		return say_failed(session, error, "cannot send the request");
	}
}

/*
 * Sends the request that is in session->buffer.  A full queue is no error: the daemon
 * that has so much to read looks into ours, too, and attempt_ask_again() goes on trying.
 */
static enum attempt_result send_request(struct msgfetch *session, struct attempt *attempt,
					size_t length)
{
	int error;

	session->buffer.type = MESSAGE_REQUEST;
	error = queue_send(attempt->request_queue, &session->buffer, length, false);
	attempt->asked = error == 0;
	if (error == 0 || error == -EAGAIN || error == -EINTR)
		return ATTEMPT_DONE;
	return say_not_sent(session, error);
}

enum attempt_result attempt_ask_again(struct msgfetch *session, struct attempt *attempt)
{
	ssize_t length;

	if (attempt->asked)
		return ATTEMPT_DONE;
	length = queue_receive(attempt->queue, &session->buffer, MESSAGE_TICKET, false);
	if (length < 0)
		return ATTEMPT_DONE; /* the daemon has it; that the queue is gone shows itself
				      */
	/* There is room: what was taken out goes in again. */
	queue_send(attempt->queue, &session->buffer, (size_t)length, false);
	return send_request(session, attempt, (size_t)length);
}

/* Often enough to be within a limit's own order of magnitude. */
static unsigned tick_for(const struct msgfetch_options *options, bool asked)
{
	unsigned tick = asked ? TICK_MS : TICK_FULL_MS;

	if (options->timeout_ms != 0 && options->timeout_ms < tick)
		tick = options->timeout_ms;
	if (options->stall_timeout_ms != 0 && options->stall_timeout_ms < tick)
		tick = options->stall_timeout_ms;
	return tick > TICK_LEAST_MS ? tick : TICK_LEAST_MS;
}

enum attempt_result attempt_watch(struct msgfetch *session, const struct attempt *attempt)
{
	if (session->watch == NULL) {
		int error = watch_start(&session->watch);

		if (error != 0)
			return say_failed(session, error, "cannot start a thread");
	}
	watch_arm(session->watch, attempt->queue, attempt->lease,
		  tick_for(&session->options, attempt->asked));
	return ATTEMPT_DONE;
}

enum attempt_result attempt_open(struct msgfetch *session, struct request *request,
				 struct attempt *attempt)
{
	enum attempt_result result = find_daemon(session, attempt);
	int length;

	if (result != ATTEMPT_DONE)
		return result;
	attempt->queue = session_make_queue(session);
	if (attempt->queue < 0)
		return say_no_queue(session, attempt->queue);
	request->queue = attempt->queue;
	arc4random_buf(request->ticket, sizeof(request->ticket));
	result = offer_ring(session, attempt, request);
	if (result != ATTEMPT_DONE)
		return result;
	length = request_encode(request, session->buffer.text);
	if (length < 0)
		return say_failed(session, length, "cannot ask for that");
	result = hand_over(session, attempt, (size_t)length);
	attempt->asked_at = clock_ns();
	if (result == ATTEMPT_DONE)
		result = send_request(session, attempt, (size_t)length);
	if (result == ATTEMPT_DONE && session->watch != NULL)
		result = attempt_watch(session, attempt);
	return result;
}

void attempt_close(struct msgfetch *session)
{
	if (session->watch != NULL)
		watch_disarm(session->watch);
	session_drop_queue(session);
}
