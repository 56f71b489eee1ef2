/* SPDX-License-Identifier: ISC */
/*
 * groups: the groups of a user, from the user database.
 *
 * Owns the lookup process and the group cache that the lookup process fills.  A look-up can
 * take seconds (LDAP), and needs system calls that the sandbox forbids, so neither the daemon
 * nor a worker asks the user database itself.  A worker reads the group cache, and on a miss
 * asks the lookup process and waits.  The lookup process runs a child for each user, so that
 * a slow look-up of one user delays no other user.
 */
#ifndef MSGFETCH_SERVER_ACCESS_GROUPS_H
#define MSGFETCH_SERVER_ACCESS_GROUPS_H

#include "server/access/group_cache.h"
#include "server/process/reserved.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Lifetimes in the cache, in seconds: of an answer, and of an error. */
#define GROUPS_KEPT_S 60u
#define GROUPS_FAILURE_KEPT_S 10u

struct groups {
	pid_t supervisor;          /* 0: not started */
	int questions;             /* a pipe to the supervisor */
	uint32_t clearings;        /* of the cache, before which no answer counts */
	struct group_cache *cache; /* mapped read-only */
	const struct reserved *reserved;
};

/*
 * Starts the lookup process, which ends with the caller.  Call it before the sandbox is
 * entered.  The lookup process drops all capabilities.  reserved must outlive groups.
 * Returns 0 or a negative errno.
 */
int groups_open(struct groups *groups, const struct reserved *reserved);

/*
 * Finds the groups of uid; an unknown user has none.  Called in workers; waits several
 * seconds at most.  Returns 0 with list and *count, -E2BIG (more than GROUP_CACHE_GROUPS
 * groups), -ETIMEDOUT or -EPIPE (no answer), or an error of the user database.
 */
int groups_find(const struct groups *groups, uid_t uid, gid_t list[GROUP_CACHE_GROUPS],
		size_t *count);

/*
 * Returns true unless uid is known not to be in the user database, or not yet looked up; then
 * asks for a look-up.  Never waits: called in the daemon.  An error of the user database, and
 * a lookup process that does not run, count as known.
 */
bool groups_know(const struct groups *groups, uid_t uid);

/* Drops every cached answer, without waiting: workers forked later take none of them. */
void groups_forget(struct groups *groups);

/* Ends the lookup process. */
void groups_close(struct groups *groups);

/* Looks up the groups of uid in the calling process.  Results as for groups_find(). */
int groups_look_up(uid_t uid, gid_t list[GROUP_CACHE_GROUPS], size_t *count);

#endif
