/* SPDX-License-Identifier: ISC */
/*
 * queue: System V message queues.
 *
 * Owns every msg* call of the project.  Must not know the meaning of messages.  Functions
 * return 0 or more on success and a negative errno on failure.  A removed queue is always
 * -EIDRM, although the kernel reports EIDRM to sleepers and EINVAL to later callers (msgop(2)).
 */
#ifndef MSGFETCH_COMMON_SYSV_QUEUE_H
#define MSGFETCH_COMMON_SYSV_QUEUE_H

#include "common/message.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

struct queue_info {
	uid_t uid, cuid; /* owner; creator, which is fixed for the life of the queue */
	gid_t gid, cgid;
	mode_t mode;
	key_t key;
	size_t messages;   /* in the queue */
	size_t bytes;      /* in the texts of all messages */
	size_t bytes_max;  /* msg_qbytes */
	pid_t last_sender; /* 0: none yet, or a process of another PID namespace */
	pid_t last_receiver;
	time_t received; /* wall clock time of the last receive; 0: never */
	time_t changed;  /* creation or last IPC_SET */
	time_t touched;  /* the latest of the last receive, send and change */
};

/* Creates an IPC_PRIVATE queue, mode 0600.  Returns the id, or -ENOSPC (msgmni), -ENOMEM. */
int queue_create_private(void);

/*
 * Creates the queue of key.  mode: permission bits.  Returns its id, or -EEXIST (the key
 * already has a queue), -ENOSPC, -ENOMEM.
 */
int queue_create(key_t key, mode_t mode);

/* Returns the id of the queue under key, or -ENOENT.  Needs no permission on the queue. */
int queue_find(key_t key);

/* Like queue_find(), but returns -EACCES if the caller may not send to the queue. */
int queue_find_for_sending(key_t key);

/* Gives the queue to another owner; the creator keeps full access.  -EPERM, -EIDRM. */
int queue_give_user(int id, uid_t uid);

/* Sets the queue's group and mode bits.  -EPERM, -EIDRM. */
int queue_restrict(int id, gid_t gid, mode_t mode);

/* Removes the queue and its messages.  -EPERM: neither owner nor creator; -EIDRM. */
int queue_remove(int id);

/*
 * Sends the first length bytes of message->text.  wait: sleep while the queue is full.
 * Returns 0, or -EAGAIN (full, without wait), -EINTR (a signal ended the wait; never
 * restarted, msgop(2)), -EACCES, -EIDRM, -ENOMEM, -EINVAL (type below 1, or length above
 * kernel.msgmax).  Async-signal-safe on Linux: one system call.
 */
int queue_send(int id, const struct message *message, size_t length, bool wait);

/*
 * Takes the first message of type.  Type 0 takes the first message of any type.  A negative
 * type takes the first message of any other type (MSG_EXCEPT, not the reordering of
 * msgrcv(2)).  Returns the length of the text in bytes, above MESSAGE_TEXT_MAX if the message
 * was longer and was cut; or -ENOMSG (none, without wait), -EINTR (with wait), -EACCES,
 * -EIDRM.
 */
ssize_t queue_receive(int id, struct message *message, long type, bool wait);

/* Reads the state of a queue with read permission.  -EACCES, -EIDRM. */
int queue_inspect(int id, struct queue_info *info);

/*
 * Reads the state of any queue, without read permission (MSG_STAT_ANY, Linux 4.17).  The
 * kernel call takes a slot, which the id holds: at most two calls.  -EIDRM: no such queue;
 * another errno: the slot cannot be read.
 */
int queue_inspect_any(int id, struct queue_info *info);

/*
 * Copies the message at position (0: the first) and leaves the queue as it is, including the
 * process ids and times that the kernel records.  Returns the length of the text in bytes, or
 * -ENOMSG (fewer messages), -EMSGSIZE (longer than the buffer), -EACCES, -EIDRM, -ENOSYS (a
 * kernel without MSG_COPY, which needs CONFIG_CHECKPOINT_RESTORE).
 */
ssize_t queue_look(int id, unsigned position, struct message *message);

/*
 * Scanning all queues: queue_last_slot() returns the highest used slot of the kernel's table.
 * queue_at() returns the id of the queue in slot, or -EIDRM (the slot is empty), -EACCES (no
 * read permission).
 */
int queue_last_slot(void);
int queue_at(int slot, struct queue_info *info);

/* Like queue_at(), without read permission (Linux 4.17).  Returns the id, or -EIDRM. */
int queue_at_any(int slot, struct queue_info *info);

/* Returns kernel.msgmax: the maximum length of a message text, in bytes. */
int queue_message_max(void);

/* Limits of this IPC namespace, and current use. */
struct queue_limits {
	int queues;      /* msgmni */
	int queue_bytes; /* msgmnb: msg_qbytes of a new queue */
	int message;     /* msgmax */
	int queues_used;
};

/* Returns 0, or a negative errno: -ENOSYS without System V IPC. */
int queue_limits(struct queue_limits *limits);

#endif
