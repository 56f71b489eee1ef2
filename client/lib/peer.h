/* SPDX-License-Identifier: ISC */
/*
 * peer: whether the daemon that was asked, and the worker that answers, still live.
 *
 * Looked at on each WAKE only.  Must not know replies or sinks.
 */
#ifndef MSGFETCH_LIB_PEER_H
#define MSGFETCH_LIB_PEER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "client/lib/attempt.h"

enum peer_state {
	PEER_LIVES,
	PEER_DAEMON_LOST, /* and nothing has come for a second since */
	PEER_WORKER_LOST, /* and all it sent has been read */
};

struct peer {
	key_t key;
	int queue, request_queue;
	bool worker_sought; /* its pid was looked for: found, or not to be seen from here */
	pid_t worker;       /* 0: not known */
	/* When the one or the other was first seen to be gone; CLOCK_NEVER: it lives. */
	uint64_t lost_at, dead_at;
};

void peer_init(struct peer *peer, const struct attempt *attempt, key_t key);

/*
 * To be called at a reply: learns the worker's pid from the queue's last sender,
 * where that is not a WAKE's, and where the pid means something in this namespace.
 */
void peer_note_reply(struct peer *peer);

/* Pure: whether a loss seen at lost_at is to be acted on now. */
bool peer_loss_is_due(uint64_t lost_at, uint64_t progress_at, uint64_t now);

/*
 * Looks.  lease_fallen: what the watch says.  progress_at: when the last reply
 * was dealt with.  A lost daemon's worker may well go on, so bytes that still
 * come are read on.
 */
enum peer_state peer_check(struct peer *peer, bool lease_fallen, uint64_t progress_at,
			   uint64_t now);

#endif
