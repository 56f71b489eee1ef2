/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/lib/daemon_state.h"

#include "client/lib/clock.h"

#include <stdbool.h>

#define LOSS_GRACE_NS CLOCK_NS_PER_S
/* Time for the daemon to report why its worker died, which the client cannot see. */
#define DEATH_GRACE_NS (300 * CLOCK_NS_PER_MS)

void daemon_state_init(struct daemon_state *daemon, const struct msgfetch *session)
{
	*daemon = (struct daemon_state){
		.session = session,
		.lost_at = CLOCK_NEVER,
		.dead_at = CLOCK_NEVER,
	};
}

void daemon_state_note_reply(struct daemon_state *daemon)
{
	daemon->dead_at = CLOCK_NEVER;
}

static bool loss_is_due(uint64_t lost_at, uint64_t progress_at, uint64_t now)
{
	uint64_t since = lost_at > progress_at ? lost_at : progress_at;

	return lost_at != CLOCK_NEVER && now >= since && now - since >= LOSS_GRACE_NS;
}

/* Returns true if the worker has been dead for a while and no message of it is left. */
static bool worker_is_lost(struct daemon_state *daemon, uint64_t now)
{
	const struct msgfetch *session = daemon->session;

	if (!session->transport->worker_gone(session->channel))
		return false;
	if (daemon->dead_at == CLOCK_NEVER)
		daemon->dead_at = now;
	return now - daemon->dead_at >= DEATH_GRACE_NS;
}

enum daemon_life daemon_state_check(struct daemon_state *daemon, uint64_t progress_at,
				    uint64_t now)
{
	const struct msgfetch *session = daemon->session;

	if (daemon->lost_at == CLOCK_NEVER && session->transport->daemon_gone(session->channel))
		daemon->lost_at = now;
	if (loss_is_due(daemon->lost_at, progress_at, now))
		return DAEMON_LOST;
	return worker_is_lost(daemon, now) ? WORKER_LOST : DAEMON_LIVES;
}
