/* SPDX-License-Identifier: ISC */
/*
 * access: the access rules of an export.
 *
 * Owns the decision on a client.  Must not know how names and groups are looked up.
 * No system call.
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

/* Rules of one export.  All zero: every client is granted. */
struct access {
	struct id_list deny_users; /* wins over both allow lists */
	struct id_list allow_users;
	struct id_list allow_groups;
	bool closed; /* refuses clients that no list names */
};

/* The groups of a user, from the user database. */
struct access_groups {
	const gid_t *list;
	size_t count;
};

enum access_decision {
	ACCESS_GRANTED,
	ACCESS_REFUSED,
	ACCESS_WANTS_GROUPS, /* the decision depends on groups that are unknown */
};

/* Adds a uid or gid.  Returns 0 or -ENOMEM. */
int id_list_add(struct id_list *list, id_t id);

bool id_list_has(const struct id_list *list, id_t id);

/*
 * Decides on a client by its uid and gid, as the kernel recorded them.  groups: NULL where
 * unknown.  Returns ACCESS_WANTS_GROUPS only when groups is NULL.
 */
enum access_decision access_decide(const struct access *access, uid_t uid, gid_t gid,
				   const struct access_groups *groups);

/* Returns true when a decision can depend on groups. */
bool access_may_want_groups(const struct access *access);

void access_free(struct access *access);

#endif
