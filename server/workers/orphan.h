/* SPDX-License-Identifier: ISC */
/*
 * orphan: whether a queue or a segment was left by a client that died.
 *
 * Owns that decision.  No system call: what is known of the object and of the
 * processes that used it is handed in.
 */
#ifndef MSGFETCH_SERVER_WORKERS_ORPHAN_H
#define MSGFETCH_SERVER_WORKERS_ORPHAN_H

#include "common/queue.h"
#include "common/ring.h"

#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

/* What a process id says: nothing, where it is 0 or the asker's own. */
enum life {
	LIFE_UNKNOWN,
	LIFE_LIVES,
	LIFE_GONE,
};

enum orphan {
	LEFTOVER_FOREIGN, /* never the daemon's to remove */
	LEFTOVER_LIVE,    /* a process that used it lives */
	LEFTOVER_YOUNG,   /* nothing is known of its client, but it was touched lately */
	LEFTOVER_DEAD,    /* its client is dead */
	LEFTOVER_OLD,     /* nothing is known of its client, and nobody touched it for long */
};

struct orphan_policy {
	uid_t self;         /* the daemon's user */
	unsigned patience;  /* seconds that a client may read nothing while all else is dead */
	unsigned age_limit; /* seconds until what cannot be known is taken for dead */
};

/* Who used a queue. */
struct orphan_users {
	bool proved;      /* a request named the queue and proved it, to this daemon */
	enum life client; /* who put the ticket into it; unknown where not proved */
	enum life sender, receiver;
};

/*
 * A queue that nobody serves.  Removed are only queues that were given to us: private,
 * mode 0600, and made by another user, or proved.  now: by the clock on the wall.
 */
enum orphan orphan_judge_queue(const struct queue_info *info, const struct orphan_users *users,
			       const struct orphan_policy *policy, time_t now);

/* A segment: given to us by another user, and neither attached nor removed. */
enum orphan orphan_judge_segment(const struct ring_info *info, enum life creator,
				 const struct orphan_policy *policy, time_t now);

/* True for what is to be removed now. */
bool orphan_is_due(enum orphan orphan);

/* True for what may become due later. */
bool orphan_is_watched(enum orphan orphan);

#endif
