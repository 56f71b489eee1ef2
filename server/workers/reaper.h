/* SPDX-License-Identifier: ISC */
/*
 * reaper: removes what clients that died left to the daemon.
 *
 * Owns when to look, how much of the kernel's tables at once, and which queues were
 * proved.  Must not decide what is a orphan (orphan does), nor know requests.
 */
#ifndef MSGFETCH_SERVER_WORKERS_REAPER_H
#define MSGFETCH_SERVER_WORKERS_REAPER_H

#include "common/log.h"
#include "server/request/job.h"
#include "server/request/wait_queue.h"
#include "server/workers/orphan.h"
#include "server/workers/workers.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The queue that was proved last in each of the kernel's slots, as long as no more slots
 * than this are in use; a power of two.
 */
#define REAPER_PROVED 256u

/*
 * How many slots of the kernel's tables are looked at in one step.  It takes 50 us, and 0.8
 * to 1.8 ms where each of them was given to us by a process that lives (measured): no
 * request waits longer for that.
 */
#define REAPER_STEP 256

struct reaper {
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
	} proved[REAPER_PROVED];
};

/* What a step needs of the daemon; all of it outlives the step. */
struct reaper_scene {
	struct orphan_policy policy;
	const struct workers *workers;
	const struct wait_queue *line;
	const struct log *log;
};

/* What stands in a slot. */
struct reaper_find {
	int id;
	uid_t creator;
	enum orphan orphan;
	pid_t user; /* a process that used it: the one that lives, where one does */
};

/* Remembers a queue that a request named and proved.  Next to free: no system call. */
void reaper_note(struct reaper *reaper, const struct client *client);

/* Somebody asked, or a worker ended: something may have been left. */
static inline void reaper_stir(struct reaper *reaper)
{
	reaper->stirred = true;
}

/*
 * How often reaper_step() is to be called from now on, in ms; 0: not at all, as there
 * is nothing to look at.
 */
unsigned reaper_period(struct reaper *reaper);

/*
 * Looks at some slots and removes what is left over in them, if it is time for that.
 * now: ms.
 */
void reaper_step(struct reaper *reaper, const struct reaper_scene *scene, uint64_t now);

/* A whole round, at once.  Returns how many objects were removed. */
unsigned reaper_round(struct reaper *reaper, const struct reaper_scene *scene);

/*
 * Looks at one slot of the table of queues, or of segments.  reaper: NULL where no
 * request was seen.  Returns false where there is nothing that one may read.
 */
bool reaper_find_queue(const struct reaper *reaper, int slot,
		       const struct orphan_policy *policy, struct reaper_find *find);
bool reaper_find_segment(int slot, const struct orphan_policy *policy,
			 struct reaper_find *find);

#endif
