/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/transfer/outbox.h"

#include "common/clock.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

/* Interval at which a waiting worker checks its client. */
#define TICK_MS 250

/* Smallest chunk, however low the limits of the kernel are. */
#define CHUNK_MIN 512u

/* Size of a FAILURE with the longest text. */
#define FAILURE_ROOM \
	(sizeof(struct reply_wire) + sizeof(struct failure_wire) + FAILURE_TEXT_MAX)

#define CLASSIC_SMALL_REPLY 4096u
#define CLASSIC_OTHER_REPLY 512u

/* Handles SIGALRM: the signal only has to interrupt a system call. */
static void do_nothing(int signal)
{
	(void)signal;
}

static size_t min_size(size_t a, size_t b)
{
	return a < b ? a : b;
}

/*
 * A message longer than msgmax cannot be sent, and one longer than msg_qbytes would wait
 * for ever.  Half of msg_qbytes lets the client read one message while the worker writes the
 * next.  A little less than half leaves room for a FAILURE of the daemon's, should this
 * worker die.
 */
static size_t largest_text(const struct queue_info *info, enum dialect dialect)
{
	size_t chunk = min_size(QUEUE_TEXT_MAX, (size_t)queue_message_max());
	size_t half = (info->bytes_max - FAILURE_ROOM) / 2;

	if (dialect == DIALECT_CLASSIC_SMALL)
		chunk = min_size(chunk, CLASSIC_SMALL_REPLY);
	if (dialect == DIALECT_CLASSIC_OTHER)
		chunk = min_size(chunk, CLASSIC_OTHER_REPLY);
	if (info->bytes_max < FAILURE_ROOM + 2 * CHUNK_MIN)
		half = CHUNK_MIN;
	return min_size(chunk, half);
}

int outbox_open(struct outbox *outbox, const struct client *client, const struct limits *limits,
		struct counters *counters)
{
	struct queue_info info;
	int error = queue_inspect_any(client->queue, &info);

	*outbox = (struct outbox){
		.client = client, .limits = limits, .counters = counters, .pidfd = -1};
	if (error != 0)
		return error;
	/* The kernel may have reused the id while the job waited. */
	if (info.cuid != client->uid)
		return -EIDRM;
	outbox->chunk = largest_text(&info, client->dialect);
	if (limits->transfer > 0)
		outbox->ends_at = clock_ms() + limits->transfer * 1000ull;
	return 0;
}

/* Starts the timer, at the first wait: most transfers never wait, and save the calls. */
static int start_ticking(struct outbox *outbox)
{
	/* SA_RESTART does not apply to msgsnd and msgrcv (signal(7)); reads go on. */
	struct sigaction action = {.sa_handler = do_nothing, .sa_flags = SA_RESTART};
	struct timeval period = {.tv_usec = TICK_MS * 1000};
	struct itimerval timer = {.it_interval = period, .it_value = period};

	if (outbox->ticking)
		return 0;
	if (outbox->client->pid > 0) {
		outbox->pidfd = (int)syscall(SYS_pidfd_open, outbox->client->pid, 0);
		if (outbox->pidfd < 0 && errno == ESRCH)
			return -EIDRM;
	}
	if (sigaction(SIGALRM, &action, NULL) != 0 || setitimer(ITIMER_REAL, &timer, NULL) != 0)
		return -errno;
	outbox->ticking = true;
	return 0;
}

/* A pidfd is readable once its process has ended, reaped or not (pidfd_open(2)). */
static bool client_died(const struct outbox *outbox)
{
	struct pollfd poller = {.fd = outbox->pidfd, .events = POLLIN};

	return outbox->pidfd >= 0 && poll(&poller, 1, 0) == 1;
}

static int give_up(const struct outbox *outbox, int error)
{
	if (outbox->client->dialect == DIALECT_CURRENT)
		queue_remove(outbox->client->queue);
	return error;
}

/* Sends message, or without one receives a credit; blocks until a signal. */
static int attempt(const struct outbox *outbox, const struct message *message, size_t length)
{
	struct message credit;
	ssize_t got;

	if (message != NULL)
		return queue_send(outbox->client->queue, message, length, true);
	got = queue_receive(outbox->client->queue, &credit, MESSAGE_CREDIT, true);
	return got < 0 ? (int)got : 0;
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

/* Blocks until message is sent, or a credit received.  deadline: ms. */
static int block(const struct outbox *outbox, const struct message *message, size_t length,
		 uint64_t deadline)
{
	int error;

	while ((error = attempt(outbox, message, length)) == -EINTR) {
		if (client_died(outbox))
			return give_up(outbox, -EIDRM);
		if (out_of_time(outbox))
			return -ETIME;
		if (clock_ms() >= deadline || must_yield(outbox))
			return give_up(outbox, -ETIMEDOUT);
	}
	return error;
}

/* Waits until message is sent; NULL: until a credit is received. */
static int wait_for_client(struct outbox *outbox, const struct message *message, size_t length)
{
	uint64_t now = clock_ms();
	int error = start_ticking(outbox);

	if (error == -EIDRM)
		return give_up(outbox, error);
	if (error != 0)
		return error;
	set_stalled(outbox, now);
	error = block(outbox, message, length, now + outbox->limits->stall * 1000ull);
	set_stalled(outbox, 0);
	return error;
}

int outbox_send(struct outbox *outbox, const struct message *message, size_t length)
{
	int error = out_of_time(outbox)
			    ? -ETIME
			    : queue_send(outbox->client->queue, message, length, false);

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

static void sleep_until(uint64_t at)
{
	struct timespec until = {.tv_sec = (time_t)(at / 1000000000u),
				 .tv_nsec = (long)(at % 1000000000u)};

	/* A tick ends the sleep early; the caller checks the clock. */
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
}

/* Returns 0, -EIDRM or -ETIME. */
static int check(const struct outbox *outbox)
{
	struct queue_info info;

	if (client_died(outbox))
		return -EIDRM;
	if (out_of_time(outbox))
		return -ETIME;
	return queue_inspect_any(outbox->client->queue, &info);
}

int outbox_check(struct outbox *outbox)
{
	int error = start_ticking(outbox);

	if (error == 0)
		error = check(outbox);
	return error == -EIDRM ? give_up(outbox, error) : error;
}

/* Waits until the rate limit allows more, and checks the client meanwhile. */
static int keep_pace(struct outbox *outbox, uint64_t bytes)
{
	uint64_t now = clock_ns();
	uint64_t until = now + pace_count(&outbox->pace, outbox->limits->rate,
					  sharers_of(outbox), bytes, now);
	int error = 0;

	if (until > now) {
		counter_add(&outbox->counters->delayed, until - now);
		error = start_ticking(outbox);
	}
	while (error == 0 && clock_ns() < until) {
		sleep_until(until);
		error = check(outbox);
	}
	return error == -EIDRM ? give_up(outbox, error) : error;
}

int outbox_count(struct outbox *outbox, uint64_t bytes)
{
	counter_add(&outbox->counters->bytes, bytes);
	return outbox->limits->rate > 0 ? keep_pace(outbox, bytes) : 0;
}
