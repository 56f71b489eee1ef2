/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/lib/peer.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "client/lib/clock.h"
#include "common/queue.h"

#define LOSS_GRACE_NS CLOCK_NS_PER_S
/* The daemon tells why a worker died, and better than can be seen from here. */
#define DEATH_GRACE_NS (300 * CLOCK_NS_PER_MS)

void peer_init(struct peer *peer, const struct attempt *attempt, key_t key)
{
	*peer = (struct peer){
		.key = key,
		.queue = attempt->queue,
		.request_queue = attempt->request_queue,
		.lost_at = CLOCK_NEVER,
		.dead_at = CLOCK_NEVER,
	};
}

void peer_note_reply(struct peer *peer)
{
	struct queue_info info;

	peer->dead_at = CLOCK_NEVER;
	if (peer->worker_sought)
		return;
	if (queue_inspect(peer->queue, &info) != 0 || info.last_sender == getpid())
		return;
	peer->worker = info.last_sender;
	peer->worker_sought = true;
}

bool peer_loss_is_due(uint64_t lost_at, uint64_t progress_at, uint64_t now)
{
	uint64_t since = lost_at > progress_at ? lost_at : progress_at;

	return lost_at != CLOCK_NEVER && now >= since && now - since >= LOSS_GRACE_NS;
}

/* Dead for a while, and nothing of it left to read.  Dead first: then it sends no more. */
static bool worker_is_lost(struct peer *peer, uint64_t now)
{
	struct queue_info info;

	if (peer->worker <= 0 || kill(peer->worker, 0) == 0 || errno != ESRCH ||
	    queue_inspect(peer->queue, &info) != 0 || info.messages != 0)
		return false;
	if (peer->dead_at == CLOCK_NEVER)
		peer->dead_at = now;
	return now - peer->dead_at >= DEATH_GRACE_NS;
}

enum peer_state peer_check(struct peer *peer, bool lease_fallen, uint64_t progress_at,
			   uint64_t now)
{
	if (peer->lost_at == CLOCK_NEVER &&
	    (lease_fallen || queue_find(peer->key) != peer->request_queue))
		peer->lost_at = now;
	if (peer_loss_is_due(peer->lost_at, progress_at, now))
		return PEER_DAEMON_LOST;
	return worker_is_lost(peer, now) ? PEER_WORKER_LOST : PEER_LIVES;
}
