/* SPDX-License-Identifier: ISC */
/*
 * outbox: a worker's way to its client.
 *
 * Owns the waiting for room in the client's queue and for slots of its ring to be
 * given back, and when to stop waiting: the client died, removed its queue, or takes nothing
 * for too long.  Must not know what is sent.
 */
#ifndef MSGFETCH_SERVER_TRANSFER_OUTBOX_H
#define MSGFETCH_SERVER_TRANSFER_OUTBOX_H

#include "common/queue.h"
#include "server/request/job.h"
#include "server/request/limits.h"
#include "server/stats/scoreboard.h"

#include <stdbool.h>

struct outbox {
	const struct client *client;
	const struct limits *limits;
	struct counters *counters; /* bytes and failures are counted there */
	struct pace pace;
	uint64_t ends_at; /* ms: when the transfer has to be over; 0: no limit */
	size_t chunk;     /* no message may have a longer text than this, in bytes */
	int pidfd;        /* -1 while not needed or not to be had */
	bool ticking;     /* the interval timer runs */
	uint32_t credits; /* slots of the ring that may be written */
};

/*
 * Prepares an outbox for client; all three must outlive it.  How many transfers share the
 * user's rate is read from counters, and may change any time.  Returns 0, or -EIDRM: the
 * client is gone.
 */
int outbox_open(struct outbox *outbox, const struct client *client, const struct limits *limits,
		struct counters *counters);

/*
 * Sends length bytes of message->text, at most outbox->chunk.  Returns 0, or
 *   -EIDRM      the client or its queue is gone; a dead client's queue was removed
 *   -ETIMEDOUT  the client took nothing for the stall limit; its queue was removed
 *   -ETIME      the transfer took longer than its limit
 *   or what else queue_send() says.
 * A classic client's queue is never removed: nothing proves whose it is.
 */
int outbox_send(struct outbox *outbox, const struct message *message, size_t length);

/*
 * Takes one credit, waiting for the client to give a slot back where there is none.
 * Slots are given back in the order they were sent.  A client that gives more
 * credits than it was sent slots spoils its own ring, and nothing else.  Returns 0 or
 * errors as above.
 */
int outbox_await_credit(struct outbox *outbox);

/* How many of want bytes of a file may go at once: all of them, or what the rate suggests. */
uint64_t outbox_piece(const struct outbox *outbox, uint64_t want);

/* Counts bytes of a file, and waits as the rate wants it.  Returns 0 or errors as above. */
int outbox_count(struct outbox *outbox, uint64_t bytes);

/*
 * A look at the client and the clock, between two pieces of work that sends nothing for
 * long.  Returns 0 or errors as above.
 */
int outbox_look(struct outbox *outbox);

#endif
