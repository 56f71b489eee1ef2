/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/lib/daemon_state.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "client/lib/clock.h"
#include "common/sysv/queue.h"

#define LOSS_GRACE_NS CLOCK_NS_PER_S
/* Time for the daemon to report why its worker died, which the client cannot see. */
#define DEATH_GRACE_NS (300 * CLOCK_NS_PER_MS)

void daemon_state_init(struct daemon_state *daemon, const struct attempt *attempt, key_t key)
{
	*daemon = (struct daemon_state){
		.key = key,
		.queue = attempt->queue,
		.request_queue = attempt->request_queue,
		.lost_at = CLOCK_NEVER,
		.dead_at = CLOCK_NEVER,
	};
}

void daemon_state_note_reply(struct daemon_state *daemon)
{
	struct queue_info info;

	daemon->dead_at = CLOCK_NEVER;
	if (daemon->worker_sought)
		return;
	if (queue_inspect(daemon->queue, &info) != 0 || info.last_sender == getpid())
		return;
	daemon->worker = info.last_sender;
	daemon->worker_sought = true;
}

static bool loss_is_due(uint64_t lost_at, uint64_t progress_at, uint64_t now)
{
	uint64_t since = lost_at > progress_at ? lost_at : progress_at;

	return lost_at != CLOCK_NEVER && now >= since && now - since >= LOSS_GRACE_NS;
}

/*
 * Returns true if the worker has been dead for a while and the queue is empty.  Checks for
 * death first: a dead worker sends no more messages.
 */
static bool worker_is_lost(struct daemon_state *daemon, uint64_t now)
{
	struct queue_info info;

	if (daemon->worker <= 0 || kill(daemon->worker, 0) == 0 || errno != ESRCH ||
	    queue_inspect(daemon->queue, &info) != 0 || info.messages != 0)
		return false;
	if (daemon->dead_at == CLOCK_NEVER)
		daemon->dead_at = now;
	return now - daemon->dead_at >= DEATH_GRACE_NS;
}

enum daemon_life daemon_state_check(struct daemon_state *daemon, bool lease_fallen,
				    uint64_t progress_at, uint64_t now)
{
	if (daemon->lost_at == CLOCK_NEVER &&
	    (lease_fallen || queue_find(daemon->key) != daemon->request_queue))
		daemon->lost_at = now;
	if (loss_is_due(daemon->lost_at, progress_at, now))
		return DAEMON_LOST;
	return worker_is_lost(daemon, now) ? WORKER_LOST : DAEMON_LIVES;
}
