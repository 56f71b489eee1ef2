/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/transfer/outbox.h"

#include "common/clock.h"
#include "common/ring.h"

#include <errno.h>
#include <time.h>

int outbox_open(struct outbox *outbox, const struct client *client, const struct limits *limits,
		struct counters *counters)
{
	*outbox = (struct outbox){.client = client, .limits = limits, .counters = counters};
	if (limits->transfer > 0)
		outbox->ends_at = clock_ms() + limits->transfer * 1000ull;
	return client->transport->open(&outbox->link, client);
}

int outbox_attach_ring(struct outbox *outbox, const struct request *request, struct ring *ring)
{
	int error = outbox->client->transport->attach_ring(&outbox->link, request, ring);

	if (error == 0)
		outbox->credits = ring->slots;
	return error;
}

void outbox_detach_ring(const struct outbox *outbox, struct ring *ring)
{
	outbox->client->transport->detach_ring(ring);
}

static int give_up(const struct outbox *outbox, int error)
{
	outbox->client->transport->abandon(outbox->client);
	return error;
}

/* Sends message, or without one awaits a slot; waits at most a tick. */
static int attempt(struct outbox *outbox, const struct message *message, size_t length)
{
	const struct transport_worker *transport = outbox->client->transport;

	return message != NULL ? transport->send(&outbox->link, message, length, true)
			       : transport->await_slot(&outbox->link);
}

static bool out_of_time(const struct outbox *outbox)
{
	return outbox->ends_at != 0 && clock_ms() >= outbox->ends_at;
}

static bool must_yield(const struct outbox *outbox)
{
	return atomic_load_explicit(&outbox->counters->yield, memory_order_relaxed) != 0;
}

static void set_stalled(const struct outbox *outbox, uint64_t since)
{
	atomic_store_explicit(&outbox->counters->stalled, since, memory_order_relaxed);
}

/* Blocks until message is sent, or a slot returned.  deadline: ms. */
static int block(struct outbox *outbox, const struct message *message, size_t length,
		 uint64_t deadline)
{
	int error;

	while ((error = attempt(outbox, message, length)) == -EINTR) {
		if (outbox->client->transport->check(&outbox->link) == -EIDRM)
			return give_up(outbox, -EIDRM);
		if (out_of_time(outbox))
			return -ETIME;
		if (clock_ms() >= deadline || must_yield(outbox))
			return give_up(outbox, -ETIMEDOUT);
	}
	return error == -EIDRM ? give_up(outbox, error) : error;
}

/* Waits until message is sent; NULL: until a slot is returned. */
static int wait_for_client(struct outbox *outbox, const struct message *message, size_t length)
{
	uint64_t now = clock_ms();
	int error;

	set_stalled(outbox, now);
	error = block(outbox, message, length, now + outbox->limits->stall * 1000ull);
	set_stalled(outbox, 0);
	return error;
}

int outbox_send(struct outbox *outbox, const struct message *message, size_t length)
{
	int error = out_of_time(outbox) ? -ETIME
					: outbox->client->transport->send(
						  &outbox->link, message, length, false);

	return error == -EAGAIN ? wait_for_client(outbox, message, length) : error;
}

int outbox_await_credit(struct outbox *outbox)
{
	int error = 0;

	if (outbox->credits == 0)
		error = wait_for_client(outbox, NULL, 0);
	else
		outbox->credits--;
	return error;
}

static unsigned sharers_of(const struct outbox *outbox)
{
	return atomic_load_explicit(&outbox->counters->sharers, memory_order_relaxed);
}

uint64_t outbox_piece(const struct outbox *outbox, uint64_t want)
{
	size_t piece;

	if (outbox->limits->rate == 0)
		return want;
	piece = pace_piece(outbox->limits->rate, sharers_of(outbox));
	return want < piece ? want : piece;
}

/* Sleeps until at (ns), or for a tick. */
static void sleep_until(uint64_t at)
{
	uint64_t tick = clock_ns() + TRANSPORT_TICK_MS * 1000000ull;
	uint64_t end = at < tick ? at : tick;
	struct timespec until = {.tv_sec = (time_t)(end / 1000000000u),
				 .tv_nsec = (long)(end % 1000000000u)};

	/* A signal ends the sleep early; the caller checks the clock. */
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
}

int outbox_check(struct outbox *outbox)
{
	int error =
		out_of_time(outbox) ? -ETIME : outbox->client->transport->check(&outbox->link);

	return error == -EIDRM ? give_up(outbox, error) : error;
}

int outbox_wait(struct outbox *outbox, int fd, int timeout_ms)
{
	int error = outbox->client->transport->wait(&outbox->link, fd, timeout_ms);

	return error == -EIDRM ? give_up(outbox, error) : error;
}

/* Waits until the rate limit allows more, and checks the client meanwhile. */
static int keep_pace(struct outbox *outbox, uint64_t bytes)
{
	uint64_t now = clock_ns();
	uint64_t until = now + pace_count(&outbox->pace, outbox->limits->rate,
					  sharers_of(outbox), bytes, now);
	int error = 0;

	if (until > now)
		counter_add(&outbox->counters->delayed, until - now);
	while (error == 0 && clock_ns() < until) {
		sleep_until(until);
		error = outbox_check(outbox);
	}
	return error;
}

int outbox_count(struct outbox *outbox, uint64_t bytes)
{
	counter_add(&outbox->counters->bytes, bytes);
	return outbox->limits->rate > 0 ? keep_pace(outbox, bytes) : 0;
}
