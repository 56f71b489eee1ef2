/* SPDX-License-Identifier: ISC */
/*
 * daemon_state: checks whether the daemon and the worker of an attempt still live.
 *
 * The checks run only when a wait ends without a reply.  Must not know replies or sinks.
 */
#ifndef MSGFETCH_LIB_DAEMON_STATE_H
#define MSGFETCH_LIB_DAEMON_STATE_H

#include "client/lib/session.h"

#include <stdint.h>

enum daemon_life {
	DAEMON_LIVES,
	DAEMON_LOST, /* the daemon is gone, and no reply has come for a second */
	WORKER_LOST, /* the worker is gone, and its last reply has been read */
};

struct daemon_state {
	const struct msgfetch *session;
	uint64_t lost_at; /* when the daemon was first missing; CLOCK_NEVER: it lives */
	uint64_t dead_at; /* when the worker was first missing; CLOCK_NEVER: it lives */
};

void daemon_state_init(struct daemon_state *daemon, const struct msgfetch *session);

/* Call after each reply: its sender lived a moment ago. */
void daemon_state_note_reply(struct daemon_state *daemon);

/*
 * Checks the daemon and the worker.  progress_at: when the last reply was handled.  Replies of
 * a lost daemon's worker are still read.
 */
enum daemon_life daemon_state_check(struct daemon_state *daemon, uint64_t progress_at,
				    uint64_t now);

#endif
