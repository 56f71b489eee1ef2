/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/workers/janitor.h"

#include "common/clock.h"
#include "common/queue.h"
#include "common/ring.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* How long after a request is looked, and how seldom where nothing changes. */
#define PERIOD_FIRST_MS 1000u
#define PERIOD_LAST_MS 64000u

/* A tick of the timer may come this much ahead of the time it was set for. */
#define SLACK_MS 50u

static size_t place(int queue)
{
	return (unsigned)queue % JANITOR_PROVED;
}

void janitor_note(struct janitor *janitor, const struct peer *peer)
{
	if (peer->dialect != DIALECT_CURRENT)
		return;
	janitor->proved[place(peer->queue)].queue = peer->queue;
	janitor->proved[place(peer->queue)].client = peer->pid;
}

unsigned janitor_period(struct janitor *janitor)
{
	/* What was looked at seldom is looked at soon again once there is news. */
	if (janitor->stirred &&
	    (janitor->period_ms == 0 || janitor->period_ms > PERIOD_FIRST_MS)) {
		janitor->period_ms = PERIOD_FIRST_MS;
		janitor->due = clock_ms() + PERIOD_FIRST_MS;
	}
	return janitor->period_ms;
}

/* A process that ended is still there until its parent has reaped it; a pidfd tells. */
static bool has_ended(pid_t process)
{
	struct pollfd poller = {.events = POLLIN};
	bool ended;

	poller.fd = (int)syscall(SYS_pidfd_open, process, 0);
	if (poller.fd < 0)
		return errno == ESRCH;
	ended = poll(&poller, 1, 0) == 1;
	close(poller.fd);
	return ended;
}

static enum life life_of(pid_t process)
{
	/* What we did ourselves says nothing of a client. */
	if (process <= 0 || process == getpid())
		return LIFE_UNKNOWN;
	if (kill(process, 0) != 0 && errno == ESRCH)
		return LIFE_GONE;
	return has_ended(process) ? LIFE_GONE : LIFE_LIVES;
}

bool janitor_find_queue(const struct janitor *janitor, int slot,
			const struct leftover_policy *policy, struct janitor_find *find)
{
	struct leftover_users users = {.client = LIFE_UNKNOWN};
	struct queue_info info;
	pid_t client = 0;
	int id = queue_at(slot, &info);

	if (id < 0)
		return false;
	if (janitor != NULL && janitor->proved[place(id)].queue == id) {
		users.proved = true;
		client = janitor->proved[place(id)].client;
		users.client = life_of(client);
	}
	users.sender = life_of(info.last_sender);
	users.receiver = life_of(info.last_receiver);
	*find = (struct janitor_find){
		.id = id,
		.creator = info.cuid,
		.leftover = leftover_judge_queue(&info, &users, policy, time(NULL)),
		.user = users.client == LIFE_LIVES     ? client
			: users.receiver == LIFE_LIVES ? info.last_receiver
						       : info.last_sender,
	};
	return true;
}

bool janitor_find_segment(int slot, const struct leftover_policy *policy,
			  struct janitor_find *find)
{
	struct ring_info info;
	int id = ring_at(slot, &info);

	if (id < 0)
		return false;
	*find = (struct janitor_find){
		.id = id,
		.creator = info.cuid,
		.leftover = leftover_judge_segment(&info, life_of(info.creator), policy,
						   time(NULL)),
		.user = info.creator,
	};
	return true;
}

static bool in_use(const struct janitor_scene *scene, int queue)
{
	return workers_serve(scene->workers, queue) || line_holds(scene->line, queue);
}

/* Returns how many were removed: 0 or 1. */
static unsigned note_removal(const struct janitor_scene *scene, const struct janitor_find *find,
			     const char *what, int error)
{
	if (error == 0)
		log_write(scene->log, LOG_INFO, "removed %s %d, which uid %ju left%s", what,
			  find->id, (uintmax_t)find->creator,
			  find->leftover == LEFTOVER_DEAD ? " when it died" : " untouched");
	else if (error != -EIDRM)
		log_write(scene->log, LOG_WARNING, "cannot remove %s %d of uid %ju: %s", what,
			  find->id, (uintmax_t)find->creator, strerror(-error));
	return error == 0 ? 1 : 0;
}

static unsigned clear_queue(struct janitor *janitor, const struct janitor_scene *scene,
			    int slot)
{
	struct janitor_find find;

	if (!janitor_find_queue(janitor, slot, &scene->policy, &find))
		return 0;
	if (leftover_is_due(find.leftover) && !in_use(scene, find.id))
		return note_removal(scene, &find, "queue", queue_remove(find.id));
	/* One in use is looked at when its worker has ended. */
	if (leftover_is_watched(find.leftover) && !janitor->watching)
		janitor->watching = !in_use(scene, find.id);
	return 0;
}

static unsigned clear_segment(struct janitor *janitor, const struct janitor_scene *scene,
			      int slot)
{
	struct janitor_find find;

	if (!janitor_find_segment(slot, &scene->policy, &find))
		return 0;
	if (leftover_is_due(find.leftover))
		return note_removal(scene, &find, "segment", ring_remove(find.id));
	if (leftover_is_watched(find.leftover))
		janitor->watching = true;
	return 0;
}

static void begin_round(struct janitor *janitor)
{
	janitor->under_way = true;
	janitor->stirred = false;
	janitor->watching = false;
	janitor->queue_slot = 0;
	janitor->segment_slot = 0;
}

/* Looks at no more than budget slots.  Returns how many objects were removed. */
static unsigned go_on(struct janitor *janitor, const struct janitor_scene *scene, int budget)
{
	int queues = queue_last_slot(), segments = ring_last_slot();
	unsigned removed = 0;

	for (; janitor->queue_slot <= queues && budget > 0; budget--)
		removed += clear_queue(janitor, scene, janitor->queue_slot++);
	for (; janitor->segment_slot <= segments && budget > 0; budget--)
		removed += clear_segment(janitor, scene, janitor->segment_slot++);
	janitor->under_way = janitor->queue_slot <= queues || janitor->segment_slot <= segments;
	return removed;
}

static unsigned next_period(const struct janitor *janitor)
{
	unsigned doubled = janitor->period_ms * 2;

	if (janitor->under_way || janitor->stirred)
		return PERIOD_FIRST_MS;
	if (!janitor->watching)
		return 0;
	if (doubled < PERIOD_FIRST_MS)
		return PERIOD_FIRST_MS;
	return doubled < PERIOD_LAST_MS ? doubled : PERIOD_LAST_MS;
}

void janitor_step(struct janitor *janitor, const struct janitor_scene *scene, uint64_t now)
{
	if (janitor->period_ms == 0 || now + SLACK_MS < janitor->due)
		return;
	if (!janitor->under_way)
		begin_round(janitor);
	go_on(janitor, scene, JANITOR_STEP);
	janitor->period_ms = next_period(janitor);
	janitor->due = now + janitor->period_ms;
}

unsigned janitor_round(struct janitor *janitor, const struct janitor_scene *scene)
{
	unsigned removed;

	begin_round(janitor);
	removed = go_on(janitor, scene, INT_MAX);
	janitor->period_ms = next_period(janitor);
	janitor->due = clock_ms() + janitor->period_ms;
	return removed;
}
