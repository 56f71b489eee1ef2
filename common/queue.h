/* SPDX-License-Identifier: ISC */
/*
 * queue: System V message queues.
 *
 * Owns every msg* call of the project.  Must not know what the messages mean.
 * Functions return 0 or more on success and a negative errno on failure.  An
 * object that is gone is always -EIDRM: the kernel says EIDRM to who slept on it
 * and EINVAL to who comes later (msgop(2)), and that difference helps nobody.
 */
#ifndef MSGFETCH_COMMON_QUEUE_H
#define MSGFETCH_COMMON_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#define QUEUE_TEXT_MAX 8192u

/*
 * A message as msgsnd(2) and msgrcv(2) want it.  text has room for one word
 * more than any message of the protocol, so that an oversized one shows itself
 * by its length rather than by an error that leaves it in the queue.
 */
struct message {
	long type;
	uint8_t text[QUEUE_TEXT_MAX + 8];
};

struct queue_info {
	uid_t uid, cuid; /* owner; creator, which nobody can change */
	gid_t gid, cgid;
	mode_t mode;
	key_t key;
	size_t messages;   /* in the queue now */
	size_t bytes;      /* of their texts */
	size_t bytes_max;  /* msg_qbytes */
	pid_t last_sender; /* in this PID namespace; 0: none yet, or from another */
	pid_t last_receiver;
	time_t received; /* when last, by the clock on the wall; 0: never */
	time_t touched;  /* the latest of that, of the last send and of the last change */
};

/* Creates an IPC_PRIVATE queue, mode 0600.  Returns its id, or -ENOSPC (msgmni), -ENOMEM. */
int queue_create_private(void);

/*
 * Creates the queue of key.  mode: permission bits.  Returns its id, or -EEXIST
 * where there is one already, -ENOSPC, -ENOMEM.
 */
int queue_create(key_t key, mode_t mode);

/* The id of the queue under key, or -ENOENT.  Needs no permission on it. */
int queue_find(key_t key);

/* The same, where the caller may send to it: -EACCES where not. */
int queue_find_for_sending(key_t key);

/* Hands the queue to another owner; its creator keeps full access.  -EPERM, -EIDRM. */
int queue_give_user(int id, uid_t uid);

/* Sets the queue's group and mode bits.  -EPERM, -EIDRM. */
int queue_restrict(int id, gid_t gid, mode_t mode);

/* Removes the queue and all that is in it.  -EPERM: not its owner or creator; -EIDRM. */
int queue_remove(int id);

/*
 * Sends the first length bytes of message->text.  wait: sleep while the queue is
 * full.  Returns 0, or -EAGAIN (full, not wait), -EINTR (wait, and a signal came:
 * never restarted, msgop(2)), -EACCES, -EIDRM, -ENOMEM, -EINVAL (type below 1,
 * or longer than kernel.msgmax).  Async-signal-safe on Linux: one system call.
 */
int queue_send(int id, const struct message *message, size_t length, bool wait);

/*
 * Takes the first message of the given type; 0 takes the first of any type, a
 * negative one the first of any type but its absolute value (MSG_EXCEPT, never
 * the reordering that msgrcv(2) has for negative types).  Returns the length of
 * the text, more than QUEUE_TEXT_MAX for a message that was longer and was cut;
 * or -ENOMSG (none, not wait), -EINTR (wait), -EACCES, -EIDRM.
 */
ssize_t queue_receive(int id, struct message *message, long type, bool wait);

/* What the kernel knows of a queue that one may read.  -EACCES, -EIDRM. */
int queue_inspect(int id, struct queue_info *info);

/*
 * The same for any queue, whoever owns it (MSG_STAT_ANY, Linux 4.17).  It takes
 * an index, so it looks through the table.  -EIDRM: no such queue; another errno
 * where the table could not be looked through.
 */
int queue_inspect_any(int id, struct queue_info *info);

/*
 * Copies the first message without taking it.  Returns its length as queue_receive()
 * does, or -ENOMSG, -EACCES, -EIDRM, -ENOSYS (a kernel without MSG_COPY).
 */
ssize_t queue_peek(int id, struct message *message);

/*
 * For looking through all queues: the highest slot of the kernel's table that is in use,
 * and what is in a slot.  queue_at() returns the queue's id, or -EIDRM (none there),
 * -EACCES (one that may not be read).
 */
int queue_last_slot(void);
int queue_at(int slot, struct queue_info *info);

/* The same for every queue, readable or not (Linux 4.17): its id, or -EIDRM. */
int queue_at_any(int slot, struct queue_info *info);

/* kernel.msgmax: the longest mtext that may be sent now, in bytes. */
int queue_message_max(void);

/* What the kernel allows in this namespace, and how much of it is in use. */
struct queue_limits {
	int queues;      /* msgmni */
	int queue_bytes; /* msgmnb: msg_qbytes of a new queue */
	int message;     /* msgmax */
	int queues_used;
};

/* Returns 0, or why the kernel does not say: -ENOSYS without System V IPC. */
int queue_limits(struct queue_limits *limits);

#endif
