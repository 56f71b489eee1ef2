/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/workers/orphan.h"

#include <sys/ipc.h>

#define GIVEN_MODE 0600

/* A clock that was set back makes objects younger, never older. */
static bool older_than(time_t touched, unsigned seconds, time_t now)
{
	return now >= touched && now - touched >= (time_t)seconds;
}

enum orphan orphan_classify_queue(const struct queue_info *info,
				  const struct orphan_users *users,
				  const struct orphan_policy *policy, time_t now)
{
	if (info->uid != policy->self || info->key != IPC_PRIVATE || info->mode != GIVEN_MODE ||
	    (info->cuid == policy->self && !users->proved))
		return ORPHAN_FOREIGN;
	if (users->client == LIFE_GONE)
		return ORPHAN_DEAD;
	if (users->client == LIFE_LIVES || users->sender == LIFE_LIVES ||
	    users->receiver == LIFE_LIVES)
		return ORPHAN_LIVE;
	/* Nothing was received, so the ticket is still in the queue and its sender is the
	 * client. */
	if (users->sender == LIFE_GONE && info->received == 0)
		return ORPHAN_DEAD;
	/* The two may have been a worker and a daemon, and the client a slow reader. */
	if (users->sender == LIFE_GONE && users->receiver == LIFE_GONE)
		return older_than(info->touched, policy->patience, now) ? ORPHAN_DEAD
									: ORPHAN_YOUNG;
	return older_than(info->touched, policy->age_limit, now) ? ORPHAN_OLD : ORPHAN_YOUNG;
}

enum orphan orphan_classify_segment(const struct ring_info *info, enum life creator,
				    const struct orphan_policy *policy, time_t now)
{
	if (info->uid != policy->self || info->cuid == policy->self ||
	    info->key != IPC_PRIVATE || info->mode != GIVEN_MODE || info->removed)
		return ORPHAN_FOREIGN;
	if (info->attached || creator == LIFE_LIVES)
		return ORPHAN_LIVE;
	if (creator == LIFE_GONE)
		return ORPHAN_DEAD;
	return older_than(info->touched, policy->age_limit, now) ? ORPHAN_OLD : ORPHAN_YOUNG;
}

bool orphan_is_due(enum orphan orphan)
{
	return orphan == ORPHAN_DEAD || orphan == ORPHAN_OLD;
}

bool orphan_is_watched(enum orphan orphan)
{
	return orphan == ORPHAN_LIVE || orphan == ORPHAN_YOUNG;
}
