/* SPDX-License-Identifier: ISC */
/*
 * daemon_state: checks whether the daemon and the worker of an attempt still live.
 *
 * The checks run on each WAKE only.  Must not know replies or sinks.
 */
#ifndef MSGFETCH_LIB_DAEMON_STATE_H
#define MSGFETCH_LIB_DAEMON_STATE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "client/lib/attempt.h"

enum daemon_life {
	DAEMON_LIVES,
	DAEMON_LOST, /* the daemon is gone, and no reply has come for a second */
	WORKER_LOST, /* the worker is gone, and its last reply has been read */
};

struct daemon_state {
	key_t key;
	int queue, request_queue;
	bool worker_sought; /* worker is set, or its pid is not visible from here */
	pid_t worker;       /* 0: unknown */
	uint64_t lost_at;   /* when the daemon was first missing; CLOCK_NEVER: it lives */
	uint64_t dead_at;   /* when the worker was first missing; CLOCK_NEVER: it lives */
};

void daemon_state_init(struct daemon_state *daemon, const struct attempt *attempt, key_t key);

/*
 * Call after each reply.  Learns the worker's pid from the queue's last sender, unless that
 * was the session's own WAKE.  The pid is 0 if the worker is in another PID namespace.
 */
void daemon_state_note_reply(struct daemon_state *daemon);

/*
 * Checks the daemon and the worker.  lease_fallen: from the watch.  progress_at: when the
 * last reply was handled.  Replies of a lost daemon's worker are still read.
 */
enum daemon_life daemon_state_check(struct daemon_state *daemon, bool lease_fallen,
				    uint64_t progress_at, uint64_t now);

#endif
