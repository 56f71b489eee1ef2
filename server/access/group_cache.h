/* SPDX-License-Identifier: ISC */
/*
 * group_cache: the groups of recently looked-up users.
 *
 * Owns a table of fixed size in shared memory.  One process writes the table while any number
 * of processes read.  Must not know how groups are looked up.  No system call.
 */
#ifndef MSGFETCH_SERVER_ACCESS_GROUP_CACHE_H
#define MSGFETCH_SERVER_ACCESS_GROUP_CACHE_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define GROUP_CACHE_USERS 128u
#define GROUP_CACHE_GROUPS 1024u /* per user */

/*
 * Uses 32-bit words only: on some machines an atomic read of a longer word is a write, and
 * readers map the table read-only.
 */
struct group_cache_user {
	_Atomic uint32_t turn; /* odd during a write */
	_Atomic uint32_t uid;
	_Atomic uint32_t until; /* expiry in seconds; 0: a free place */
	_Atomic uint32_t error; /* an errno instead of groups, or 0 */
	_Atomic uint32_t count;
};

struct group_cache {
	_Atomic uint32_t changes; /* incremented after each change; readers wait on this word */
	_Atomic uint32_t clearings; /* incremented by each clear */
	struct group_cache_user users[GROUP_CACHE_USERS];
	_Atomic uint32_t groups[GROUP_CACHE_USERS][GROUP_CACHE_GROUPS];
};

/*
 * Finds the groups of uid.  now: seconds.  list: NULL where only the number is wanted.  Returns
 * 0 with list and *count, -ENOENT (no entry, or an expired entry), or the cached error of a
 * failed look-up.
 */
int group_cache_find(const struct group_cache *cache, uid_t uid, uint32_t now, gid_t *list,
		     size_t *count);

/*
 * Stores the result of a look-up, valid before the second until, replacing the oldest entry.
 * error: a negative errno, or 0 with count groups.  More than GROUP_CACHE_GROUPS groups are
 * stored as -E2BIG.  Called by the writing process only.
 */
void group_cache_put(struct group_cache *cache, uid_t uid, uint32_t until, int error,
		     const gid_t list[], size_t count);

/* Drops every entry.  Called by the writing process only. */
void group_cache_clear(struct group_cache *cache);

#endif
