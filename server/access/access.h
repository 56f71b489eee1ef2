/* SPDX-License-Identifier: ISC */
/*
 * access: who may use an export.
 *
 * Owns that decision.  Must not know how users and groups are looked up (names,
 * groups).  No system call.
 */
#ifndef MSGFETCH_SERVER_ACCESS_ACCESS_H
#define MSGFETCH_SERVER_ACCESS_ACCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct id_list {
	id_t *ids;
	size_t count;
};

/* All zero: everybody may. */
struct access {
	struct id_list deny_users; /* wins over all that follows */
	struct id_list allow_users;
	struct id_list allow_groups;
	bool closed; /* whom no list names may not */
};

/* A user's groups, as the user database has them. */
struct access_groups {
	const gid_t *list;
	size_t count;
};

enum access_verdict {
	ACCESS_GRANTED,
	ACCESS_REFUSED,
	ACCESS_WANTS_GROUPS, /* it depends on the groups, which are not known */
};

/* Adds a user's or a group's number.  Returns 0 or -ENOMEM. */
int id_list_add(struct id_list *list, id_t id);

bool id_list_has(const struct id_list *list, id_t id);

/*
 * Decides on a client of this uid and gid (what the kernel says of its process).
 * groups: NULL where they are not known; ACCESS_WANTS_GROUPS comes only then.
 */
enum access_verdict access_decide(const struct access *access, uid_t uid, gid_t gid,
				  const struct access_groups *groups);

/* True where a decision can depend on groups. */
bool access_may_want_groups(const struct access *access);

void access_free(struct access *access);

#endif
