/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/lib/daemon_state.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "client/lib/clock.h"
#include "common/queue.h"

#define LOSS_GRACE_NS CLOCK_NS_PER_S
/* The daemon tells why a worker died, and better than can be seen from here. */
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

bool daemon_state_loss_is_due(uint64_t lost_at, uint64_t progress_at, uint64_t now)
{
	uint64_t since = lost_at > progress_at ? lost_at : progress_at;

	return lost_at != CLOCK_NEVER && now >= since && now - since >= LOSS_GRACE_NS;
}

/* Dead for a while, and nothing of it left to read.  Dead first: then it sends no more. */
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
	if (daemon_state_loss_is_due(daemon->lost_at, progress_at, now))
		return DAEMON_DAEMON_LOST;
	return worker_is_lost(daemon, now) ? DAEMON_WORKER_LOST : DAEMON_LIVES;
}
