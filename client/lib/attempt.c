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
#include "common/sysv/lease.h"

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

static enum attempt_result check_queue_holder(struct msgfetch *session, struct attempt *attempt)
{
	struct queue_info info;
	int error = queue_inspect_any(attempt->request_queue, &info);

	if (error == -EIDRM)
		return fail_absent(session);
	if (error != 0)
		return fail_with(session, error, "cannot inspect the request queue");
	if (trust_unmapped(info.uid))
		return fail_unmapped(session);
	if (!trust_holder(&session->trust, info.uid))
		return fail_untrusted(session, info.uid);
	if (!trust_holder(&session->trust, info.cuid))
		return fail_untrusted(session, info.cuid);
	attempt->holder = info.uid;
	attempt->changed = info.changed;
	return ATTEMPT_DONE;
}

static enum attempt_result check_lease_holder(struct msgfetch *session,
					      const struct attempt *attempt)
{
	uid_t owner;
	int held, error = lease_owner(attempt->lease, &owner);

	if (error == -EIDRM)
		return fail_absent(session);
	if (error == -EACCES)
		return session_end(
			session, ATTEMPT_FINAL, MSGFETCH_UNTRUSTED, error,
			"the semaphore of key 0x%x cannot be read (%s), so it is not "
			"msgfetchd's: ipcs -s shows its owner",
			printed_key(session), strerror(-error));
	if (error != 0)
		return fail_with(session, error, "cannot inspect the lease");
	if (!trust_holder(&session->trust, owner))
		return fail_untrusted(session, owner);
	held = lease_held(attempt->lease);
	if (held < 0 && held != -EIDRM)
		return fail_with(session, held, "cannot read the lease");
	return held == 1 ? ATTEMPT_DONE : fail_absent(session);
}

/* There is no queue.  A stranger who holds the lease keeps every daemon from starting. */
static enum attempt_result fail_absent_or_squatted(struct msgfetch *session,
						   struct attempt *attempt)
{
	enum attempt_result result = ATTEMPT_DONE;

	attempt->lease = lease_find(session->options.key);
	if (attempt->lease >= 0)
		result = check_lease_holder(session, attempt);
	return result == ATTEMPT_DONE ? fail_absent(session) : result;
}

/* Checks trust before life: an untrusted holder is reported with or without a lease. */
static enum attempt_result find_daemon(struct msgfetch *session, struct attempt *attempt)
{
	enum attempt_result result;

	attempt->request_queue = queue_find(session->options.key);
	if (attempt->request_queue == -ENOENT)
		return fail_absent_or_squatted(session, attempt);
	if (attempt->request_queue < 0)
		return fail_with(session, attempt->request_queue,
				 "cannot find the request queue");
	result = check_queue_holder(session, attempt);
	if (result != ATTEMPT_DONE)
		return result;
	attempt->lease = lease_find(session->options.key);
	if (attempt->lease == -ENOENT)
		return fail_absent(session);
	if (attempt->lease < 0)
		return fail_with(session, attempt->lease, "cannot find the lease");
	return check_lease_holder(session, attempt);
}

static enum attempt_result fail_too_long(struct msgfetch *session)
{
	return session_end(session, ATTEMPT_FINAL, MSGFETCH_ERROR, -EINVAL,
			   "the request is longer than kernel.msgmax allows (%d bytes)",
			   queue_message_max());
}

static enum attempt_result fail_no_queue(struct msgfetch *session, int error)
{
	if (error == -ENOSPC)
		return session_end(
			session, ATTEMPT_FINAL, MSGFETCH_ERROR, error,
			"cannot create a message queue: the limit kernel.msgmni is reached; "
			"ipcs -q lists the queues, sysctl kernel.msgmni=N raises the limit");
	return fail_with(session, error, "cannot create a message queue");
}

/*
 * Puts the request into the private queue, as its ticket, and gives the queue to the daemon.
 * If the request queue is full, the daemon finds the request there.
 */
static enum attempt_result hand_over(struct msgfetch *session, const struct attempt *attempt,
				     size_t length)
{
	int error;

	session->buffer.type = MESSAGE_TICKET;
	error = queue_send(attempt->queue, &session->buffer, length, false);
	if (error == -EINVAL)
		return fail_too_long(session);
	if (error != 0)
		return fail_with(session, error, "cannot send the ticket");
	if (attempt->holder == geteuid())
		return ATTEMPT_DONE;
	error = queue_give_user(attempt->queue, attempt->holder);
	return error == 0 ? ATTEMPT_DONE
			  : fail_with(session, error,
				      "cannot give the message queue to the daemon");
}

/* Writes the seal: the request is for this daemon, with this private queue. */
static enum attempt_result seal_request(struct msgfetch *session, const struct attempt *attempt,
					struct request *request)
{
	int error = session_make_seal(session);

	if (error != 0)
		return fail_with(session, error,
				 "cannot create shared memory (see ipcs -lm and ipcs -um)");
	*session->seal.content = (struct seal_wire){
		.magic = PROTOCOL_SEAL_MAGIC,
		.request_queue = attempt->request_queue,
		.changed = attempt->changed,
		.queue = attempt->queue,
	};
	request->seal = session->seal.id;
	return ATTEMPT_DONE;
}

/* Offers a ring if shared memory is available; otherwise uses messages only. */
static enum attempt_result offer_ring(struct msgfetch *session, const struct attempt *attempt,
				      struct request *request)
{
	bool forced = session->options.transport == MSGFETCH_RING;
	int error;

	if (session->ringless || request->path_count == 0)
		return ATTEMPT_DONE;
	error = session_make_ring(session, attempt->holder);
	if (error != 0 && forced)
		return fail_with(session, error,
				 "cannot create shared memory (see ipcs -lm and ipcs -um)");
	if (error != 0) {
		session->ringless = true;
		session_notice(session, "cannot create shared memory: %s; using messages only",
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

/*
 * Sends the request in session->buffer.  A full queue is no error: a daemon whose queue is
 * full scans the private queues too, and attempt_ask_again() tries again.
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
	return fail_not_sent(session, error);
}

enum attempt_result attempt_ask_again(struct msgfetch *session, struct attempt *attempt)
{
	ssize_t length;

	if (attempt->asked)
		return ATTEMPT_DONE;
	length = queue_receive(attempt->queue, &session->buffer, MESSAGE_TICKET, false);
	if (length < 0)
		return ATTEMPT_DONE; /* the daemon took the ticket, or removed the queue */
	/* Cannot fail: the message was just taken out of the same queue. */
	queue_send(attempt->queue, &session->buffer, (size_t)length, false);
	return send_request(session, attempt, (size_t)length);
}

/* Returns a tick no longer than any of the limits. */
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
			return fail_with(session, error, "cannot start a thread");
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
		return fail_no_queue(session, attempt->queue);
	request->queue = attempt->queue;
	arc4random_buf(request->ticket, sizeof(request->ticket));
	result = seal_request(session, attempt, request);
	if (result == ATTEMPT_DONE)
		result = offer_ring(session, attempt, request);
	if (result != ATTEMPT_DONE)
		return result;
	length = request_encode(request, session->buffer.text);
	if (length < 0)
		return fail_with(session, length, "cannot encode the request");
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
