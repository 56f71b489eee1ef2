/* SPDX-License-Identifier: ISC */
/*
 * trust: decides which users may hold the key.
 *
 * Owns the lookup of the service user.  Must not know queues.
 */
#ifndef MSGFETCH_LIB_TRUST_H
#define MSGFETCH_LIB_TRUST_H

#include <stdbool.h>
#include <sys/types.h>

#define TRUST_USUAL_USER "msgfetchd"

struct trust {
	const char *user; /* the service user, a name or a uid; NULL: none; not owned */
	bool looked_up;
	bool known; /* uid is valid */
	uid_t uid;
};

/* Returns true if holder is root, self or the service user.  service: NULL for none.  Pure. */
bool trust_decide(uid_t holder, uid_t self, const uid_t *service);

/*
 * Looks up a user: digits are a uid, anything else is a name.  Returns 0; -ENOENT: no such
 * user; -ERANGE: not a valid uid; or the error of the user database.
 */
int trust_lookup(const char *user, uid_t *uid);

/*
 * Returns true if uid stands for all users without a mapping in this user namespace.  Such a
 * user must not be trusted, even if this process has the same uid.
 */
bool trust_unmapped(uid_t uid);

/* Returns true if a map in the format of /proc/self/uid_map has uid.  Pure. */
bool trust_map_has(const char *map, uid_t uid);

/*
 * Returns true if holder is trusted.  Looks up the service user at most once, and only if
 * holder is neither root nor this user: loading the database's modules costs more than a
 * fetch.
 */
bool trust_holder(struct trust *trust, uid_t holder);

#endif
