/* SPDX-License-Identifier: ISC */
/*
 * roster: which groups users are in, as far as it was looked up lately.
 *
 * Owns a table of fixed size that one process writes and any number of others read
 * at the same time, in memory they share.  Must not know how groups are looked up.
 * No system call.
 */
#ifndef MSGFETCH_SERVER_ACCESS_ROSTER_H
#define MSGFETCH_SERVER_ACCESS_ROSTER_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define ROSTER_USERS 128u
#define ROSTER_GROUPS 1024u /* of one user */

/*
 * Words of 32 bits alone: there are machines where reading a longer atomic one is a
 * write, and readers may not write.
 */
struct roster_user {
	_Atomic uint32_t turn; /* odd: being written */
	_Atomic uint32_t uid;
	_Atomic uint32_t until; /* seconds; 0: nobody stands here */
	_Atomic uint32_t error; /* an errno instead of groups, or 0 */
	_Atomic uint32_t count;
};

struct roster {
	_Atomic uint32_t changes;   /* one more after each; what readers wait on */
	_Atomic uint32_t clearings; /* how often everybody was forgotten */
	struct roster_user users[ROSTER_USERS];
	_Atomic uint32_t groups[ROSTER_USERS][ROSTER_GROUPS];
};

/*
 * Finds what is known of uid.  now: seconds.  Returns 0, list and *count; -ENOENT:
 * nothing, or it is too old; or the error that was put there in its place.
 */
int roster_find(const struct roster *roster, uid_t uid, uint32_t now, gid_t list[ROSTER_GROUPS],
		size_t *count);

/*
 * Writes what is known of uid until the second until, in the place of what is
 * oldest.  error: a negative errno, or 0 and count groups.  More than ROSTER_GROUPS
 * are put down as -E2BIG.
 */
void roster_put(struct roster *roster, uid_t uid, uint32_t until, int error, const gid_t list[],
		size_t count);

/* Forgets everybody. */
void roster_clear(struct roster *roster);

#endif
