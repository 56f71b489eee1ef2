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

#include "common/message.h"
#include "common/protocol.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

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
	int daemon;      /* a pidfd of the daemon; -1: not opened, or not available */
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
	 * Waits until fd can be read (-1: nothing), or for timeout_ms (-1: no limit), without a
	 * timer of its own: the end of the client's process or of the daemon ends the wait, and
	 * SIGALRM, which the daemon sends to a worker whose client has gone in another way.
	 * Returns 0, also early, or -EIDRM, or another negative errno.
	 */
	int (*wait)(struct link *link, int fd, int timeout_ms);

	/*
	 * Returns false once no process holds the request's seal, of this id, any more: its
	 * client has ended, in whatever PID namespace.
	 */
	bool (*held)(int seal);

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

/* ---- the client's side */

struct channel;

/* A daemon, found or not. */
struct found {
	uid_t owners[3]; /* users who own a part of the address: all must be trusted */
	unsigned count;
	bool foreign; /* the user may not read a part that every user may read of msgfetchd */
	const char *action; /* on an error other than -ENOENT: the action that failed */
};

/* The cause of a failure, for people. */
struct trouble {
	const char *action; /* the action that failed */
	const char *advice; /* the reason and the next step; NULL: the errno tells */
};

/*
 * The calls of a client.  A channel serves one request at a time, from find() to leave(), and
 * any number in sequence.
 */
struct transport_client {
	/* Returns a channel for the daemon of key, or NULL without memory. */
	struct channel *(*open)(key_t key);

	/* Frees the channel.  forked: in a forked child, which must remove nothing. */
	void (*close)(struct channel *channel, bool forked);

	/*
	 * Finds the daemon.  Fills *found also on failure, as far as it came.  The caller
	 * checks the owners before it acts on the result.  Returns 0 if the daemon lives;
	 * -ENOENT: no daemon; or another errno.
	 */
	int (*find)(struct channel *channel, struct found *found);

	/*
	 * Creates the objects of one request to the daemon found, and names them in *request.
	 * Returns 0; -ECANCELED after remove(); or another errno and *trouble.
	 */
	int (*create)(struct channel *channel, struct request *request,
		      struct trouble *trouble);

	/*
	 * Creates a ring for the daemon found, unless the channel has one, and names it in
	 * *request.  Returns 0 or a negative errno, and then there is no ring.
	 */
	int (*offer_ring)(struct channel *channel, uint32_t slots, uint32_t slot_bytes,
			  struct request *request);

	/* Returns the ring, or NULL. */
	const struct ring *(*ring)(const struct channel *channel);

	/*
	 * Drops the ring.  Required after a failed attempt, whose worker may still write to the
	 * ring, and after an attempt that used the ring, so that an idle session holds no
	 * shared memory.
	 */
	void (*drop_ring)(struct channel *channel);

	/*
	 * Makes the request ready to be asked, and proof that it is the client's.  message: the
	 * encoded request of length bytes.  Returns 0, or an errno and *trouble; -EINVAL:
	 * longer than text_max().
	 */
	int (*hand_over)(struct channel *channel, struct message *message, size_t length,
			 struct trouble *trouble);

	/*
	 * Asks the daemon, without waiting.  Returns 0, also if an earlier call asked; -EAGAIN:
	 * the daemon has no room; try again when receive() returns -EINTR; -EIDRM: the daemon
	 * left; -EACCES: this user may not ask; -EINVAL: longer than text_max().
	 */
	int (*ask)(struct channel *channel, struct message *message, size_t length);

	/* Asks again if no earlier call did.  Overwrites *message.  Returns as ask(). */
	int (*ask_again)(struct channel *channel, struct message *message);

	/* Returns true if the daemon was asked. */
	bool (*asked)(const struct channel *channel);

	/*
	 * Receives the next reply; waits for it, but no longer than tick_ms.  answered: a reply
	 * came before.  Returns the length of the text in bytes; -EINTR: none so far, or wake()
	 * was called; -EIDRM: the daemon gave the client up; -EAGAIN, -ENOMEM: cannot wait,
	 * because there is no thread; or another errno.
	 */
	ssize_t (*receive)(struct channel *channel, struct message *message, bool answered,
			   unsigned tick_ms);

	/* Returns one slot of the ring to the worker, in order.  Returns false: try again
	 * later. */
	bool (*return_slot)(struct channel *channel);

	/* Returns true if the daemon that was asked has died or was replaced. */
	bool (*daemon_gone)(struct channel *channel);

	/* Returns true if the worker has died and has left no message. */
	bool (*worker_gone)(struct channel *channel);

	/* Returns true if a worker or daemon has answered, as far as the kernel tells. */
	bool (*worker_seen)(const struct channel *channel);

	/* Ends a receive() that runs in another thread.  Async-signal-safe. */
	void (*wake)(struct channel *channel);

	/* Removes the objects of the current request, for ever.  Async-signal-safe. */
	void (*remove)(struct channel *channel);

	/* Ends the request and removes its objects. */
	void (*leave)(struct channel *channel);

	/* Returns the longest request, in bytes. */
	size_t (*text_max)(void);
};

/* System V: common/sysv/client.c. */
extern const struct transport_client sysv_client;

/* ---- the daemon's door */

struct door;

/* The owner of an address that the daemon cannot take. */
struct door_holder {
	int queue;      /* id of the queue; -1: something else is in the way */
	uid_t owner;    /* (uid_t)-1: unknown */
	pid_t receiver; /* last process that received from the queue; 0: unknown */
};

/* The messages that wait. */
struct door_backlog {
	size_t messages;
	size_t bytes;     /* in their texts */
	size_t bytes_max; /* for which there is room */
};

/* Takes the requests that a scan finds. */
struct door_visitor {
	void *context;
	/* Returns true if a request of uid would be taken now. */
	bool (*wants)(void *context, uid_t uid);
	/* Takes a proved request.  error: 0, or as from prove(). */
	void (*take)(void *context, const struct client *client, const struct request *request,
		     int error);
};

/* The calls of the daemon's loop. */
struct transport_door {
	/*
	 * Takes the address.  group: only its members may ask; (gid_t)-1: everybody may.
	 * Returns 0, or
	 *   -EBUSY   a living daemon holds the address
	 *   -EEXIST  another program of the same user uses the address; see *holder
	 *   -EPERM   another user holds the address; see *holder
	 *   -ENOSPC, -ENOMEM, -E2BIG: a limit of the kernel
	 */
	int (*open)(struct door *door, key_t key, gid_t group, struct door_holder *holder);

	/* Gives the address up, if the calling process took it. */
	void (*close)(struct door *door);

	/*
	 * Takes the lease again if another process removed it.  *retaken: the lease was lost
	 * and is taken again.  Returns 0 if the daemon holds the lease; -EBUSY: another daemon
	 * took the address meanwhile; other errors as for open().
	 */
	int (*keep)(struct door *door, bool *retaken);

	/*
	 * Makes a new queue after another process removed it.  -EEXIST, -EPERM: another program
	 * has the address now.  Other errors as for open().
	 */
	int (*reopen)(struct door *door, struct door_holder *holder);

	/*
	 * Receives the next message.  Returns the length of its text in bytes (above
	 * MESSAGE_TEXT_MAX: longer than any request), or -ENOMSG (only without wait), -EINTR,
	 * -EIDRM (the queue was removed: reopen()).  The text has length 0 and the type is
	 * MESSAGE_WAKE if wake() sent the message, or a stranger.
	 */
	ssize_t (*receive)(struct door *door, struct message *message, bool wait);

	/*
	 * Validates the message just received and proves that its sender is the client named
	 * there.  Fills *client and *request, which points into *message.  Returns 0; -ENOBUFS:
	 * no memory now, but the client is proved (no call of a family fails with this errno);
	 * -EROFS: the client's queue takes no answer; or the reason why the message is junk.  A
	 * classic client with junk is identified if client->dialect is not DIALECT_CURRENT.
	 */
	int (*prove)(struct door *door, struct message *message, size_t length,
		     struct client *client, struct request *request);

	/*
	 * After -EROFS: fills *creator and *mode of the queue.  Returns false if it is gone.
	 */
	bool (*unwritable)(const struct request *request, uid_t *creator, mode_t *mode);

	/* Returns true, once, if scan() took this request: a duplicate, not junk. */
	bool (*scanned)(struct door *door, const struct request *request);

	/* Counts a message of length bytes.  good: the message was a request. */
	void (*count)(struct door *door, size_t length, bool good);

	/*
	 * Returns true if requests may wait that no message announces.  empty: no message
	 * waits. *idle: no request came for long, so that the daemon may pause.
	 */
	bool (*scan_due)(struct door *door, bool empty, bool *idle);

	/* Finds such requests.  Overwrites *message. */
	void (*scan)(struct door *door, struct message *message,
		     const struct door_visitor *visitor);

	/* Returns the process that sent last, or 0: unknown.  Good for a log line only. */
	pid_t (*last_sender)(const struct door *door);

	/* Fills *backlog.  Returns 0 or a negative errno. */
	int (*backlog)(const struct door *door, struct door_backlog *backlog);

	/* Returns the argument of wake(). */
	int (*waker)(const struct door *door);

	/*
	 * Ends a receive() that waits.  Returns 0 if a message was sent; a full queue wakes the
	 * daemon anyway.  Async-signal-safe.
	 */
	int (*wake)(int waker);
};

/* System V: common/sysv/door.c. */
extern const struct transport_door sysv_door;

#endif
