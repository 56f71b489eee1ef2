/* SPDX-License-Identifier: ISC */
/*
 * groups: the full group list of a user.
 *
 * Owns a process of its own that asks the user database, which may take its time
 * (LDAP and the like) and may need what a sandboxed process does not have, and the
 * group cache where that process writes down what it found.  Workers read the group cache;
 * where it does not help, they ask and wait, and nobody else waits with them.
 */
#ifndef MSGFETCH_SERVER_ACCESS_GROUPS_H
#define MSGFETCH_SERVER_ACCESS_GROUPS_H

#include "server/access/group_cache.h"
#include "server/process/reserved.h"

#include <stddef.h>
#include <sys/types.h>

/* How long an answer is believed, in seconds; and one that could not be had. */
#define GROUPS_KEPT_S 60u
#define GROUPS_FAILURE_KEPT_S 10u

struct groups {
	pid_t supervisor;          /* 0: not started */
	int questions;             /* a pipe to it */
	struct group_cache *cache; /* to be read only: storing to it is a fault */
	const struct reserved *reserved;
};

/*
 * Starts the process.  To be called before privileges or system calls are given up
 * that look-ups need; capabilities are of no use to it and are given up by it.
 * It ends with the caller, and must not outlive reserved.  Returns 0 or a negative errno.
 */
int groups_open(struct groups *groups, const struct reserved *reserved);

/*
 * For workers: the groups of uid, none for who is in no user database.  Waits for
 * the look-up, for at most some seconds.  Returns 0, list and *count; -E2BIG: more
 * than GROUP_CACHE_GROUPS; -ETIMEDOUT, -EPIPE: no answer; or why the user database
 * cannot be read.
 */
int groups_find(const struct groups *groups, uid_t uid, gid_t list[GROUP_CACHE_GROUPS],
		size_t *count);

/*
 * Has all that was looked up so far looked up anew: when this returns it counts no more, unless
 * a look-up that hangs has kept that waiting for two seconds.
 */
void groups_forget(const struct groups *groups);

/* Ends the process. */
void groups_close(struct groups *groups);

/* Looks uid's groups up, in the calling process.  Results as of groups_find(). */
int groups_look_up(uid_t uid, gid_t list[GROUP_CACHE_GROUPS], size_t *count);

#endif
