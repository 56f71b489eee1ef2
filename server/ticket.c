/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/ticket.h"

#include "common/queue.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ipc.h>
#include <unistd.h>

static void fill_peer(int queue, enum dialect dialect, const struct queue_info *info,
		      struct peer *peer)
{
	*peer = (struct peer){
		.dialect = dialect,
		.queue = queue,
		.uid = info->cuid,
		.gid = info->cgid,
		/* Ours, where a stranger's guess made us put the ticket back: then not known.
		 */
		.pid = info->last_sender != getpid() ? info->last_sender : 0,
	};
}

int ticket_prove(int queue, const uint8_t ticket[PROTOCOL_TICKET_BYTES], struct peer *peer)
{
	struct queue_info info;
	struct message message;
	ssize_t length;
	int error = queue_inspect(queue, &info);

	if (error != 0)
		return error;
	/* Looked at before it is touched: root could read any program's queue. */
	if (info.uid != geteuid() || info.key != IPC_PRIVATE || (info.mode & 0077) != 0)
		return -EACCES;
	length = queue_receive(queue, &message, MESSAGE_TICKET, false);
	if (length < 0)
		return (int)length;
	if (length != PROTOCOL_TICKET_BYTES ||
	    memcmp(message.text, ticket, PROTOCOL_TICKET_BYTES) != 0) {
		/* Fails only where the queue vanished or its owner filled it: their loss. */
		if ((size_t)length <= QUEUE_TEXT_MAX)
			queue_send(queue, &message, (size_t)length, false);
		return -EPERM;
	}
	fill_peer(queue, DIALECT_CURRENT, &info, peer);
	return 0;
}

/* ipcperms() of the kernel, so that a queue we could not answer into costs no fork. */
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

int ticket_identify_classic(int queue, enum dialect dialect, struct peer *peer)
{
	struct queue_info info;
	int error = queue_inspect_any(queue, &info);

	if (error != 0)
		return error;
	if (info.key != IPC_PRIVATE || info.uid != info.cuid || !may_write(&info))
		return -EACCES;
	fill_peer(queue, dialect, &info, peer);
	return 0;
}
