/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/newfile.h"

#include "client/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char suffix[] = ".XXXXXX";

/* The longest name that directory, with its slash or empty, can hold. */
static size_t longest_name(const char *directory)
{
	long limit = pathconf(directory[0] != '\0' ? directory : ".", _PC_NAME_MAX);

	return limit < 0 || limit > NAME_MAX ? NAME_MAX : (size_t)limit;
}

/* How much of name fits in room bytes without cutting a UTF-8 character. */
static size_t fitting(const char *name, size_t room)
{
	size_t length = strlen(name);

	if (length <= room)
		return length;
	while (room > 0 && ((unsigned char)name[room] & 0xc0) == 0x80)
		room--;
	return room;
}

/* Returns 0 and *template, "DIRECTORY/.NAME.XXXXXX" beside target. */
static int make_template(const char *target, char **template)
{
	const char *slash = strrchr(target, '/');
	const char *name = slash != NULL ? slash + 1 : target;
	char *directory = strndup(target, (size_t)(name - target));
	size_t room;
	int result;

	if (directory == NULL)
		return -ENOMEM;
	room = longest_name(directory);
	if (strlen(name) > room) {
		result = -ENAMETOOLONG;
	} else {
		int kept = (int)fitting(name, room - strlen(suffix) - strlen("."));

		result = asprintf(template, "%s.%.*s%s", directory, kept, name, suffix);
		result = result < 0 ? -ENOMEM : 0;
	}
	free(directory);
	return result;
}

/* Creates the file and has it cleaned up, with no signal in between. */
static int create(struct newfile *file)
{
	sigset_t before;
	int result = 0;

	cleanup_hold(&before);
	file->descriptor = mkostemp(file->temporary, O_CLOEXEC);
	if (file->descriptor < 0) {
		result = -errno;
	} else {
		result = cleanup_remember_file(file->temporary);
		if (result != 0)
			unlink(file->temporary);
	}
	cleanup_release(&before);
	return result;
}

static void close_descriptor(struct newfile *file)
{
	if (file->descriptor >= 0)
		close(file->descriptor);
	file->descriptor = -1;
}

int newfile_create(struct newfile *file, const char *target)
{
	int result;

	*file = (struct newfile){.descriptor = -1};
	file->target = strdup(target);
	result = file->target != NULL ? make_template(target, &file->temporary) : -ENOMEM;
	if (result == 0)
		result = create(file);
	if (result == 0)
		return 0;
	close_descriptor(file);
	free(file->target);
	free(file->temporary);
	*file = (struct newfile){.descriptor = -1};
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

/* Where a file system keeps no permissions there are none to set. */
static int set_mode(int descriptor, mode_t mode)
{
	if (fchmod(descriptor, mode) == 0 || errno == EPERM || errno == EOPNOTSUPP)
		return 0;
	return -errno;
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

static int rename_into_place(const struct newfile *file)
{
	sigset_t before;
	int result = 0;

	cleanup_hold(&before);
	if (rename(file->temporary, file->target) != 0)
		result = -errno;
	else
		cleanup_forget_file();
	cleanup_release(&before);
	return result;
}

int newfile_commit(struct newfile *file, uint64_t size, mode_t mode)
{
	int descriptor = file->descriptor;
	int result;

	if (size > INT64_MAX)
		return -EFBIG;
	result = set_size(file, size);
	if (result == 0)
		result = set_mode(descriptor, mode);
	if (result != 0)
		return result;
	/* close() reports what a network file system could not store; it closes even so. */
	file->descriptor = -1;
	if (close(descriptor) != 0 && errno != EINTR)
		return -errno;
	result = rename_into_place(file);
	if (result == 0) {
		free(file->temporary);
		file->temporary = NULL;
	}
	return result;
}

void newfile_discard(struct newfile *file)
{
	sigset_t before;

	close_descriptor(file);
	if (file->temporary != NULL) {
		cleanup_hold(&before);
		unlink(file->temporary);
		cleanup_forget_file();
		cleanup_release(&before);
	}
	free(file->temporary);
	free(file->target);
	*file = (struct newfile){.descriptor = -1};
}
