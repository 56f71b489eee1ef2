/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/privilege.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <unistd.h>

int privilege_drop(const char *user)
{
	struct passwd *entry;

	errno = 0;
	entry = getpwnam(user);
	if (entry == NULL)
		return errno != 0 && errno != ENOENT ? -errno : -ENOENT;
	if (entry->pw_uid == geteuid() && entry->pw_uid == getuid())
		return 0;
	if (geteuid() != 0)
		return -EPERM;
	if (initgroups(user, entry->pw_gid) != 0 ||
	    setresgid(entry->pw_gid, entry->pw_gid, entry->pw_gid) != 0 ||
	    setresuid(entry->pw_uid, entry->pw_uid, entry->pw_uid) != 0)
		return -errno;
	/* Believed only once it was tried: there must be no way back. */
	if (entry->pw_uid != 0 && setresuid(0, 0, 0) == 0)
		return -EPERM;
	return 0;
}

int privilege_group(const char *group, gid_t *gid)
{
	struct group *entry;

	errno = 0;
	entry = getgrnam(group);
	if (entry == NULL)
		return errno != 0 && errno != ENOENT ? -errno : -ENOENT;
	*gid = entry->gr_gid;
	return 0;
}
