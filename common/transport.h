/* SPDX-License-Identifier: ISC */
/*
 * transport: the seam between msgfetch and the kernel's IPC.
 *
 * Declares the calls of each role, which every family of IPC defines once, in a folder of its
 * own below common/.  Code above the seam reaches a client only through these calls.  Must not
 * know any family, nor the meaning of messages.
 *
 * Each call returns 0 or more on success and a negative errno on failure.  An object that the
 * other side removed is always -EIDRM.
 */
#ifndef MSGFETCH_COMMON_TRANSPORT_H
#define MSGFETCH_COMMON_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "common/message.h"
#include "common/protocol.h"

struct ring;
struct transport_worker;

/* The longest time that a call with wait sleeps, in ms. */
#define TRANSPORT_TICK_MS 250u

/* The client's protocol: it decides the layout of every reply. */
enum dialect {
	DIALECT_CURRENT,       /* common/protocol.h */
	DIALECT_CLASSIC_LARGE, /* replies of up to 8192 bytes */
	DIALECT_CLASSIC_SMALL, /* replies of up to 4096 bytes */
	DIALECT_CLASSIC_OTHER, /* the client's buffer is not known: replies of up to 512 bytes
				*/
};

/* The receiver of the replies. */
struct client {
	const struct transport_worker *transport; /* the calls that reach the client */
	enum dialect dialect;
	int queue;
	uint32_t serial;
	uid_t uid; /* of the queue's creator, as the kernel recorded it; so is gid */
	gid_t gid;
	uid_t account;  /* the user whose limits count; see limits.h for unknown users */
	time_t changed; /* of the queue, as in struct queue_info: differs for a reused id */
	pid_t pid; /* the last sender to the queue; 0: a process of another PID namespace */
};

/* A worker's connection to its client. */
struct link {
	const struct client *client;
	size_t text_max; /* longest text of a message, in bytes */
	int pidfd;       /* of the client; -1: not opened, or not available */
	bool watching;   /* the client's process is watched, if that is possible */
	bool ticking;    /* the interval timer runs */
};

/* The calls that reach one client, for the daemon and its workers. */
struct transport_worker {
	/*
	 * Opens a worker's connection to client, which must outlive *link.  Returns 0, -EIDRM
	 * (the client is gone), or another negative errno.
	 */
	int (*open)(struct link *link, const struct client *client);

	/*
	 * Sends length bytes of message->text, at most link->text_max.  wait: sleep while the
	 * client has no room, at most TRANSPORT_TICK_MS.  Returns 0, or -EAGAIN (no room,
	 * without wait), -EINTR (no room so far, with wait), -EIDRM, or another negative errno.
	 */
	int (*send)(struct link *link, const struct message *message, size_t length, bool wait);

	/* Waits for the client to return one slot of its ring.  Returns as send() with wait. */
	int (*await_slot)(struct link *link);

	/* Returns 0, -EIDRM if the client has died or left, or another negative errno. */
	int (*check)(struct link *link);

	/*
	 * Attaches the ring that the request offers.  Returns 0, or -EIDRM (no such ring),
	 * -EACCES (not the client's, or not writable), -EINVAL (another size), -ENOMEM.
	 * detach_ring() accepts a ring that was never attached.
	 */
	int (*attach_ring)(const struct link *link, const struct request *request,
			   struct ring *ring);
	void (*detach_ring)(struct ring *ring);

	/*
	 * Sends a message without a connection and without waiting, from the daemon or a
	 * worker. Returns 0, or -EAGAIN (no room), -EIDRM, -EACCES, -ENOMEM, -EINVAL (length is
	 * above post_max()).
	 */
	int (*post)(const struct client *client, const struct message *message, size_t length);

	/* Returns the longest text that post() can send, in bytes. */
	size_t (*post_max)(void);

	/*
	 * Returns true if the client has not left since its request was proved.  Call this
	 * before acting on a client that was proved earlier.
	 */
	bool (*present)(const struct client *client);

	/*
	 * Gives the client up: a client that still waits learns of the end at once.  Does
	 * nothing for a classic client, whose queue is never removed: nothing proves who owns
	 * it.
	 */
	void (*abandon)(const struct client *client);
};

/* System V: common/sysv/worker.c. */
extern const struct transport_worker sysv_worker;

#endif
