/* SPDX-License-Identifier: ISC */
/*
 * reaper: removes the queues and segments of dead clients.
 *
 * Owns the times of a scan, its size, and the table of proved queues.  Must not decide on an
 * object (orphan), nor know requests.
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
 * Size of the table of proved queues, a power of two.  Each of the kernel's slots has an entry
 * of its own while fewer slots than this are in use.
 */
#define REAPER_PROVED 256u

/*
 * Slots of the kernel's tables scanned in one step, which delays a request by 50 us, or by 0.8
 * to 1.8 ms when every slot holds a live client's queue (measured).
 */
#define REAPER_STEP 256

struct reaper {
	bool stirred;  /* a request or an end came since the round began */
	bool watching; /* the round found an object that can become due */
	bool under_way;
	int queue_slot, segment_slot; /* the next slots of the round */
	unsigned period_ms;           /* until the next step; 0: no step is needed */
	uint64_t due;                 /* ms: time of the next step, unless period_ms is 0 */
	/*
	 * Proved queues, their creators, and the processes that sent the tickets (0: unknown).
	 * Placed last, to keep the fields that every request writes on few pages: a fork copies
	 * each page.
	 */
	struct {
		unsigned after; /* the id of the queue, plus 1; 0: an unused entry */
		uid_t creator;  /* the kernel can give the id to another user's queue */
		pid_t client;
	} proved[REAPER_PROVED];
};

/* The daemon's state that a step reads. */
struct reaper_scene {
	struct orphan_policy policy;
	const struct workers *workers;
	const struct wait_queue *waiting;
	struct limited_log *lines;
};

/* The object in a slot. */
struct reaper_find {
	int id;
	uid_t creator;
	enum orphan orphan;
	pid_t user; /* a process that used the object; a live process where known */
};

/* Remembers a queue that a request has proved.  Cheap: no system call. */
void reaper_note(struct reaper *reaper, const struct client *client);

/* Notes that a request came or a worker ended, so that a scan may find orphans. */
static inline void reaper_stir(struct reaper *reaper)
{
	reaper->stirred = true;
}

/* Returns the interval for calling reaper_step(), in ms; 0: no call is needed. */
unsigned reaper_period(struct reaper *reaper);

/* Scans some slots and removes the orphans there, unless the step is not yet due.  now: ms. */
void reaper_step(struct reaper *reaper, const struct reaper_scene *scene, uint64_t now);

/* Scans every slot.  Returns the number of removed objects. */
unsigned reaper_round(struct reaper *reaper, const struct reaper_scene *scene);

/*
 * Inspects one slot of the table of queues, or of segments.  reaper: NULL when no request was
 * seen.  Returns false for a slot without a readable object.
 */
bool reaper_find_queue(const struct reaper *reaper, int slot,
		       const struct orphan_policy *policy, struct reaper_find *find);
bool reaper_find_segment(int slot, const struct orphan_policy *policy,
			 struct reaper_find *find);

#endif
