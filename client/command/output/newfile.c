/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/command/output/newfile.h"

#include "client/command/base/cleanup.h"
#include "client/command/output/inplace.h"
#include "client/command/output/staging.h"
#include "common/mtime.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The coarsest precision of modification times: that of FAT, in ns. */
#define FAT_NS INT64_C(2000000000)

void newfile_fill_times(struct timespec times[2], int64_t mtime_ns)
{
	/* exfat-fuse and others with libfuse 2 ignore calls that leave out one of the times. */
	times[0] = (struct timespec){.tv_nsec = UTIME_NOW};
	times[1] = mtime_split(mtime_ns);
}

int newfile_set_attributes(int descriptor, const struct attributes *attributes)
{
	bool with_mode = attributes->with_mode;
	mode_t mode = attributes->mode;
	struct timespec times[2];

	if (attributes->replaced != NULL) {
		mode_t old = replaced_pass_on(attributes->replaced, descriptor);

		mode = with_mode ? mode : old;
		with_mode = true;
	}
	if (with_mode && fchmod(descriptor, mode) != 0 && errno != EPERM && errno != EOPNOTSUPP)
		return -errno;
	if (!attributes->with_time)
		return 0;
	newfile_fill_times(times, attributes->mtime_ns);
	return futimens(descriptor, times) == 0 ? 0 : -errno;
}

static int open_new(struct newfile *file, mode_t mode)
{
	do
		file->descriptor =
			openat(file->directory, file->name,
			       O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
	while (file->descriptor < 0 && errno == EINTR);
	return file->descriptor >= 0 ? 0 : -errno;
}

/* Creates the file under an unused temporary name. */
static int open_temporary(struct newfile *file, mode_t mode)
{
	int result = -EEXIST;

	for (int tries = 0; result == -EEXIST && tries < STAGING_TRIES; tries++) {
		if (tries > 0)
			staging_renew_name(file->name);
		result = cleanup_remember_file(file->directory, file->name);
		if (result == 0)
			result = open_new(file, mode);
		if (result != 0)
			cleanup_forget_file();
	}
	return result;
}

static void forget(struct newfile *file)
{
	free(file->target);
	free(file->name);
	*file = (struct newfile){.descriptor = -1};
}

int newfile_create(struct newfile *file, int directory, const char *target, mode_t mode)
{
	int result;

	*file = (struct newfile){
		.descriptor = -1, .directory = directory, .target = strdup(target)};
	result = file->target != NULL ? staging_name(directory, target, &file->name) : -ENOMEM;
	if (result == 0)
		result = open_temporary(file, mode);
	if (result != 0)
		forget(file);
	return result;
}

int newfile_create_in_place(struct newfile *file, int directory, const char *name, mode_t mode)
{
	int result;

	*file = (struct newfile){
		.descriptor = -1, .directory = directory, .name = strdup(name)};
	result = file->name != NULL ? open_new(file, mode) : -ENOMEM;
	if (result != 0)
		forget(file);
	return result;
}

int newfile_open_existing(struct newfile *file, int directory, const char *name,
			  const struct stat *status)
{
	int result = inplace_open(directory, name, status);

	*file = (struct newfile){.descriptor = result, .directory = directory};
	if (result >= 0)
		result = newfile_restart(file);
	if (result != 0)
		newfile_release(file);
	return result;
}

int newfile_adopt(struct newfile *file, int descriptor, const char *name, const char *target)
{
	int result = 0;

	*file = (struct newfile){
		.descriptor = fcntl(descriptor, F_DUPFD_CLOEXEC, STDERR_FILENO + 1),
		.directory = AT_FDCWD,
		.name = strdup(name),
		.target = strdup(target),
	};
	if (file->descriptor < 0)
		result = -errno;
	else if (file->name == NULL || file->target == NULL)
		result = -ENOMEM;
	if (result != 0)
		newfile_release(file);
	return result;
}

int newfile_restart(struct newfile *file)
{
	file->written = 0;
	while (ftruncate(file->descriptor, 0) != 0) {
		if (errno != EINTR)
			return -errno;
	}
	return 0;
}

int newfile_write(struct newfile *file, const void *bytes, size_t length, uint64_t offset)
{
	const char *from = bytes;

	if (offset > INT64_MAX - length)
		return -EFBIG;
	while (length > 0) {
		ssize_t written = pwrite(file->descriptor, from, length, (off_t)offset);

		if (written == 0)
			return -EIO;
		if (written < 0 && errno != EINTR)
			return -errno;
		if (written > 0) {
			from += written;
			length -= (size_t)written;
			offset += (uint64_t)written;
		}
	}
	if (offset > file->written)
		file->written = offset;
	return 0;
}

static int set_size(const struct newfile *file, uint64_t size)
{
	if (size < file->written)
		return -EINVAL;
	while (size > file->written && ftruncate(file->descriptor, (off_t)size) != 0) {
		if (errno != EINTR)
			return -errno;
	}
	return 0;
}

/* Sets the attributes of a file written in place.  Only its owner may set them. */
static int set_in_place(struct newfile *file, int descriptor,
			const struct attributes *attributes)
{
	struct attributes own = *attributes;
	int result;

	own.replaced = NULL;
	result = newfile_set_attributes(descriptor, &own);
	if (result != -EPERM)
		return result;
	file->remark =
		"written in place, with the current time: only its owner may set another";
	return 0;
}

/*
 * Notes which file is complete, and whether the file system has kept the time: some drop it
 * without an error.
 */
static void look_at(struct newfile *file, int descriptor, const struct attributes *attributes)
{
	/* A new file in a new tree replaces none, so nobody asks for its inode. */
	if (file->name != NULL && file->target == NULL && !attributes->with_time)
		return;
	if (fstat(descriptor, &file->final) != 0) {
		file->final.st_ino = 0;
		return;
	}
	if (attributes->with_time && file->remark == NULL &&
	    !mtime_is_same(attributes->mtime_ns, mtime_join(file->final.st_mtim), FAT_NS))
		file->remark =
			"written, but the file system did not keep its modification time";
}

/* Copies the complete file to its target, which is a mount point.  Returns as commit. */
static int copy_to_target(struct newfile *file, const struct attributes *attributes)
{
	int to, result;

	file->remark = "written in place: the file is a mount point";
	to = inplace_copy(file->directory, file->name, file->target);
	if (to < 0)
		return to;
	result = set_in_place(file, to, attributes);
	look_at(file, to, attributes);
	if (close(to) != 0 && errno != EINTR && result == 0)
		result = -errno;
	if (result == 0)
		unlinkat(file->directory, file->name, 0);
	return result;
}

/* Gives the closed temporary file its final name.  Returns 0 or a negative errno. */
static int deliver(struct newfile *file, const struct attributes *attributes)
{
	int result = 0;

	if (renameat(file->directory, file->name, file->directory, file->target) != 0)
		result = errno == EBUSY ? copy_to_target(file, attributes) : -errno;
	if (result == 0)
		cleanup_forget_file();
	return result;
}

int newfile_commit(struct newfile *file, uint64_t size, const struct attributes *attributes)
{
	int descriptor = file->descriptor;
	int result;

	if (size > INT64_MAX)
		return -EFBIG;
	result = set_size(file, size);
	if (result == 0)
		result = file->name != NULL ? newfile_set_attributes(descriptor, attributes)
					    : set_in_place(file, descriptor, attributes);
	if (result != 0)
		return result;
	look_at(file, descriptor, attributes);
	/* Network file systems report write errors at close(), which closes in any case. */
	file->descriptor = -1;
	if (close(descriptor) != 0 && errno != EINTR)
		return -errno;
	result = file->target != NULL ? deliver(file, attributes) : 0;
	if (result != 0)
		return result;
	free(file->name);
	file->name = NULL;
	return 0;
}

void newfile_release(struct newfile *file)
{
	if (file->descriptor >= 0)
		close(file->descriptor);
	forget(file);
}

void newfile_discard(struct newfile *file)
{
	if (file->name != NULL)
		unlinkat(file->directory, file->name, 0);
	if (file->name != NULL && file->target != NULL)
		cleanup_forget_file();
	newfile_release(file);
}
