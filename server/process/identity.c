/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/process/identity.h"

#include "server/process/privilege.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static int read_number(const char *path, id_t *number)
{
	char digits[16] = "";
	const char *wrong;
	ssize_t got;
	int error = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	got = read(fd, digits, sizeof(digits) - 1);
	if (got < 0)
		error = -errno;
	close(fd);
	if (error != 0)
		return error;
	digits[strcspn(digits, "\n")] = '\0';
	*number = (id_t)strtonum(digits, 0, UINT32_MAX, &wrong);
	return wrong == NULL ? 0 : -EINVAL;
}

int identity_learn(struct identity *identity)
{
	int error = read_number("/proc/sys/kernel/overflowuid", &identity->overflow_uid);

	return error != 0
		       ? error
		       : read_number("/proc/sys/kernel/overflowgid", &identity->overflow_gid);
}

/* Returns true if all ids changed and an attempt to change back fails. */
static bool no_way_back(uid_t uid, gid_t gid, uid_t before)
{
	uid_t real, effective, saved;
	gid_t real_group, effective_group, saved_group;
	uint64_t capabilities;

	if (getresuid(&real, &effective, &saved) != 0 ||
	    getresgid(&real_group, &effective_group, &saved_group) != 0 ||
	    privilege_held(&capabilities) != 0)
		return false;
	if (real != uid || effective != uid || saved != uid || real_group != gid ||
	    effective_group != gid || saved_group != gid || capabilities != 0)
		return false;
	if (before != uid && setresuid(before, before, before) == 0)
		return false;
	return uid == 0 || setresuid(0, 0, 0) != 0;
}

int identity_become(const struct identity *identity, uid_t uid, gid_t gid, const gid_t groups[],
		    size_t count)
{
	uid_t before = geteuid();

	if (uid == identity->overflow_uid || gid == identity->overflow_gid)
		return -EOVERFLOW;
	if (setgroups(count, groups) != 0 || setresgid(gid, gid, gid) != 0 ||
	    setresuid(uid, uid, uid) != 0)
		return errno == EINVAL ? -EOVERFLOW : -errno;
	/* The kernel drops capabilities only at a change from or to uid 0. */
	if (privilege_keep(0) != 0)
		return -errno;
	/* fs.suid_dumpable may let processes of uid trace this one. */
	if (prctl(PR_SET_DUMPABLE, 0) != 0)
		return -errno;
	return no_way_back(uid, gid, before) ? 0 : -EPERM;
}
