/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/transfer/walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

/* Never what the name's symbolic link says, never waiting for a fifo's writer. */
#define OPEN_FLAGS (O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)

/* The way from the path that was asked for to the entry at hand. */
struct trail {
	struct stream *stream;
	const struct walk *walk;
	bool list;           /* names are wanted, no bytes */
	bool deep;           /* what is in directories, too */
	size_t top;          /* how long the name of the first directory is */
	char name[PATH_MAX]; /* relative to the path */
};

static int walk_directory(struct trail *trail, size_t length, int directory);

static int open_entry(int directory, const char *name, int more_flags)
{
	int fd;

	do
		fd = openat(directory, name, OPEN_FLAGS | more_flags);
	while (fd < 0 && errno == EINTR);
	return fd;
}

static struct place here(const struct trail *trail)
{
	return (struct place){.path = trail->walk->top.path, .name = trail->name};
}

int walk_link(struct stream *stream, const struct place *place, int directory, const char *name,
	      const struct stat *status)
{
	char link[PATH_MAX];
	ssize_t length = readlinkat(directory, name, link, sizeof(link));

	if (length < 0)
		return stream_failure(stream, place, NULL, errno);
	if ((size_t)length == sizeof(link))
		return stream_failure(stream, place, NULL, ENAMETOOLONG);
	link[length] = '\0';
	return stream_other(stream, place, status, link);
}

/* A directory is announced ahead of what is in it.  seen: what is known of it, or NULL. */
static int send_directory(struct trail *trail, size_t length, int directory, const char *name,
			  const struct stat *seen)
{
	struct place place = here(trail);
	int inner = open_entry(directory, name, O_DIRECTORY);
	struct stat status;
	int error;

	if (inner < 0)
		return stream_failure(trail->stream, &place, seen, errno);
	if (fstat(inner, &status) != 0) {
		error = errno;
		close(inner);
		return stream_failure(trail->stream, &place, NULL, error);
	}
	error = stream_other(trail->stream, &place, &status, "");
	if (error == 0)
		return walk_directory(trail, length, inner);
	close(inner);
	return error;
}

static int send_file(struct trail *trail, int directory, const char *name)
{
	struct place place = here(trail);
	int fd = open_entry(directory, name, 0);
	struct stat status;
	int error;

	if (fd < 0)
		return stream_failure(trail->stream, &place, NULL, errno);
	if (fstat(fd, &status) != 0)
		error = stream_failure(trail->stream, &place, NULL, errno);
	else if (!S_ISREG(status.st_mode)) /* since it was looked at it became something else */
		error = stream_other(trail->stream, &place, &status, "");
	else
		error = stream_file(trail->stream, &place, fd, &status, NULL);
	close(fd);
	return error;
}

/*
 * What is neither file nor directory is not opened: that might do anything.  For a list
 * nothing is opened but the directories that it goes into.
 */
static int send_looked_at(struct trail *trail, size_t length, int directory, const char *name)
{
	struct place place = here(trail);
	struct stat status;

	if (fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
		return stream_failure(trail->stream, &place, NULL, errno);
	if (S_ISREG(status.st_mode) && !trail->list)
		return send_file(trail, directory, name);
	if (S_ISDIR(status.st_mode) && trail->deep)
		return send_directory(trail, length, directory, name,
				      trail->list ? &status : NULL);
	if (S_ISLNK(status.st_mode))
		return walk_link(trail->stream, &place, directory, name, &status);
	return stream_other(trail->stream, &place, &status, "");
}

/* length: of the trail before this entry's name. */
static int send_entry(struct trail *trail, size_t length, int directory,
		      const struct dirent *entry)
{
	size_t name = strlen(entry->d_name);

	if (length + name + 2 > sizeof(trail->name)) {
		struct place place = here(trail);

		return stream_failure(trail->stream, &place, NULL, ENAMETOOLONG);
	}
	if (length > 0)
		trail->name[length++] = '/';
	memcpy(trail->name + length, entry->d_name, name + 1);
	length += name;
	switch (trail->list ? DT_UNKNOWN : entry->d_type) {
	case DT_REG:
		return send_file(trail, directory, entry->d_name);
	case DT_DIR:
		return send_directory(trail, length, directory, entry->d_name, NULL);
	default:
		return send_looked_at(trail, length, directory, entry->d_name);
	}
}

/* length: of the trail before this name. */
static bool passed_over(const struct trail *trail, size_t length, const char *name)
{
	const struct exports *exports = trail->walk->exports;

	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
	       patterns_match(trail->walk->hide, name) ||
	       (exports != NULL && length == trail->top && exports_find(exports, name) != NULL);
}

/* length: of the trail, which names this directory. */
static int walk_directory(struct trail *trail, size_t length, int directory)
{
	DIR *listing = fdopendir(directory);
	struct dirent *entry;
	int error = 0;

	if (listing == NULL) {
		struct place place = here(trail);
		int reason = errno;

		close(directory);
		return stream_failure(trail->stream, &place, NULL, reason);
	}
	while (error == 0) {
		errno = 0;
		entry = readdir(listing);
		if (entry == NULL)
			break;
		if (!passed_over(trail, length, entry->d_name))
			error = send_entry(trail, length, dirfd(listing), entry);
		trail->name[length] = '\0';
	}
	if (error == 0 && errno != 0) {
		struct place place = here(trail);

		error = stream_failure(trail->stream, &place, NULL, errno);
	}
	closedir(listing);
	return error;
}

int walk(struct stream *stream, const struct walk *walk, int directory,
	 const struct stat *status)
{
	uint32_t flags = stream->request->flags;
	struct trail trail = {
		.stream = stream,
		.walk = walk,
		.list = stream->request->operation == OPERATION_LIST,
		.deep = (flags & REQUEST_RECURSE) != 0,
	};
	int error = status != NULL ? stream_other(stream, &walk->top, status, "") : 0;

	trail.top = strlcpy(trail.name, walk->top.name, sizeof(trail.name));
	if (error == 0)
		return walk_directory(&trail, trail.top, directory);
	close(directory);
	return error;
}
