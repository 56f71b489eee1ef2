/* SPDX-License-Identifier: ISC */
/*
 * orphan: queues and segments left by dead clients.
 *
 * Owns the decision on one object.  The caller passes the state of the object and of the
 * processes that used it.  No system call.
 */
#ifndef MSGFETCH_SERVER_WORKERS_ORPHAN_H
#define MSGFETCH_SERVER_WORKERS_ORPHAN_H

#include "common/sysv/queue.h"
#include "common/sysv/ring.h"

#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

/* The state of a process.  Unknown when the pid is 0 or the caller's own. */
enum life {
	LIFE_UNKNOWN,
	LIFE_LIVES,
	LIFE_GONE,
};

enum orphan {
	ORPHAN_FOREIGN, /* not the daemon's; never removed */
	ORPHAN_LIVE,    /* a process that used the object lives */
	ORPHAN_YOUNG,   /* the client is unknown, and the object was used recently */
	ORPHAN_DEAD,    /* the client is dead */
	ORPHAN_OLD, /* the client is unknown, and the object was unused past the age limit */
};

struct orphan_policy {
	uid_t self;         /* the daemon's user */
	unsigned patience;  /* seconds that a slow reader gets after every known process died */
	unsigned age_limit; /* seconds after which an unknown client counts as dead */
};

/* The processes that used a queue. */
struct orphan_users {
	bool proved;      /* a request proved the queue with its ticket, to this daemon */
	enum life client; /* the sender of the ticket; unknown unless proved */
	enum life sender, receiver;
};

/*
 * Classifies a queue that no worker serves.  Only queues donated to the daemon can be due:
 * private, mode 0600, and either created by another user or proved by a ticket.  now: wall
 * clock.
 */
enum orphan orphan_classify_queue(const struct queue_info *info,
				  const struct orphan_users *users,
				  const struct orphan_policy *policy, time_t now);

/* Classifies a segment.  Only segments donated by another user can be due. */
enum orphan orphan_classify_segment(const struct ring_info *info, enum life creator,
				    const struct orphan_policy *policy, time_t now);

/* Returns true for an object to remove now. */
bool orphan_is_due(enum orphan orphan);

/* Returns true for an object that can become due later. */
bool orphan_is_watched(enum orphan orphan);

#endif
