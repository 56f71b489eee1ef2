/* SPDX-License-Identifier: ISC */
/*
 * outbox: sends a worker's messages to its client.
 *
 * Owns waiting, for room in the client's queue and for free slots of its ring, and the end
 * of waiting: the client died, removed its queue, or received nothing for too long.  Must
 * not know the content of messages.
 */
#ifndef MSGFETCH_SERVER_TRANSFER_OUTBOX_H
#define MSGFETCH_SERVER_TRANSFER_OUTBOX_H

#include "common/transport.h"
#include "server/request/job.h"
#include "server/request/limits.h"
#include "server/stats/scoreboard.h"

#include <stdbool.h>

struct outbox {
	const struct client *client;
	const struct limits *limits;
	struct counters *counters; /* bytes and delays are counted here */
	struct pace pace;
	uint64_t ends_at; /* ms: the deadline of the transfer; 0: none */
	uint32_t credits; /* slots of the ring that the worker may write */
	struct link link;
};

/*
 * Prepares an outbox for client.  client, limits and counters must outlive the outbox; the
 * daemon may change counters->sharers at any time.  Returns 0, -EIDRM (the client is gone),
 * or another negative errno of transport_worker.open().
 */
int outbox_open(struct outbox *outbox, const struct client *client, const struct limits *limits,
		struct counters *counters);

/*
 * Sends length bytes of message->text, at most outbox->link.text_max.  Returns 0, or
 *   -EIDRM      the client or its queue is gone; a dead client's queue was removed
 *   -ETIMEDOUT  the client received nothing within the stall limit; its queue was removed
 *   -ETIME      the transfer took longer than its limit
 *   or another negative errno of transport_worker.send().
 * A classic client's queue is never removed: nothing proves who owns it.
 */
int outbox_send(struct outbox *outbox, const struct message *message, size_t length);

/* Attach and detach the ring: see struct transport_worker. */
int outbox_attach_ring(struct outbox *outbox, const struct request *request, struct ring *ring);
void outbox_detach_ring(const struct outbox *outbox, struct ring *ring);

/*
 * Takes one credit; without one, waits for the client to return a slot.  Clients return
 * slots in the order they were sent.  A client that sends too many credits only garbles its
 * own ring.  Returns as outbox_send().
 */
int outbox_await_credit(struct outbox *outbox);

/* Returns how many of want bytes to send at once: all, or fewer where a rate limit is set. */
uint64_t outbox_piece(const struct outbox *outbox, uint64_t want);

/* Counts bytes of a file, and waits for the rate limit.  Returns as outbox_send(). */
int outbox_count(struct outbox *outbox, uint64_t bytes);

/*
 * Waits until fd can be read (-1: nothing), or for timeout_ms (-1: no limit): see struct
 * transport_worker.  Returns 0, also early, or as outbox_send().
 */
int outbox_wait(struct outbox *outbox, int fd, int timeout_ms);

/*
 * Checks client and deadline, for work that sends nothing for seconds.  Returns as
 * outbox_send().
 */
int outbox_check(struct outbox *outbox);

#endif
