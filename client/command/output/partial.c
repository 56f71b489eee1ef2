/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/command/output/partial.h"

#include "client/command/output/staging.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

/* Follows the name of the partial file in that of the mark file. */
#define MARK_SUFFIX ".stamp"

/* Start of a mark's text: the version of its format. */
#define MARK_VERSION "1 "

size_t partial_format_mark(char text[PARTIAL_MARK_SIZE], const struct msgfetch_stamp *stamp)
{
	int length = snprintf(text, PARTIAL_MARK_SIZE,
			      MARK_VERSION "%" PRIu64 " %" PRIu64 " %" PRId64 " %" PRIu64 "\n",
			      stamp->device, stamp->inode, stamp->mtime_ns, stamp->size);

	return (size_t)length;
}

bool partial_parse_mark(const char *text, size_t length, struct msgfetch_stamp *stamp)
{
	char copy[PARTIAL_MARK_SIZE], again[PARTIAL_MARK_SIZE];
	char *at = copy;

	if (length >= sizeof(copy))
		return false;
	memcpy(copy, text, length);
	copy[length] = '\0';
	if (strncmp(copy, MARK_VERSION, strlen(MARK_VERSION)) == 0)
		at += strlen(MARK_VERSION);
	stamp->device = strtoull(at, &at, 10);
	stamp->inode = strtoull(at, &at, 10);
	stamp->mtime_ns = strtoll(at, &at, 10);
	stamp->size = strtoull(at, &at, 10);
	/* Reject overflows, signs and cut texts: only our own spelling is valid. */
	return partial_format_mark(again, stamp) == length && memcmp(again, copy, length) == 0;
}

/*
 * A local user could plant a file, or a hard link to a victim's file, under this name: its
 * bytes would be trusted, or the victim's file overwritten.
 */
static bool is_own(const struct stat *status)
{
	return S_ISREG(status->st_mode) && status->st_uid == geteuid() && status->st_nlink == 1;
}

/* Reads up to size bytes of the mark file.  Returns their number, or 0. */
static size_t read_mark_file(const char *mark_file, char *text, size_t size)
{
	int descriptor = open(mark_file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat status;
	ssize_t got = -1;

	if (descriptor < 0)
		return 0;
	if (fstat(descriptor, &status) == 0 && is_own(&status) &&
	    (status.st_mode & (S_IWGRP | S_IWOTH)) == 0) {
		do
			got = read(descriptor, text, size);
		while (got < 0 && errno == EINTR);
	}
	close(descriptor);
	return got > 0 ? (size_t)got : 0;
}

bool partial_read_mark(int descriptor, const char *mark_file, struct msgfetch_stamp *stamp)
{
	char text[PARTIAL_MARK_SIZE];
	ssize_t length = fgetxattr(descriptor, PARTIAL_MARK_ATTRIBUTE, text, sizeof(text));

	if (length < 0 && errno == ENOTSUP)
		length = (ssize_t)read_mark_file(mark_file, text, sizeof(text));
	return length > 0 && partial_parse_mark(text, (size_t)length, stamp);
}

static int write_all(int descriptor, const char *text, size_t length)
{
	ssize_t put;

	do
		put = write(descriptor, text, length);
	while (put < 0 && errno == EINTR);
	if (put < 0)
		return -errno;
	return (size_t)put == length ? 0 : -ENOSPC;
}

static int write_mark_file(const char *mark_file, const char *text, size_t length)
{
	int descriptor, result;

	/* Another user may have planted a file or a symbolic link under this name. */
	if (unlink(mark_file) != 0 && errno != ENOENT)
		return -errno;
	descriptor =
		open(mark_file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (descriptor < 0)
		return -errno;
	result = write_all(descriptor, text, length);
	if (close(descriptor) != 0 && errno != EINTR && result == 0)
		result = -errno;
	return result;
}

int partial_write_mark(int descriptor, const char *mark_file,
		       const struct msgfetch_stamp *stamp)
{
	char text[PARTIAL_MARK_SIZE];
	size_t length = partial_format_mark(text, stamp);

	if (fsetxattr(descriptor, PARTIAL_MARK_ATTRIBUTE, text, length, 0) != 0) {
		if (errno == ENOTSUP)
			return write_mark_file(mark_file, text, length);
		/* Without room for a mark, the next run starts over; an old mark must not stay.
		 */
		return fremovexattr(descriptor, PARTIAL_MARK_ATTRIBUTE) == 0 || errno == ENODATA
			       ? 0
			       : -errno;
	}
	(void)unlink(mark_file); /* from an earlier transfer; the attribute takes precedence */
	return 0;
}

void partial_remove_mark(int descriptor, const char *mark_file)
{
	(void)fremovexattr(descriptor, PARTIAL_MARK_ATTRIBUTE);
	(void)unlink(mark_file);
}

/* Another process may rename the file to its final name just before the lock is taken. */
enum { LOCK_TRIES = 10 };

/* Locks the file opened as name.  Returns 0, or -ESTALE if the file was renamed meanwhile. */
static int lock(int descriptor, const char *name, struct stat *status)
{
	struct stat named;

	while (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
		if (errno != EINTR)
			return -errno;
	}
	if (fstat(descriptor, status) != 0)
		return -errno;
	if (lstat(name, &named) != 0)
		return errno == ENOENT ? -ESTALE : -errno;
	return named.st_dev == status->st_dev && named.st_ino == status->st_ino ? 0 : -ESTALE;
}

/* Opens and locks FILE.part.  Returns a descriptor or a negative errno. */
static int open_locked(const char *name, mode_t mode, struct stat *status)
{
	int descriptor, result;

	descriptor = open(name, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, mode);
	if (descriptor < 0)
		return errno == ELOOP || errno == ENXIO ? -EPERM : -errno;
	result = lock(descriptor, name, status);
	if (result == 0 && !is_own(status))
		result = -EPERM;
	if (result == 0)
		return descriptor;
	close(descriptor);
	return result;
}

/* Finds out which bytes exist, and of which file.  Returns 0 or -EEXIST. */
static int load_mark(struct partial *partial, const struct stat *status)
{
	uint64_t size = (uint64_t)status->st_size;

	if (size == 0)
		return 0;
	if (!partial_read_mark(partial->lock, partial->mark_file, &partial->stamp)) {
		newfile_release(&partial->file);
		return -EEXIST;
	}
	partial->marked = size <= partial->stamp.size;
	partial->position = partial->marked ? size : 0;
	return 0;
}

int partial_open(struct partial *partial, const char *target, mode_t mode)
{
	struct stat status = {0};
	char *name = NULL;
	int result;

	*partial = (struct partial){.file.descriptor = -1, .lock = -1};
	result = staging_suffix(target, ".part", strlen(MARK_SUFFIX), &name);
	if (result != 0)
		return result;
	if (asprintf(&partial->mark_file, "%s" MARK_SUFFIX, name) < 0)
		partial->mark_file = NULL;
	result = -ESTALE;
	for (int tries = 0; result == -ESTALE && tries < LOCK_TRIES; tries++)
		result = open_locked(name, mode, &status);
	if (result >= 0) {
		partial->lock = result;
		result = partial->mark_file != NULL
				 ? newfile_adopt(&partial->file, partial->lock, name, target)
				 : -ENOMEM;
	}
	if (result == 0)
		result = load_mark(partial, &status);
	free(name);
	return result;
}

int partial_begin(struct partial *partial, const struct msgfetch_stamp *stamp, uint64_t offset)
{
	int result;

	if (offset > 0) {
		partial->file.written = offset;
		return 0;
	}
	/* Truncate first: old bytes must never appear under the new mark. */
	result = newfile_restart(&partial->file);
	if (result == 0)
		result = partial_write_mark(partial->lock, partial->mark_file, stamp);
	partial->position = 0;
	return result;
}

int partial_read(const struct partial *partial, uint64_t offset, void *buffer, size_t length)
{
	char *to = buffer;

	while (length > 0) {
		ssize_t got = pread(partial->lock, to, length, (off_t)offset);

		if (got == 0)
			return -EIO;
		if (got < 0 && errno != EINTR)
			return -errno;
		if (got > 0) {
			to += got;
			length -= (size_t)got;
			offset += (uint64_t)got;
		}
	}
	return 0;
}

int partial_commit(struct partial *partial, uint64_t size, const struct attributes *attributes)
{
	int result = newfile_commit(&partial->file, size, attributes);

	if (result == 0)
		partial_remove_mark(partial->lock, partial->mark_file);
	return result;
}

void partial_invalidate(struct partial *partial)
{
	partial->invalid = true;
}

void partial_close(struct partial *partial)
{
	struct stat status;

	/* The name still belongs to this file: nobody else can hold the lock. */
	if (partial->file.name != NULL && fstat(partial->lock, &status) == 0 &&
	    (partial->invalid || status.st_size == 0)) {
		partial_remove_mark(partial->lock, partial->mark_file);
		newfile_discard(&partial->file);
	} else {
		newfile_release(&partial->file);
	}
	if (partial->lock >= 0)
		close(partial->lock);
	free(partial->mark_file);
	*partial = (struct partial){.file.descriptor = -1, .lock = -1};
}
