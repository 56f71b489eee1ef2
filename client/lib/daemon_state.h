/* SPDX-License-Identifier: ISC */
/*
 * daemon: whether the daemon that was asked, and the worker that answers, still live.
 *
 * Looked at on each WAKE only.  Must not know replies or sinks.
 */
#ifndef MSGFETCH_LIB_DAEMON_STATE_H
#define MSGFETCH_LIB_DAEMON_STATE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "client/lib/attempt.h"

enum daemon_life {
	DAEMON_LIVES,
	DAEMON_DAEMON_LOST, /* and nothing has come for a second since */
	DAEMON_WORKER_LOST, /* and all it sent has been read */
};

struct daemon_state {
	key_t key;
	int queue, request_queue;
	bool worker_sought; /* its pid was looked for: found, or not to be seen from here */
	pid_t worker;       /* 0: not known */
	/* When the one or the other was first seen to be gone; CLOCK_NEVER: it lives. */
	uint64_t lost_at, dead_at;
};

void daemon_state_init(struct daemon_state *daemon, const struct attempt *attempt, key_t key);

/*
 * To be called at a reply: learns the worker's pid from the queue's last sender,
 * where that is not a WAKE's, and where the pid means something in this namespace.
 */
void daemon_state_note_reply(struct daemon_state *daemon);

/* Pure: whether a loss seen at lost_at is to be acted on now. */
bool daemon_state_loss_is_due(uint64_t lost_at, uint64_t progress_at, uint64_t now);

/*
 * Looks.  lease_fallen: what the watch says.  progress_at: when the last reply
 * was dealt with.  A lost daemon's worker may well go on, so bytes that still
 * come are read on.
 */
enum daemon_life daemon_state_check(struct daemon_state *daemon, bool lease_fallen,
				    uint64_t progress_at, uint64_t now);

#endif
