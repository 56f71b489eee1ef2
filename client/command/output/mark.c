/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/command/output/mark.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

/* Of the text. */
#define FORM "1 "

size_t mark_format(char text[MARK_TEXT_SIZE], const struct msgfetch_stamp *stamp)
{
	int length = snprintf(text, MARK_TEXT_SIZE,
			      FORM "%" PRIu64 " %" PRIu64 " %" PRId64 " %" PRIu64 "\n",
			      stamp->device, stamp->inode, stamp->mtime_ns, stamp->size);

	return (size_t)length;
}

bool mark_parse(const char *text, size_t length, struct msgfetch_stamp *stamp)
{
	char copy[MARK_TEXT_SIZE], again[MARK_TEXT_SIZE];
	char *at = copy;

	if (length >= sizeof(copy))
		return false;
	memcpy(copy, text, length);
	copy[length] = '\0';
	if (strncmp(copy, FORM, strlen(FORM)) == 0)
		at += strlen(FORM);
	stamp->device = strtoull(at, &at, 10);
	stamp->inode = strtoull(at, &at, 10);
	stamp->mtime_ns = strtoll(at, &at, 10);
	stamp->size = strtoull(at, &at, 10);
	/* Numbers that are too large, signs, a lost end: only what is written like this counts.
	 */
	return mark_format(again, stamp) == length && memcmp(again, copy, length) == 0;
}

/* Reads up to size bytes of the file beside.  Returns how many, or 0. */
static size_t read_beside(const char *beside, char *text, size_t size)
{
	int descriptor = open(beside, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	ssize_t got;

	if (descriptor < 0)
		return 0;
	do
		got = read(descriptor, text, size);
	while (got < 0 && errno == EINTR);
	close(descriptor);
	return got > 0 ? (size_t)got : 0;
}

bool mark_read(int descriptor, const char *beside, struct msgfetch_stamp *stamp)
{
	char text[MARK_TEXT_SIZE];
	ssize_t length = fgetxattr(descriptor, MARK_ATTRIBUTE, text, sizeof(text));

	if (length < 0)
		length = (ssize_t)read_beside(beside, text, sizeof(text));
	return mark_parse(text, (size_t)length, stamp);
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

static int write_beside(const char *beside, const char *text, size_t length)
{
	int descriptor, result;

	/* Never into a file, or by a link, that somebody else put there. */
	if (unlink(beside) != 0 && errno != ENOENT)
		return -errno;
	descriptor = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (descriptor < 0)
		return -errno;
	result = write_all(descriptor, text, length);
	if (close(descriptor) != 0 && errno != EINTR && result == 0)
		result = -errno;
	return result;
}

int mark_write(int descriptor, const char *beside, const struct msgfetch_stamp *stamp)
{
	char text[MARK_TEXT_SIZE];
	size_t length = mark_format(text, stamp);

	if (fsetxattr(descriptor, MARK_ATTRIBUTE, text, length, 0) != 0)
		return write_beside(beside, text, length);
	(void)unlink(beside); /* from before, if any: the attribute wins in any case */
	return 0;
}

void mark_remove(int descriptor, const char *beside)
{
	(void)fremovexattr(descriptor, MARK_ATTRIBUTE);
	(void)unlink(beside);
}
