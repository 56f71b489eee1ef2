/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/process/privilege.h"

#include "server/process/capability.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

static int find_user(const char *user, const struct passwd **entry)
{
	errno = 0;
	*entry = getpwnam(user);
	if (*entry == NULL)
		return errno != 0 && errno != ENOENT ? -errno : -ENOENT;
	return 0;
}

static int become(const char *user, const struct passwd *entry)
{
	if (initgroups(user, entry->pw_gid) != 0 ||
	    setresgid(entry->pw_gid, entry->pw_gid, entry->pw_gid) != 0 ||
	    setresuid(entry->pw_uid, entry->pw_uid, entry->pw_uid) != 0)
		return -errno;
	return 0;
}

int privilege_drop(const char *user)
{
	const struct passwd *entry;
	int error = find_user(user, &entry);

	if (error != 0)
		return error;
	if (entry->pw_uid == geteuid() && entry->pw_uid == getuid())
		return 0;
	if (geteuid() != 0)
		return -EPERM;
	error = become(user, entry);
	if (error != 0)
		return error;
	/* Believed only once it was tried: there must be no way back. */
	if (entry->pw_uid != 0 && setresuid(0, 0, 0) == 0)
		return -EPERM;
	return 0;
}

static int become_keeping(const char *user)
{
	const struct passwd *entry;
	int error = find_user(user, &entry);

	if (error != 0 || (entry->pw_uid == geteuid() && entry->pw_uid == getuid()))
		return error;
	if (geteuid() != 0)
		return -EPERM;
	if (prctl(PR_SET_KEEPCAPS, 1) != 0)
		return -errno;
	error = become(user, entry);
	/* It is for the one change alone. */
	if (prctl(PR_SET_KEEPCAPS, 0) != 0 && error == 0)
		error = -errno;
	return error;
}

int privilege_drop_to_identity(const char *user)
{
	int error = user != NULL ? become_keeping(user) : 0;

	return error != 0 ? error : capability_set(CAPABILITY_IDENTITY);
}

int privilege_kill(const struct reserved *reserved, pid_t worker, uid_t uid)
{
	uid_t self = geteuid();
	int error;

	if (setresuid((uid_t)-1, uid, (uid_t)-1) != 0)
		return -errno;
	error = reserved_kill(reserved, worker, SIGKILL);
	/* The real and the saved uid are still its own, so this cannot be refused. */
	if (setresuid((uid_t)-1, self, (uid_t)-1) != 0)
		return -errno;
	return error;
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
