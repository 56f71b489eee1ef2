/* SPDX-License-Identifier: ISC */
/*
 * janitor: removes what clients that died left to the daemon.
 *
 * Owns when to look, how much of the kernel's tables at once, and which queues were
 * proved.  Must not decide what is a leftover (leftover does), nor know requests.
 */
#ifndef MSGFETCH_SERVER_WORKERS_JANITOR_H
#define MSGFETCH_SERVER_WORKERS_JANITOR_H

#include "common/log.h"
#include "server/request/job.h"
#include "server/request/line.h"
#include "server/workers/leftover.h"
#include "server/workers/workers.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The queue that was proved last in each of the kernel's slots, as long as no more slots
 * than this are in use; a power of two.
 */
#define JANITOR_PROVED 256u

/*
 * How many slots of the kernel's tables are looked at in one step.  It takes 50 us, and 0.8
 * to 1.8 ms where each of them was given to us by a process that lives (measured): no
 * request waits longer for that.
 */
#define JANITOR_STEP 256

struct janitor {
	bool stirred;  /* something happened since the round began */
	bool watching; /* the round found something to look at again */
	bool under_way;
	int queue_slot, segment_slot; /* where the round goes on */
	unsigned period_ms;           /* until the next step; 0: none is needed */
	uint64_t due;                 /* ms: the next step, where period_ms is not 0 */
	/*
	 * A queue, and the process that put its ticket in: 0 where that is not known.  Last, so
	 * that what each request writes is close together: each page is copied at a fork.
	 */
	struct {
		int queue;
		pid_t client;
	} proved[JANITOR_PROVED];
};

/* What a step needs of the daemon; all of it outlives the step. */
struct janitor_scene {
	struct leftover_policy policy;
	const struct workers *workers;
	const struct line *line;
	const struct log *log;
};

/* What stands in a slot. */
struct janitor_find {
	int id;
	uid_t creator;
	enum leftover leftover;
	pid_t user; /* a process that used it: the one that lives, where one does */
};

/* Remembers a queue that a request named and proved.  Next to free: no system call. */
void janitor_note(struct janitor *janitor, const struct peer *peer);

/* Somebody asked, or a worker ended: something may have been left. */
static inline void janitor_stir(struct janitor *janitor)
{
	janitor->stirred = true;
}

/*
 * How often janitor_step() is to be called from now on, in ms; 0: not at all, as there
 * is nothing to look at.
 */
unsigned janitor_period(struct janitor *janitor);

/*
 * Looks at some slots and removes what is left over in them, if it is time for that.
 * now: ms.
 */
void janitor_step(struct janitor *janitor, const struct janitor_scene *scene, uint64_t now);

/* A whole round, at once.  Returns how many objects were removed. */
unsigned janitor_round(struct janitor *janitor, const struct janitor_scene *scene);

/*
 * Looks at one slot of the table of queues, or of segments.  janitor: NULL where no
 * request was seen.  Returns false where there is nothing that one may read.
 */
bool janitor_find_queue(const struct janitor *janitor, int slot,
			const struct leftover_policy *policy, struct janitor_find *find);
bool janitor_find_segment(int slot, const struct leftover_policy *policy,
			  struct janitor_find *find);

#endif
