/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/request/junk.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

struct pidfd_info_wire {
	uint64_t mask;
	uint64_t cgroup;
	uint32_t pid, tgid, ppid;
	uint32_t ruid, rgid, euid, egid, suid, sgid, fsuid, fsgid;
	uint32_t spare;
};

#define CREDENTIALS 2u

_Static_assert(sizeof(struct pidfd_info_wire) == _IOC_SIZE(JUNK_PIDFD_GET_INFO),
	       "the kernel takes the size from the number");

static const struct junk_reason reasons[JUNK_REASONS] = {
	{-EBADMSG, "not-a-request", "not a request"},
	{-EMSGSIZE, "too-long", "too long"},
	{-EPROTONOSUPPORT, "other-version", "another version of the protocol"},
	{-EOPNOTSUPP, "unknown-operation", "an unknown operation or flag"},
	{-EINVAL, "contradiction", "contradictory fields"},
	{-ENAMETOOLONG, "path-too-long", "a path that is too long"},
	{-ENODATA, "no-path", "an empty path"},
	{-EIDRM, "no-queue", "names a queue that does not exist"},
	{-EACCES, "foreign-queue", "names a queue that was not given to this daemon"},
	{-EROFS, "unwritable-queue", "names a queue that this daemon may not write to"},
	{-ENOMSG, "no-ticket", "no ticket in the named queue"},
	{-EPERM, "wrong-ticket", "a ticket that does not match the named queue"},
	{-EKEYREJECTED, "wrong-seal", "a seal that does not name this daemon and the queue"},
	{0, "other", "cannot be checked"},
};

const struct junk_reason *junk_reason(unsigned index)
{
	return &reasons[index];
}

unsigned junk_reason_of(int error)
{
	unsigned index = 0;

	while (index < JUNK_REASONS - 1 && reasons[index].error != error)
		index++;
	return index;
}

/* Asks the kernel through a pidfd: works where /proc hides other users' processes (hidepid). */
static uid_t ask_pidfd(pid_t pid)
{
	struct pidfd_info_wire info = {.mask = CREDENTIALS};
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	int result;

	if (fd < 0)
		return LINE_LIMIT_UNKNOWN;
	result = ioctl(fd, JUNK_PIDFD_GET_INFO, &info);
	close(fd);
	return result == 0 && (info.mask & CREDENTIALS) != 0 ? info.euid : LINE_LIMIT_UNKNOWN;
}

uid_t junk_sender_uid(pid_t pid)
{
	struct stat status;
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d", (int)pid);
	return stat(path, &status) == 0 ? status.st_uid : ask_pidfd(pid);
}
