/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "common/confined.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

/* openat2(2) gives up when a rename interferes. */
enum { RACE_TRIES = 64 };

int confined_open(int directory, const char *path, unsigned flags, bool links)
{
	struct open_how how = {
		.flags = flags | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS |
			   (links ? 0u : RESOLVE_NO_SYMLINKS),
	};

	for (int i = 0; i < RACE_TRIES; i++) {
		long descriptor = syscall(SYS_openat2, directory, path, &how, sizeof(how));

		if (descriptor >= 0)
			return (int)descriptor;
		if (errno != EAGAIN && errno != EINTR)
			return -errno;
	}
	return -EAGAIN;
}
