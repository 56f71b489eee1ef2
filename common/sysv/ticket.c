/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "common/sysv/ticket.h"

#include "common/sysv/queue.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/ipc.h>
#include <unistd.h>

static void fill_client(int queue, enum dialect dialect, const struct queue_info *info,
			struct client *client)
{
	*client = (struct client){
		.transport = &sysv_worker,
		.dialect = dialect,
		.queue = queue,
		.uid = info->cuid,
		.gid = info->cgid,
		.changed = info->changed,
		.account = info->cuid,
		/* The daemon is the last sender after it answered a ping. */
		.pid = info->last_sender != getpid() ? info->last_sender : 0,
	};
}

/* A given queue is owned by the daemon.  Readable is not enough: root can read any queue. */
static bool given(const struct queue_info *info)
{
	return info->uid == geteuid() && info->key == IPC_PRIVATE && (info->mode & 0077) == 0;
}

/* A ticket is the 16 bytes that the request repeats, or the same request as a whole. */
static bool matches(const struct message *message, size_t length,
		    const struct ticket_request *request)
{
	if (length == PROTOCOL_TICKET_BYTES)
		return memcmp(message->text,
			      request->text + offsetof(struct request_wire, ticket),
			      length) == 0;
	return length == request->length && memcmp(message->text, request->text, length) == 0;
}

/* Takes the first ticket.  A kernel without MSG_COPY cannot look before taking. */
static int take(int queue, const struct ticket_request *request, struct message *message)
{
	ssize_t length = queue_receive(queue, message, MESSAGE_TICKET, false);

	if (length < 0)
		return (int)length;
	if (matches(message, (size_t)length, request))
		return 0;
	/* Fails only if the queue was removed or filled by its owner. */
	if ((size_t)length <= MESSAGE_TEXT_MAX)
		queue_send(queue, message, (size_t)length, false);
	return -EPERM;
}

/* Copies the first ticket to *message.  Returns its length, or an errno of queue_look(). */
static ssize_t look_for_ticket(int queue, const struct queue_info *info,
			       struct message *message)
{
	ssize_t length;

	if (info->messages > TICKET_LOOK_MAX)
		return -ENOMSG;
	for (unsigned position = 0; position < info->messages; position++) {
		length = queue_look(queue, position, message);
		if (length < 0 || message->type == MESSAGE_TICKET)
			return length;
	}
	return -ENOMSG;
}

static int prove(int queue, const struct queue_info *info, const struct ticket_request *request)
{
	struct message message;
	ssize_t length = look_for_ticket(queue, info, &message);

	if (length == -ENOSYS && info->cuid != geteuid())
		return take(queue, request, &message);
	if (length < 0)
		return (int)length;
	if (!matches(&message, (size_t)length, request))
		return -EPERM;
	return take(queue, request, &message);
}

int ticket_prove(int queue, const struct ticket_request *request, struct client *client)
{
	struct queue_info info;
	int error = queue_inspect(queue, &info);

	if (error != 0)
		return error;
	if (!given(&info))
		return -EACCES;
	error = prove(queue, &info, request);
	if (error == 0)
		fill_client(queue, DIALECT_CURRENT, &info, client);
	return error;
}

/* Decodes a request that names its own queue.  length: of the text, or an errno. */
static int decode(int queue, ssize_t length, const struct message *message,
		  struct request *request)
{
	int error;

	if (length < 0)
		return (int)length;
	/* A bare ticket: its request is in the request queue. */
	if (length == PROTOCOL_TICKET_BYTES)
		return -ENOMSG;
	if ((size_t)length > MESSAGE_TEXT_MAX)
		return -EMSGSIZE;
	error = request_decode(message->text, (size_t)length, request);
	return error == 0 && request->queue != queue ? -EPERM : error;
}

int ticket_take_request(int queue, const struct queue_info *info, struct message *message,
			struct client *client, struct request *request)
{
	int error;

	if (!given(info))
		return -EACCES;
	if (info->bytes < sizeof(struct request_wire))
		return -ENOMSG;
	error = decode(queue, look_for_ticket(queue, info, message), message, request);
	if (error != 0)
		return error;
	/* The client may have replaced the message meanwhile: decode the message just taken. */
	error = decode(queue, queue_receive(queue, message, MESSAGE_TICKET, false), message,
		       request);
	if (error != 0)
		return error;
	fill_client(queue, DIALECT_CURRENT, info, client);
	client->serial = request->serial;
	return 0;
}

/* Repeats the kernel's ipcperms(): avoids a fork for a queue that cannot be written to. */
static bool may_write(const struct queue_info *info)
{
	uid_t self = geteuid();

	if (self == 0)
		return true;
	if (self == info->uid || self == info->cuid)
		return (info->mode & 0200) != 0;
	if (group_member(info->gid) != 0 || group_member(info->cgid) != 0)
		return (info->mode & 0020) != 0;
	return (info->mode & 0002) != 0;
}

int ticket_identify_classic(int queue, enum dialect dialect, struct client *client)
{
	struct queue_info info;
	int error = queue_inspect_any(queue, &info);

	if (error != 0)
		return error;
	if (info.key != IPC_PRIVATE || info.uid != info.cuid)
		return -EACCES;
	if (!may_write(&info))
		return -EROFS;
	fill_client(queue, dialect, &info, client);
	return 0;
}
