/* SPDX-License-Identifier: ISC */
/*
 * worker: a worker's connection to its client over System V IPC.
 *
 * A queue has no time limit on its calls, so an interval timer interrupts each wait.
 */
#include "config.h"

#include "common/sysv/queue.h"
#include "common/sysv/ring.h"
#include "common/sysv/seal.h"
#include "common/transport.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

/* Smallest text, however low the limits of the kernel are. */
#define TEXT_MIN 512u

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
	size_t most = min_size(MESSAGE_TEXT_MAX, (size_t)queue_message_max());
	size_t half = (info->bytes_max - FAILURE_ROOM) / 2;

	if (dialect == DIALECT_CLASSIC_SMALL)
		most = min_size(most, CLASSIC_SMALL_REPLY);
	if (dialect == DIALECT_CLASSIC_OTHER)
		most = min_size(most, CLASSIC_OTHER_REPLY);
	if (info->bytes_max < FAILURE_ROOM + 2 * TEXT_MIN)
		half = TEXT_MIN;
	return min_size(most, half);
}

static int open_link(struct link *link, const struct client *client)
{
	struct queue_info info;
	int error = queue_inspect_any(client->queue, &info);

	*link = (struct link){.client = client, .pidfd = -1, .daemon = -1};
	if (error != 0)
		return error;
	/* The kernel may have reused the id while the job waited. */
	if (info.cuid != client->uid)
		return -EIDRM;
	link->text_max = largest_text(&info, client->dialect);
	return 0;
}

/* Opens the client's pidfd at the first wait.  Returns 0, or -EIDRM for a dead client. */
static int watch_client(struct link *link)
{
	if (link->watching)
		return 0;
	if (link->client->pid > 0) {
		link->pidfd = (int)syscall(SYS_pidfd_open, link->client->pid, 0);
		if (link->pidfd < 0 && errno == ESRCH)
			return -EIDRM;
	}
	link->watching = true;
	return 0;
}

/* Starts the timer, at the first wait: most transfers never wait, and save the calls. */
static int start_ticking(struct link *link)
{
	/* SA_RESTART does not apply to msgsnd and msgrcv (signal(7)); reads go on. */
	struct sigaction action = {.sa_handler = do_nothing, .sa_flags = SA_RESTART};
	struct timeval period = {.tv_usec = TRANSPORT_TICK_MS * 1000};
	struct itimerval timer = {.it_interval = period, .it_value = period};
	int error = watch_client(link);

	if (error != 0 || link->ticking)
		return error;
	if (sigaction(SIGALRM, &action, NULL) != 0 || setitimer(ITIMER_REAL, &timer, NULL) != 0)
		return -errno;
	link->ticking = true;
	return 0;
}

static int send_message(struct link *link, const struct message *message, size_t length,
			bool wait)
{
	int error = wait ? start_ticking(link) : 0;

	return error != 0 ? error : queue_send(link->client->queue, message, length, wait);
}

static int await_slot(struct link *link)
{
	struct message credit;
	ssize_t got = start_ticking(link);

	if (got == 0)
		got = queue_receive(link->client->queue, &credit, MESSAGE_CREDIT, true);
	return got < 0 ? (int)got : 0;
}

/* A pidfd is readable once its process has ended, reaped or not (pidfd_open(2)). */
static bool client_died(const struct link *link)
{
	struct pollfd poller = {.fd = link->pidfd, .events = POLLIN};

	return link->pidfd >= 0 && poll(&poller, 1, 0) == 1;
}

static int check(struct link *link)
{
	struct queue_info info;
	int error = watch_client(link);

	if (error != 0)
		return error;
	return client_died(link) ? -EIDRM : queue_inspect_any(link->client->queue, &info);
}

static int stop_ticking(struct link *link)
{
	const struct itimerval none = {0};

	if (!link->ticking)
		return 0;
	link->ticking = false;
	return setitimer(ITIMER_REAL, &none, NULL) == 0 ? 0 : -errno;
}

/* Returns 0, -EIDRM, or another errno. */
static int wait_for_event(struct link *link, int fd, int timeout_ms)
{
	struct pollfd events[] = {{.fd = fd, .events = POLLIN},
				  {.fd = link->pidfd, .events = POLLIN},
				  {.fd = link->daemon, .events = POLLIN}};
	int ready = poll(events, sizeof(events) / sizeof(events[0]), timeout_ms);

	if (ready < 0 && errno != EINTR)
		return -errno;
	if (ready > 0 && events[2].revents != 0)
		return -EIDRM;
	return ready > 0 && events[1].revents == 0 ? 0 : check(link);
}

static int wait_for(struct link *link, int fd, int timeout_ms)
{
	int error = watch_client(link);

	if (error == 0)
		error = stop_ticking(link);
	/* Without the daemon, nobody tells that a client in another PID namespace has gone. */
	if (link->daemon < 0)
		link->daemon = (int)syscall(SYS_pidfd_open, getppid(), 0);
	return error == 0 ? wait_for_event(link, fd, timeout_ms) : error;
}

static int attach_ring(const struct link *link, const struct request *request,
		       struct ring *ring)
{
	return ring_attach(request->ring, request->ring_slots, request->ring_slot_bytes,
			   link->client->uid, ring);
}

static int post(const struct client *client, const struct message *message, size_t length)
{
	return queue_send(client->queue, message, length, false);
}

static size_t post_max(void)
{
	return (size_t)queue_message_max();
}

/* The kernel reuses an id after some million creations. */
static bool present(const struct client *client)
{
	struct queue_info info;
	int error = client->dialect == DIALECT_CURRENT
			    ? queue_inspect(client->queue, &info)
			    : queue_inspect_any(client->queue, &info);

	return error == 0 && info.cuid == client->uid && info.changed == client->changed;
}

static void abandon(const struct client *client)
{
	if (client->dialect == DIALECT_CURRENT)
		queue_remove(client->queue);
}

const struct transport_worker sysv_worker = {
	.open = open_link,
	.send = send_message,
	.await_slot = await_slot,
	.check = check,
	.wait = wait_for,
	.held = seal_held,
	.attach_ring = attach_ring,
	.detach_ring = ring_detach,
	.post = post,
	.post_max = post_max,
	.present = present,
	.abandon = abandon,
};
