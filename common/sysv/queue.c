/* SPDX-License-Identifier: ISC */
/* queue: the only caller of msgget, msgsnd, msgrcv and msgctl. */
#include "config.h"

#include "common/sysv/queue.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/ipc.h>
#include <sys/msg.h>

/* An id holds its slot in the low bits: 15 bits, or 24 with ipcmni_extend. */
#define INDEX_BITS_USUAL 15
#define INDEX_BITS_EXTENDED 24

_Static_assert(offsetof(struct message, text) == sizeof(long), "msgsnd wants text after type");

static int negative_errno(void)
{
	return errno == EINVAL ? -EIDRM : -errno;
}

int queue_create_private(void)
{
	int id = msgget(IPC_PRIVATE, 0600);

	return id >= 0 ? id : -errno;
}

int queue_create(key_t key, mode_t mode)
{
	int id = msgget(key, IPC_CREAT | IPC_EXCL | (int)(mode & 0777));

	return id >= 0 ? id : -errno;
}

int queue_find(key_t key)
{
	int id = msgget(key, 0);

	return id >= 0 ? id : -errno;
}

int queue_find_for_sending(key_t key)
{
	/* For an existing queue, msgget(2) checks the permissions in the mode. */
	int id = msgget(key, 0222);

	return id >= 0 ? id : -errno;
}

int queue_give_user(int id, uid_t uid)
{
	struct msqid_ds status;

	if (msgctl(id, IPC_STAT, &status) != 0)
		return negative_errno();
	status.msg_perm.uid = uid;
	return msgctl(id, IPC_SET, &status) == 0 ? 0 : negative_errno();
}

int queue_restrict(int id, gid_t gid, mode_t mode)
{
	struct msqid_ds status;

	if (msgctl(id, IPC_STAT, &status) != 0)
		return negative_errno();
	status.msg_perm.gid = gid;
	status.msg_perm.mode = (unsigned short)(mode & 0777);
	return msgctl(id, IPC_SET, &status) == 0 ? 0 : negative_errno();
}

int queue_remove(int id)
{
	return msgctl(id, IPC_RMID, NULL) == 0 ? 0 : negative_errno();
}

int queue_send(int id, const struct message *message, size_t length, bool wait)
{
	int result;

	if (message->type < 1 || length > MESSAGE_TEXT_MAX)
		return -EINVAL;
	do
		result = msgsnd(id, message, length, wait ? 0 : IPC_NOWAIT);
	while (result != 0 && errno == EINTR && !wait);
	if (result == 0)
		return 0;
	if (errno == EINVAL && length > (size_t)queue_message_max())
		return -EINVAL;
	return negative_errno();
}

ssize_t queue_receive(int id, struct message *message, long type, bool wait)
{
	int flags = MSG_NOERROR | (wait ? 0 : IPC_NOWAIT) | (type < 0 ? MSG_EXCEPT : 0);
	ssize_t length;

	do
		length = msgrcv(id, message, sizeof(message->text), labs(type), flags);
	while (length < 0 && errno == EINTR && !wait);
	return length >= 0 ? length : negative_errno();
}

static time_t latest(time_t a, time_t b)
{
	return a > b ? a : b;
}

static void fill_info(const struct msqid_ds *status, struct queue_info *info)
{
	*info = (struct queue_info){
		.uid = status->msg_perm.uid,
		.cuid = status->msg_perm.cuid,
		.gid = status->msg_perm.gid,
		.cgid = status->msg_perm.cgid,
		.mode = status->msg_perm.mode & 0777,
		.key = status->msg_perm.__key,
		.messages = status->msg_qnum,
		.bytes = status->msg_cbytes,
		.bytes_max = status->msg_qbytes,
		.last_sender = status->msg_lspid,
		.last_receiver = status->msg_lrpid,
		.received = status->msg_rtime,
		.changed = status->msg_ctime,
		.touched =
			latest(latest(status->msg_ctime, status->msg_stime), status->msg_rtime),
	};
}

int queue_inspect(int id, struct queue_info *info)
{
	struct msqid_ds status;

	if (msgctl(id, IPC_STAT, &status) != 0)
		return negative_errno();
	fill_info(&status, info);
	return 0;
}

int queue_inspect_any(int id, struct queue_info *info)
{
	const int slots[] = {id & ((1 << INDEX_BITS_USUAL) - 1),
			     id & ((1 << INDEX_BITS_EXTENDED) - 1)};
	int error = -EIDRM;

	for (size_t i = 0; i < sizeof(slots) / sizeof(slots[0]); i++) {
		int found = queue_at_any(slots[i], info);

		if (found == id)
			return 0;
		if (found < 0 && error == -EIDRM)
			error = found;
	}
	return error;
}

ssize_t queue_look(int id, unsigned position, struct message *message)
{
	ssize_t length;

	do
		length = msgrcv(id, message, sizeof(message->text), (long)position,
				MSG_COPY | IPC_NOWAIT);
	while (length < 0 && errno == EINTR);
	if (length >= 0)
		return length;
	return errno == E2BIG ? -EMSGSIZE : negative_errno();
}

/* command: IPC_INFO or MSG_INFO.  Returns the last used slot. */
static int read_table(int command, struct msginfo *info)
{
	union {
		struct msginfo info;
		struct msqid_ds status; /* the declared type of msgctl's argument */
	} table;
	int last = msgctl(0, command, &table.status);

	if (last < 0)
		return -errno;
	*info = table.info;
	return last;
}

int queue_last_slot(void)
{
	struct msginfo info;

	return read_table(MSG_INFO, &info);
}

/* command: MSG_STAT or MSG_STAT_ANY. */
static int at(int slot, int command, struct queue_info *info)
{
	struct msqid_ds status = {0}; /* for memcheck, which does not know MSG_STAT_ANY */
	int id = msgctl(slot, command, &status);

	if (id < 0)
		return negative_errno();
	fill_info(&status, info);
	return id;
}

int queue_at(int slot, struct queue_info *info)
{
	return at(slot, MSG_STAT, info);
}

int queue_at_any(int slot, struct queue_info *info)
{
	return at(slot, MSG_STAT_ANY, info);
}

int queue_message_max(void)
{
	struct msginfo info = {0};

	return read_table(IPC_INFO, &info) < 0 ? (int)MESSAGE_TEXT_MAX : info.msgmax;
}

int queue_limits(struct queue_limits *limits)
{
	struct msginfo allowed = {0}, used = {0};
	int result = read_table(IPC_INFO, &allowed);

	if (result >= 0)
		result = read_table(MSG_INFO, &used);
	if (result < 0)
		return result;
	*limits = (struct queue_limits){
		.queues = allowed.msgmni,
		.queue_bytes = allowed.msgmnb,
		.message = allowed.msgmax,
		.queues_used = used.msgpool,
	};
	return 0;
}
