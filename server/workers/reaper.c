/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/workers/reaper.h"

#include "common/clock.h"
#include "common/sysv/queue.h"
#include "common/sysv/ring.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Time from a request to the scan, and the longest interval between scans, in ms. */
#define PERIOD_FIRST_MS 1000u
#define PERIOD_LAST_MS 64000u

/* A tick of the timer can come early by so many ms. */
#define SLACK_MS 50u

static size_t place(int queue)
{
	return (unsigned)queue % REAPER_PROVED;
}

void reaper_note(struct reaper *reaper, const struct client *client)
{
	if (client->dialect != DIALECT_CURRENT)
		return;
	reaper->proved[place(client->queue)].after = (unsigned)client->queue + 1;
	reaper->proved[place(client->queue)].creator = client->uid;
	reaper->proved[place(client->queue)].client = client->pid;
}

unsigned reaper_period(struct reaper *reaper)
{
	/* A new request shortens a long interval. */
	if (reaper->stirred &&
	    (reaper->period_ms == 0 || reaper->period_ms > PERIOD_FIRST_MS)) {
		reaper->period_ms = PERIOD_FIRST_MS;
		reaper->due = clock_ms() + PERIOD_FIRST_MS;
	}
	return reaper->period_ms;
}

/* Returns true for a zombie, too, whose pid stays valid until the parent reaps. */
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
	/* The daemon's own pid tells nothing about a client. */
	if (process <= 0 || process == getpid())
		return LIFE_UNKNOWN;
	if (kill(process, 0) != 0 && errno == ESRCH)
		return LIFE_GONE;
	return has_ended(process) ? LIFE_GONE : LIFE_LIVES;
}

bool reaper_find_queue(const struct reaper *reaper, int slot,
		       const struct orphan_policy *policy, struct reaper_find *find)
{
	struct orphan_users users = {.client = LIFE_UNKNOWN};
	struct queue_info info;
	pid_t client = 0;
	int id = queue_at(slot, &info);

	if (id < 0)
		return false;
	if (reaper != NULL && reaper->proved[place(id)].after == (unsigned)id + 1 &&
	    reaper->proved[place(id)].creator == info.cuid) {
		users.proved = true;
		client = reaper->proved[place(id)].client;
		users.client = life_of(client);
	}
	users.sender = life_of(info.last_sender);
	users.receiver = life_of(info.last_receiver);
	*find = (struct reaper_find){
		.id = id,
		.creator = info.cuid,
		.orphan = orphan_classify_queue(&info, &users, policy, time(NULL)),
		.user = users.client == LIFE_LIVES     ? client
			: users.receiver == LIFE_LIVES ? info.last_receiver
						       : info.last_sender,
	};
	return true;
}

bool reaper_find_segment(int slot, const struct orphan_policy *policy, struct reaper_find *find)
{
	struct ring_info info;
	int id = ring_at(slot, &info);

	if (id < 0)
		return false;
	*find = (struct reaper_find){
		.id = id,
		.creator = info.cuid,
		.orphan = orphan_classify_segment(&info, life_of(info.creator), policy,
						  time(NULL)),
		.user = info.creator,
	};
	return true;
}

static bool in_use(const struct reaper_scene *scene, int queue)
{
	return workers_serve(scene->workers, queue) || wait_queue_holds(scene->waiting, queue);
}

/* Logs a removal.  Returns the number of removed objects: 0 or 1. */
static unsigned note_removal(const struct reaper_scene *scene, const struct reaper_find *find,
			     const char *what, int error)
{
	if (error == 0)
		limited_log_write(scene->lines, LINE_REMOVED, find->creator,
				  "%s %d of uid %ju: removed: %s", what, find->id,
				  (uintmax_t)find->creator,
				  find->orphan == ORPHAN_DEAD ? "the client is dead"
							      : "unused past orphan-age");
	else if (error != -EIDRM)
		limited_log_write(scene->lines, LINE_NOT_REMOVED, find->creator,
				  "%s %d of uid %ju: cannot remove: %s", what, find->id,
				  (uintmax_t)find->creator, strerror(-error));
	return error == 0 ? 1 : 0;
}

static unsigned clear_queue(struct reaper *reaper, const struct reaper_scene *scene, int slot)
{
	struct reaper_find find;

	if (!reaper_find_queue(reaper, slot, &scene->policy, &find))
		return 0;
	if (orphan_is_due(find.orphan) && !in_use(scene, find.id))
		return note_removal(scene, &find, "queue", queue_remove(find.id));
	/* A queue in use is inspected after its worker has ended. */
	if (orphan_is_watched(find.orphan) && !reaper->watching)
		reaper->watching = !in_use(scene, find.id);
	return 0;
}

static unsigned clear_segment(struct reaper *reaper, const struct reaper_scene *scene, int slot)
{
	struct reaper_find find;

	if (!reaper_find_segment(slot, &scene->policy, &find))
		return 0;
	if (orphan_is_due(find.orphan))
		return note_removal(scene, &find, "segment", ring_remove(find.id));
	if (orphan_is_watched(find.orphan))
		reaper->watching = true;
	return 0;
}

static void begin_round(struct reaper *reaper)
{
	reaper->under_way = true;
	reaper->stirred = false;
	reaper->watching = false;
	reaper->queue_slot = 0;
	reaper->segment_slot = 0;
}

/* Scans at most budget slots.  Returns the number of removed objects. */
static unsigned go_on(struct reaper *reaper, const struct reaper_scene *scene, int budget)
{
	int queues = queue_last_slot(), segments = ring_last_slot();
	unsigned removed = 0;

	for (; reaper->queue_slot <= queues && budget > 0; budget--)
		removed += clear_queue(reaper, scene, reaper->queue_slot++);
	for (; reaper->segment_slot <= segments && budget > 0; budget--)
		removed += clear_segment(reaper, scene, reaper->segment_slot++);
	reaper->under_way = reaper->queue_slot <= queues || reaper->segment_slot <= segments;
	return removed;
}

static unsigned next_period(const struct reaper *reaper)
{
	unsigned doubled = reaper->period_ms * 2;

	if (reaper->under_way || reaper->stirred)
		return PERIOD_FIRST_MS;
	if (!reaper->watching)
		return 0;
	if (doubled < PERIOD_FIRST_MS)
		return PERIOD_FIRST_MS;
	return doubled < PERIOD_LAST_MS ? doubled : PERIOD_LAST_MS;
}

void reaper_step(struct reaper *reaper, const struct reaper_scene *scene, uint64_t now)
{
	if (reaper->period_ms == 0 || now + SLACK_MS < reaper->due)
		return;
	if (!reaper->under_way)
		begin_round(reaper);
	go_on(reaper, scene, REAPER_STEP);
	reaper->period_ms = next_period(reaper);
	reaper->due = now + reaper->period_ms;
}

unsigned reaper_round(struct reaper *reaper, const struct reaper_scene *scene)
{
	unsigned removed;

	begin_round(reaper);
	removed = go_on(reaper, scene, INT_MAX);
	reaper->period_ms = next_period(reaper);
	reaper->due = clock_ms() + reaper->period_ms;
	return removed;
}
