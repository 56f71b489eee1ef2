/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

/* openat2 gives up with EAGAIN where a rename races with a ".." (openat2(2), ERRORS). */
#define RACE_TRIES 64

static int open_confined(int directory, const char *path, unsigned flags, bool links)
{
	struct open_how how = {
		.flags = flags | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS |
			   (links ? 0u : RESOLVE_NO_SYMLINKS),
	};

	for (int i = 0; i < RACE_TRIES; i++) {
		/* glibc has no wrapper for it. */
		long fd = syscall(SYS_openat2, directory, path, &how, sizeof(how));

		if (fd >= 0)
			return (int)fd;
		if (errno != EAGAIN && errno != EINTR)
			return -errno;
	}
	return -EAGAIN;
}

/* fstat(3) does the same, but with an empty string that is on a page of the C library. */
int beneath_stat(int fd, struct stat *status)
{
	return fstatat(fd, "", status, AT_EMPTY_PATH) == 0 ? 0 : -errno;
}

static int check_regular(const struct stat *status)
{
	if (S_ISREG(status->st_mode))
		return 0;
	return S_ISDIR(status->st_mode) ? -EISDIR : -ENXIO;
}

int beneath_open(int directory, const char *path, bool links, struct stat *status)
{
	struct stat seen;
	int error;
	int fd = open_confined(directory, path, O_PATH, links);

	if (fd < 0)
		return fd;
	error = beneath_stat(fd, &seen);
	close(fd);
	if (error == 0)
		error = check_regular(&seen);
	if (error != 0)
		return error;
	/* The name may lead elsewhere by now, so the same questions are asked again. */
	fd = open_confined(directory, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, links);
	if (fd < 0)
		return fd;
	error = beneath_stat(fd, status);
	if (error == 0)
		error = check_regular(status);
	if (error != 0) {
		close(fd);
		return error;
	}
	return fd;
}

static int open_and_stat(int directory, const char *path, unsigned flags, bool links,
			 struct stat *status)
{
	int error;
	int fd = open_confined(directory, path, flags, links);

	if (fd < 0)
		return fd;
	error = beneath_stat(fd, status);
	if (error == 0)
		return fd;
	close(fd);
	return error;
}

int beneath_open_directory(int directory, const char *path, bool links, struct stat *status)
{
	return open_and_stat(directory, path, O_RDONLY | O_DIRECTORY, links, status);
}

int beneath_look(int directory, const char *path, bool links, struct stat *status)
{
	return open_and_stat(directory, path, O_PATH | O_NOFOLLOW, links, status);
}
