/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/access/access.h"

#include <errno.h>
#include <stdlib.h>

int id_list_add(struct id_list *list, id_t id)
{
	id_t *grown = reallocarray(list->ids, list->count + 1, sizeof(*grown));

	if (grown == NULL)
		return -ENOMEM;
	grown[list->count++] = id;
	list->ids = grown;
	return 0;
}

bool id_list_has(const struct id_list *list, id_t id)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->ids[i] == id)
			return true;
	return false;
}

bool access_may_want_groups(const struct access *access)
{
	return access->closed && access->allow_groups.count > 0;
}

enum access_decision access_decide(const struct access *access, uid_t uid, gid_t gid,
				   const struct access_groups *groups)
{
	if (id_list_has(&access->deny_users, uid))
		return ACCESS_REFUSED;
	if (!access->closed || id_list_has(&access->allow_users, uid) ||
	    id_list_has(&access->allow_groups, gid))
		return ACCESS_GRANTED;
	if (access->allow_groups.count == 0)
		return ACCESS_REFUSED;
	if (groups == NULL)
		return ACCESS_WANTS_GROUPS;
	for (size_t i = 0; i < groups->count; i++)
		if (id_list_has(&access->allow_groups, groups->list[i]))
			return ACCESS_GRANTED;
	return ACCESS_REFUSED;
}

void access_free(struct access *access)
{
	free(access->deny_users.ids);
	free(access->allow_users.ids);
	free(access->allow_groups.ids);
	*access = (struct access){0};
}
