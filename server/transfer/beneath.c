/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/transfer/beneath.h"

#include "common/confined.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* fstat(3) passes an empty string on a page of the C library that a worker does not touch. */
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
	int fd = confined_open(directory, path, O_PATH, links);

	if (fd < 0)
		return fd;
	error = beneath_stat(fd, &seen);
	close(fd);
	if (error == 0)
		error = check_regular(&seen);
	if (error != 0)
		return error;
	/* The name may lead elsewhere by now, so check once more. */
	fd = confined_open(directory, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, links);
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
	int fd = confined_open(directory, path, flags, links);

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

const char *beneath_explain(int error)
{
	switch (error) {
	case EISDIR:
		return "is a directory";
	case ENXIO:
		return "is not a regular file";
	case EXDEV:
		return "leads out of the export";
	case ELOOP:
		return "has too many symbolic links, or one that the export does not follow";
	case EAGAIN:
		return "is leased, or was renamed while it was opened: try again";
	default:
		return strerror(error);
	}
}
