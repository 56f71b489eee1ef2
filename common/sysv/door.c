/* SPDX-License-Identifier: ISC */
/* door: the daemon's request queue and the proofs of clients over System V IPC. */
#include "config.h"

#include "common/door.h"

#include "common/clock.h"
#include "common/sysv/addressee.h"
#include "common/sysv/classic.h"
#include "common/sysv/ticket.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static int open_door(struct door *door, key_t key, gid_t group, struct door_holder *holder)
{
	return listener_open(&door->sysv.listener, key, group, holder);
}

static void close_door(struct door *door)
{
	listener_close(&door->sysv.listener);
}

static int keep(struct door *door, bool *retaken)
{
	return listener_keep_lease(&door->sysv.listener, retaken);
}

static int reopen(struct door *door, struct door_holder *holder)
{
	return listener_reopen(&door->sysv.listener, holder);
}

static ssize_t receive(struct door *door, struct message *message, bool wait)
{
	return listener_receive(&door->sysv.listener, message, wait);
}

/* Returns true for a current request: a classic one starts with a queue id. */
static bool has_magic(const struct message *message, size_t length)
{
	const uint32_t magic = PROTOCOL_MAGIC;

	return length >= sizeof(magic) && memcmp(message->text, &magic, sizeof(magic)) == 0;
}

/* Identifies the client first: only then is the client told of an error in its path. */
static int prove_classic(struct message *message, size_t length, struct client *client,
			 struct request *request)
{
	int error = classic_decode(message, length, request);
	int unknown = request->queue < 0
			      ? -EIDRM
			      : ticket_identify_classic(request->queue, classic_dialect(length),
							client);

	return unknown != 0 ? unknown : error;
}

/* Validates the whole message before accessing the queue that the message names. */
static int prove(struct door *door, struct message *message, size_t length,
		 struct client *client, struct request *request)
{
	int error;

	if (length > MESSAGE_TEXT_MAX)
		return -EMSGSIZE;
	if (door->classic && length >= CLASSIC_BYTES_MIN && !has_magic(message, length))
		return prove_classic(message, length, client, request);
	if (message->type != MESSAGE_REQUEST)
		return -EBADMSG;
	error = request_decode(message->text, length, request);
	if (error == 0)
		error = ticket_prove(request->queue,
				     &(struct ticket_request){message->text, length}, client);
	if (error == 0)
		error = addressee_check(&door->sysv.listener, request, client->uid);
	client->serial = request->serial;
	return error;
}

static bool unwritable(const struct request *request, uid_t *creator, mode_t *mode)
{
	struct queue_info info;

	if (queue_inspect_any(request->queue, &info) != 0)
		return false;
	*creator = info.cuid;
	*mode = info.mode & 0777;
	return true;
}

static bool scanned(struct door *door, const struct request *request)
{
	return queue_scan_recall(&door->sysv.scan, request->queue, request->serial);
}

static void count(struct door *door, size_t length, bool good)
{
	queue_scan_count(&door->sysv.scan, length, good);
}

static bool scan_due(struct door *door, bool empty, bool *idle)
{
	bool due = queue_scan_due(&door->sysv.scan, empty);

	*idle = door->sysv.scan.idle;
	return due;
}

/*
 * Returns true if the creator of a scanned queue may send requests.  The kernel checks the
 * group of a sender to the request queue, but not of a client in its own queue.
 */
static bool may_be_scanned(const struct listener *listener, const struct queue_info *info)
{
	return listener->group == (gid_t)-1 || info->cgid == listener->group ||
	       info->cuid == 0 || info->cuid == geteuid();
}

static void scan(struct door *door, struct message *message, const struct door_visitor *visitor)
{
	const struct listener *listener = &door->sysv.listener;
	uint64_t began = clock_ns();
	struct queue_info info;
	int last = queue_last_slot();

	for (int index = 0; index <= last; index++) {
		struct client client = {0};
		struct request request = {0};
		int queue = queue_at(index, &info);

		if (queue < 0 || queue == listener->queue || !may_be_scanned(listener, &info) ||
		    !visitor->wants(visitor->context, info.cuid) ||
		    ticket_take_request(queue, &info, message, &client, &request) != 0)
			continue;
		queue_scan_remember(&door->sysv.scan, queue, request.serial);
		visitor->take(visitor->context, &client, &request,
			      addressee_check(listener, &request, client.uid));
	}
	queue_scan_done(&door->sysv.scan, began, clock_ns());
}

/* By now this may be another process than the sender of the last message received. */
static pid_t last_sender(const struct door *door)
{
	struct queue_info info;

	return queue_inspect(door->sysv.listener.queue, &info) == 0 ? info.last_sender : 0;
}

static int backlog(const struct door *door, struct door_backlog *backlog)
{
	struct queue_info info;
	int error = queue_inspect_any(door->sysv.listener.queue, &info);

	if (error == 0)
		*backlog = (struct door_backlog){.messages = info.messages,
						 .bytes = info.bytes,
						 .bytes_max = info.bytes_max};
	return error;
}

static int waker(const struct door *door)
{
	return door->sysv.listener.queue;
}

static int wake(int waker_id)
{
	const struct message message = {.type = MESSAGE_WAKE};

	return queue_send(waker_id, &message, 0, false);
}

const struct transport_door sysv_door = {
	.open = open_door,
	.close = close_door,
	.keep = keep,
	.reopen = reopen,
	.receive = receive,
	.prove = prove,
	.unwritable = unwritable,
	.scanned = scanned,
	.count = count,
	.scan_due = scan_due,
	.scan = scan,
	.last_sender = last_sender,
	.backlog = backlog,
	.waker = waker,
	.wake = wake,
};
