/* SPDX-License-Identifier: ISC */
/*
 * group cache: which groups users are in, as far as it was looked up lately.
 *
 * Owns a table of fixed size that one process writes and any number of others read
 * at the same time, in memory they share.  Must not know how groups are looked up.
 * No system call.
 */
#ifndef MSGFETCH_SERVER_ACCESS_GROUP_CACHE_H
#define MSGFETCH_SERVER_ACCESS_GROUP_CACHE_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define GROUP_CACHE_USERS 128u
#define GROUP_CACHE_GROUPS 1024u /* of one user */

/*
 * Words of 32 bits alone: there are machines where reading a longer atomic one is a
 * write, and readers may not write.
 */
struct group_cache_user {
	_Atomic uint32_t turn; /* odd: being written */
	_Atomic uint32_t uid;
	_Atomic uint32_t until; /* seconds; 0: nobody stands here */
	_Atomic uint32_t error; /* an errno instead of groups, or 0 */
	_Atomic uint32_t count;
};

struct group_cache {
	_Atomic uint32_t changes;   /* one more after each; what readers wait on */
	_Atomic uint32_t clearings; /* how often everybody was forgotten */
	struct group_cache_user users[GROUP_CACHE_USERS];
	_Atomic uint32_t groups[GROUP_CACHE_USERS][GROUP_CACHE_GROUPS];
};

/*
 * Finds what is known of uid.  now: seconds.  Returns 0, list and *count; -ENOENT:
 * nothing, or it is too old; or the error that was put there in its place.
 */
int group_cache_find(const struct group_cache *cache, uid_t uid, uint32_t now,
		     gid_t list[GROUP_CACHE_GROUPS], size_t *count);

/*
 * Writes what is known of uid until the second until, in the place of what is
 * oldest.  error: a negative errno, or 0 and count groups.  More than GROUP_CACHE_GROUPS
 * are put down as -E2BIG.
 */
void group_cache_put(struct group_cache *cache, uid_t uid, uint32_t until, int error,
		     const gid_t list[], size_t count);

/* Forgets everybody. */
void group_cache_clear(struct group_cache *cache);

#endif
