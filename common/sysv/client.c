/* SPDX-License-Identifier: ISC */
/*
 * client: a client's requests over System V IPC.
 *
 * Owns the private queue, which a signal handler may remove, the seal and the ring.  Each
 * request has a new queue: removing the old queue ends the old worker.
 */
#include "config.h"

#include "common/clock.h"
#include "common/sysv/lease.h"
#include "common/sysv/queue.h"
#include "common/sysv/ring.h"
#include "common/sysv/seal.h"
#include "common/sysv/watch.h"
#include "common/transport.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#define NO_QUEUE (-1)

/* Polls for the first answer this long before a thread is started to wait for it. */
#define POLL_NS (300 * UINT64_C(1000))

/* remove() and wake() run in signal handlers. */
_Static_assert(ATOMIC_INT_LOCK_FREE == 2, "handlers may only use lock-free atomics");

struct channel {
	key_t key;
	atomic_int queue;    /* private, or NO_QUEUE */
	atomic_int removed;  /* create no further queue */
	struct watch *watch; /* NULL until a receive had to block */
	struct seal seal;    /* .content NULL: none */
	struct ring ring;    /* .bytes NULL: none */
	uid_t ring_owner;    /* the user to whom the ring was given */
	/* Of the daemon found. */
	int request_queue;
	time_t changed; /* of the request queue, as in struct queue_info */
	int lease;
	uid_t holder; /* owner of the request queue */
	/* Of the current request. */
	bool asked;         /* the request is in the request queue */
	uint64_t asked_at;  /* ns: when the ticket was complete */
	unsigned tick_ms;   /* of the armed watch; 0: not armed */
	bool worker_sought; /* worker is set, or its pid is not visible from here */
	pid_t worker;       /* 0: unknown */
};

static struct channel *open_channel(key_t key)
{
	struct channel *channel = calloc(1, sizeof(*channel));

	if (channel == NULL)
		return NULL;
	channel->key = key;
	channel->seal.id = -1;
	channel->ring.id = -1;
	atomic_init(&channel->queue, NO_QUEUE);
	atomic_init(&channel->removed, 0);
	return channel;
}

static void add_owner(struct found *found, uid_t owner)
{
	found->owners[found->count++] = owner;
}

/* Fills *found with the owner of the lease.  Returns 0 if the lease is held. */
static int inspect_lease(const struct channel *channel, struct found *found)
{
	uid_t owner;
	int held, error = lease_owner(channel->lease, &owner);

	if (error == -EIDRM)
		return -ENOENT;
	found->action = "cannot inspect the lease";
	found->foreign = error == -EACCES;
	if (error != 0)
		return error;
	add_owner(found, owner);
	held = lease_held(channel->lease);
	if (held == 1)
		return 0;
	found->action = "cannot read the lease";
	return held < 0 && held != -EIDRM ? held : -ENOENT;
}

/* There is no queue.  A stranger who holds the lease keeps every daemon from starting. */
static int find_squatter(struct channel *channel, struct found *found)
{
	int error = 0;

	channel->lease = lease_find(channel->key);
	if (channel->lease >= 0)
		error = inspect_lease(channel, found);
	return error == 0 ? -ENOENT : error;
}

static int inspect_request_queue(struct channel *channel, struct found *found)
{
	struct queue_info info;
	int error = queue_inspect_any(channel->request_queue, &info);

	found->action = "cannot inspect the request queue";
	if (error != 0)
		return error == -EIDRM ? -ENOENT : error;
	add_owner(found, info.uid);
	add_owner(found, info.cuid);
	channel->holder = info.uid;
	channel->changed = info.changed;
	return 0;
}

static int find(struct channel *channel, struct found *found)
{
	int error;

	*found = (struct found){.action = "cannot find the request queue"};
	channel->request_queue = queue_find(channel->key);
	if (channel->request_queue == -ENOENT)
		return find_squatter(channel, found);
	if (channel->request_queue < 0)
		return channel->request_queue;
	error = inspect_request_queue(channel, found);
	if (error != 0)
		return error;
	channel->lease = lease_find(channel->key);
	found->action = "cannot find the lease";
	return channel->lease < 0 ? channel->lease : inspect_lease(channel, found);
}

/* Blocks all signals: one that kills the process could otherwise leave an object behind. */
static void block_signals(sigset_t *before)
{
	sigset_t all;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, before);
}

static void restore_signals(const sigset_t *before)
{
	pthread_sigmask(SIG_SETMASK, before, NULL);
}

/* Creates the private queue, visible to remove() from its first moment. */
static int create_queue(struct channel *channel)
{
	sigset_t before;
	int queue = -ECANCELED;

	block_signals(&before);
	if (atomic_load(&channel->removed) == 0) {
		queue = queue_create_private();
		if (queue >= 0)
			atomic_store(&channel->queue, queue);
	}
	restore_signals(&before);
	return queue;
}

static int create_seal(struct channel *channel)
{
	sigset_t before;
	int error;

	if (channel->seal.content != NULL)
		return 0;
	block_signals(&before);
	error = seal_create(&channel->seal);
	restore_signals(&before);
	return error;
}

/* Creates the private queue and writes the seal: the request is for this daemon. */
static int create(struct channel *channel, struct request *request, struct trouble *trouble)
{
	int error, queue = create_queue(channel);

	channel->asked = false;
	channel->tick_ms = 0;
	channel->worker_sought = false;
	channel->worker = 0;
	*trouble = (struct trouble){.action = "cannot create a message queue"};
	if (queue == -ENOSPC)
		trouble->advice = "the limit kernel.msgmni is reached; ipcs -q lists the "
				  "queues, sysctl kernel.msgmni=N raises the limit";
	if (queue < 0)
		return queue;
	error = create_seal(channel);
	trouble->action = "cannot create shared memory (see ipcs -lm and ipcs -um)";
	if (error != 0)
		return error;
	*channel->seal.content = (struct seal_wire){
		.magic = PROTOCOL_SEAL_MAGIC,
		.request_queue = channel->request_queue,
		.changed = channel->changed,
		.queue = queue,
	};
	request->queue = queue;
	request->seal = channel->seal.id;
	arc4random_buf(request->ticket, sizeof(request->ticket));
	return 0;
}

static void drop_ring(struct channel *channel)
{
	ring_detach(&channel->ring);
}

static const struct ring *ring_of(const struct channel *channel)
{
	return channel->ring.bytes != NULL ? &channel->ring : NULL;
}

static int offer_ring(struct channel *channel, uint32_t slots, uint32_t slot_bytes,
		      struct request *request)
{
	sigset_t before;
	int error = 0;

	if (channel->ring.bytes == NULL || channel->ring_owner != channel->holder) {
		drop_ring(channel);
		block_signals(&before);
		error = ring_create(slots, slot_bytes, channel->holder, &channel->ring);
		restore_signals(&before);
		channel->ring_owner = channel->holder;
	}
	if (error != 0)
		return error;
	request->ring = channel->ring.id;
	request->ring_slots = channel->ring.slots;
	request->ring_slot_bytes = channel->ring.slot_bytes;
	return 0;
}

/*
 * Puts the request into the private queue, as its ticket, and gives the queue to the daemon.
 * If the request queue is full, the daemon finds the request there.
 */
static int hand_over(struct channel *channel, struct message *message, size_t length,
		     struct trouble *trouble)
{
	int error, queue = atomic_load(&channel->queue);

	*trouble = (struct trouble){.action = "cannot send the ticket"};
	message->type = MESSAGE_TICKET;
	error = queue_send(queue, message, length, false);
	if (error != 0)
		return error;
	channel->asked_at = clock_ns();
	if (channel->holder == geteuid())
		return 0;
	trouble->action = "cannot give the message queue to the daemon";
	return queue_give_user(queue, channel->holder);
}

static int ask(struct channel *channel, struct message *message, size_t length)
{
	int error;

	message->type = MESSAGE_REQUEST;
	error = queue_send(channel->request_queue, message, length, false);
	channel->asked = error == 0;
	return error;
}

static int ask_again(struct channel *channel, struct message *message)
{
	int queue = atomic_load(&channel->queue);
	ssize_t length;

	if (channel->asked)
		return 0;
	length = queue_receive(queue, message, MESSAGE_TICKET, false);
	if (length < 0)
		return 0; /* the daemon took the ticket, or removed the queue */
	/* Cannot fail: the message was just taken out of the same queue. */
	queue_send(queue, message, (size_t)length, false);
	return ask(channel, message, (size_t)length);
}

static bool has_asked(const struct channel *channel)
{
	return channel->asked;
}

/* Returns a msgtyp that leaves the TICKET to the daemon until the first answer. */
static long reply_type(bool answered)
{
	return answered ? -(long)MESSAGE_CREDIT : -(long)MESSAGE_TICKET;
}

/*
 * Polls for a session's first message.  Most files are small: their replies arrive before a
 * thread could be started.  Returns a length or a negative errno; -ENOMSG: none yet.
 */
static ssize_t poll_for_message(const struct channel *channel, struct message *message,
				long type)
{
	uint64_t until = channel->asked_at + POLL_NS;
	ssize_t length;

	for (;;) {
		length = queue_receive(channel->queue, message, type, false);
		if (length != -ENOMSG || clock_ns() >= until)
			return length;
		sched_yield();
	}
}

/* Arms the watch for the current request, and starts it if there is none. */
static int arm(struct channel *channel, unsigned tick_ms)
{
	int error = channel->watch == NULL ? watch_start(&channel->watch) : 0;

	if (error != 0)
		return error;
	if (channel->tick_ms != tick_ms)
		watch_arm(channel->watch, channel->queue, channel->lease, tick_ms);
	channel->tick_ms = tick_ms;
	return 0;
}

static ssize_t sleep_for_message(struct channel *channel, struct message *message, long type)
{
	ssize_t length;

	watch_enter_wait(channel->watch);
	length = queue_receive(channel->queue, message, type, true);
	watch_leave_wait(channel->watch);
	return length;
}

/*
 * Learns the worker's pid from the queue's last sender, unless that was this process with a
 * WAKE.  The pid is 0 if the worker is in another PID namespace.
 */
static void note_worker(struct channel *channel)
{
	struct queue_info info;

	if (channel->worker_sought || queue_inspect(channel->queue, &info) != 0 ||
	    info.last_sender == getpid())
		return;
	channel->worker = info.last_sender;
	channel->worker_sought = true;
}

static ssize_t receive(struct channel *channel, struct message *message, bool answered,
		       unsigned tick_ms)
{
	long type = reply_type(answered);
	ssize_t length = -ENOMSG;
	int error;

	if (channel->watch == NULL)
		length = poll_for_message(channel, message, type);
	if (length == -ENOMSG) {
		error = arm(channel, tick_ms);
		if (error != 0)
			return error == -ENOMEM ? error : -EAGAIN;
		length = sleep_for_message(channel, message, type);
	}
	if (length < 0)
		return length;
	if (message->type != MESSAGE_WAKE) {
		note_worker(channel);
		return length;
	}
	if (channel->watch != NULL)
		watch_acknowledge(channel->watch);
	return -EINTR;
}

static bool return_slot(struct channel *channel)
{
	const struct message credit = {.type = MESSAGE_CREDIT};

	return queue_send(channel->queue, &credit, 0, false) == 0;
}

static bool daemon_gone(struct channel *channel)
{
	return watch_lease_fallen(channel->watch) ||
	       queue_find(channel->key) != channel->request_queue;
}

/* Checks for death first: a dead worker sends no more messages. */
static bool worker_gone(struct channel *channel)
{
	struct queue_info info;

	return channel->worker > 0 && kill(channel->worker, 0) != 0 && errno == ESRCH &&
	       queue_inspect(channel->queue, &info) == 0 && info.messages == 0;
}

static bool worker_seen(const struct channel *channel)
{
	return channel->worker_sought;
}

static void wake(struct channel *channel)
{
	/* A message is larger than the stack of some signal handlers. */
	static const struct message message = {.type = MESSAGE_WAKE};
	int queue = atomic_load(&channel->queue);

	/* A full queue wakes the session by itself; nobody waits on a removed queue. */
	if (queue != NO_QUEUE)
		(void)queue_send(queue, &message, 0, false);
}

static void remove_queue(struct channel *channel)
{
	int queue = atomic_exchange(&channel->queue, NO_QUEUE);

	if (queue != NO_QUEUE)
		queue_remove(queue);
}

static void remove_for_ever(struct channel *channel)
{
	atomic_store(&channel->removed, 1);
	remove_queue(channel);
}

static void leave(struct channel *channel)
{
	sigset_t before;

	if (channel->watch != NULL)
		watch_disarm(channel->watch);
	/* A handler between the two steps would find no id and leave the queue behind. */
	block_signals(&before);
	remove_queue(channel);
	restore_signals(&before);
}

static void close_channel(struct channel *channel, bool forked)
{
	if (forked) {
		watch_discard(channel->watch);
	} else {
		watch_release(channel->watch);
		channel->watch = NULL;
		leave(channel);
	}
	seal_detach(&channel->seal);
	ring_detach(&channel->ring);
	free(channel);
}

static size_t text_max(void)
{
	return (size_t)queue_message_max();
}

const struct transport_client sysv_client = {
	.open = open_channel,
	.close = close_channel,
	.find = find,
	.create = create,
	.offer_ring = offer_ring,
	.ring = ring_of,
	.drop_ring = drop_ring,
	.hand_over = hand_over,
	.ask = ask,
	.ask_again = ask_again,
	.asked = has_asked,
	.receive = receive,
	.return_slot = return_slot,
	.daemon_gone = daemon_gone,
	.worker_gone = worker_gone,
	.worker_seen = worker_seen,
	.wake = wake,
	.remove = remove_for_ever,
	.leave = leave,
	.text_max = text_max,
};
