/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/request/sender.h"

#include <stdint.h>
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

_Static_assert(sizeof(struct pidfd_info_wire) == _IOC_SIZE(SENDER_PIDFD_GET_INFO),
	       "the kernel takes the size from the number");

/* Works where /proc shows other users' processes to nobody (hidepid). */
static uid_t ask_pidfd(pid_t pid)
{
	struct pidfd_info_wire info = {.mask = CREDENTIALS};
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	int result;

	if (fd < 0)
		return (uid_t)-1;
	result = ioctl(fd, SENDER_PIDFD_GET_INFO, &info);
	close(fd);
	return result == 0 && (info.mask & CREDENTIALS) != 0 ? info.euid : (uid_t)-1;
}

uid_t sender_uid(pid_t pid)
{
	struct stat status;
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d", (int)pid);
	return stat(path, &status) == 0 ? status.st_uid : ask_pidfd(pid);
}
