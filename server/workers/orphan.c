/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/workers/orphan.h"

#include <sys/ipc.h>

#define GIVEN_MODE 0600

/* A clock that was set back makes things young again, never old. */
static bool older_than(time_t touched, unsigned seconds, time_t now)
{
	return now >= touched && now - touched >= (time_t)seconds;
}

enum orphan orphan_judge_queue(const struct queue_info *info, const struct orphan_users *users,
			       const struct orphan_policy *policy, time_t now)
{
	if (info->uid != policy->self || info->key != IPC_PRIVATE || info->mode != GIVEN_MODE ||
	    (info->cuid == policy->self && !users->proved))
		return LEFTOVER_FOREIGN;
	if (users->client == LIFE_GONE)
		return LEFTOVER_DEAD;
	if (users->client == LIFE_LIVES || users->sender == LIFE_LIVES ||
	    users->receiver == LIFE_LIVES)
		return LEFTOVER_LIVE;
	/* The ticket is still in it, so nobody but its client can have sent that. */
	if (users->sender == LIFE_GONE && info->received == 0)
		return LEFTOVER_DEAD;
	/* These may have been a worker and a daemon, and the client one that reads slowly. */
	if (users->sender == LIFE_GONE && users->receiver == LIFE_GONE)
		return older_than(info->touched, policy->patience, now) ? LEFTOVER_DEAD
									: LEFTOVER_YOUNG;
	return older_than(info->touched, policy->age_limit, now) ? LEFTOVER_OLD
								 : LEFTOVER_YOUNG;
}

enum orphan orphan_judge_segment(const struct ring_info *info, enum life creator,
				 const struct orphan_policy *policy, time_t now)
{
	if (info->uid != policy->self || info->cuid == policy->self ||
	    info->key != IPC_PRIVATE || info->mode != GIVEN_MODE || info->removed)
		return LEFTOVER_FOREIGN;
	if (info->attached || creator == LIFE_LIVES)
		return LEFTOVER_LIVE;
	if (creator == LIFE_GONE)
		return LEFTOVER_DEAD;
	return older_than(info->touched, policy->age_limit, now) ? LEFTOVER_OLD
								 : LEFTOVER_YOUNG;
}

bool orphan_is_due(enum orphan orphan)
{
	return orphan == LEFTOVER_DEAD || orphan == LEFTOVER_OLD;
}

bool orphan_is_watched(enum orphan orphan)
{
	return orphan == LEFTOVER_LIVE || orphan == LEFTOVER_YOUNG;
}
