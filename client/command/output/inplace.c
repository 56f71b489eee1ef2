/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/command/output/inplace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIECE = 65536 };

bool inplace_applies(int error)
{
	return error == -EACCES || error == -EPERM || error == -EROFS;
}

/* Opens a regular file.  Fills status.  Returns a descriptor or a negative errno. */
static int open_regular(int directory, const char *name, int flags, struct stat *status)
{
	int descriptor;

	do /* O_NONBLOCK: a fifo in place of the file must not block */
		descriptor = openat(directory, name,
				    flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	while (descriptor < 0 && errno == EINTR);
	if (descriptor < 0)
		return -errno;
	if (fstat(descriptor, status) == 0 && S_ISREG(status->st_mode))
		return descriptor;
	close(descriptor);
	return -ESTALE;
}

int inplace_open(int directory, const char *name, const struct stat *status)
{
	struct stat now;
	int descriptor = open_regular(directory, name, O_WRONLY, &now);

	if (descriptor < 0 || (now.st_dev == status->st_dev && now.st_ino == status->st_ino))
		return descriptor;
	close(descriptor);
	return -ESTALE;
}

static ssize_t read_piece(int from, char *buffer, off_t at, off_t end)
{
	size_t wanted = end - at < PIECE ? (size_t)(end - at) : (size_t)PIECE;
	ssize_t got;

	do
		got = pread(from, buffer, wanted, at);
	while (got < 0 && errno == EINTR);
	if (got == 0)
		return -EIO;
	return got > 0 ? got : -errno;
}

static int write_piece(int to, const char *buffer, size_t length, off_t at)
{
	while (length > 0) {
		ssize_t put = pwrite(to, buffer, length, at);

		if (put == 0)
			return -EIO;
		if (put < 0 && errno != EINTR)
			return -errno;
		if (put > 0) {
			buffer += put;
			length -= (size_t)put;
			at += put;
		}
	}
	return 0;
}

/* Copies the bytes from at up to end.  Returns 0 or a negative errno. */
static int copy_range(int from, int to, off_t at, off_t end)
{
	char buffer[PIECE];
	int result = 0;

	while (result == 0 && at < end) {
		ssize_t got = read_piece(from, buffer, at, end);

		if (got < 0)
			return (int)got;
		result = write_piece(to, buffer, (size_t)got, at);
		at += got;
	}
	return result;
}

/* Copies size bytes without the holes.  Returns 0 or a negative errno. */
static int copy_data(int from, int to, off_t size)
{
	off_t at = 0, end;
	int result = 0;

	while (result == 0 && at < size) {
		at = lseek(from, at, SEEK_DATA);
		if (at < 0 && errno == ENXIO) /* a hole up to the end */
			return 0;
		end = at < 0 ? size : lseek(from, at, SEEK_HOLE);
		if (at < 0) /* a file system that knows no holes */
			at = 0;
		if (end < 0)
			return -errno;
		result = copy_range(from, to, at, end);
		at = end;
	}
	return result;
}

static int truncate_to(int descriptor, off_t size)
{
	while (ftruncate(descriptor, size) != 0) {
		if (errno != EINTR)
			return -errno;
	}
	return 0;
}

int inplace_copy(int directory, const char *name, const char *target)
{
	struct stat status = {0}, other;
	int from = open_regular(directory, name, O_RDONLY, &status);
	int to, result;

	if (from < 0)
		return from;
	to = open_regular(directory, target, O_WRONLY, &other);
	result = to < 0 ? to : truncate_to(to, 0);
	if (result == 0)
		result = copy_data(from, to, status.st_size);
	if (result == 0)
		result = truncate_to(to, status.st_size);
	close(from);
	if (result == 0)
		return to;
	if (to >= 0)
		close(to);
	return result;
}
