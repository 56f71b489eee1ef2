/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/process/privilege.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define HALVES _LINUX_CAPABILITY_U32S_3

int privilege_keep(uint64_t capabilities)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[HALVES] = {{0}}, held[HALVES];

	for (unsigned i = 0; i < HALVES; i++) {
		data[i].permitted = (uint32_t)(capabilities >> 32 * i);
		data[i].effective = data[i].permitted;
	}
	/* Without a change no call: the system call filter of a unit may forbid capset(2). */
	if (syscall(SYS_capget, &head, held) == 0 && memcmp(held, data, sizeof(data)) == 0)
		return 0;
	/* Clearing the inheritable ones clears the ambient ones (capabilities(7)). */
	return syscall(SYS_capset, &head, data) == 0 ? 0 : -errno;
}

int privilege_held(uint64_t *capabilities)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[HALVES] = {{0}};

	if (syscall(SYS_capget, &head, data) != 0)
		return -errno;
	*capabilities = 0;
	for (unsigned i = 0; i < HALVES; i++)
		*capabilities |= (uint64_t)data[i].permitted << 32 * i;
	return 0;
}

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
	bool is_user;
	int error = find_user(user, &entry);

	if (error != 0)
		return error;
	is_user = entry->pw_uid == geteuid() && entry->pw_uid == getuid();
	if (!is_user && geteuid() != 0)
		return -EPERM;
	error = become(user, entry);
	/* An ordinary process of this user had its groups before, and cannot change them. */
	if (error == -EPERM && is_user)
		error = 0;
	if (error == 0 && entry->pw_uid != 0)
		error = privilege_keep(0);
	if (error != 0)
		return error;
	/* Try the way back: it must fail. */
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
	/* KEEPCAPS is needed for the change of uid only. */
	if (prctl(PR_SET_KEEPCAPS, 0) != 0 && error == 0)
		error = -errno;
	return error;
}

int privilege_drop_to_identity(const char *user)
{
	int error = user != NULL ? become_keeping(user) : 0;

	return error != 0 ? error : privilege_keep(PRIVILEGE_IDENTITY);
}

int privilege_kill(const struct reserved *reserved, pid_t worker, uid_t uid, int signal)
{
	uid_t self = geteuid();
	int error;

	if (setresuid((uid_t)-1, uid, (uid_t)-1) != 0)
		return -errno;
	error = reserved_kill(reserved, worker, signal);
	/* Allowed: the real and the saved uid are still the daemon's. */
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
