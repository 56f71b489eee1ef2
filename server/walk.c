/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/walk.h"

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
	uint32_t path;
	const struct patterns *hide; /* what is passed over */
	char name[PATH_MAX];         /* relative to the path */
};

static int walk_directory(struct trail *trail, size_t length, int directory);

static struct place here(const struct trail *trail)
{
	return (struct place){.path = trail->path, .name = trail->name};
}

static int send_link(struct trail *trail, int directory, const char *name,
		     const struct stat *status)
{
	struct place place = here(trail);
	char link[PATH_MAX];
	ssize_t length = readlinkat(directory, name, link, sizeof(link));

	if (length < 0)
		return stream_failure(trail->stream, &place, NULL, errno);
	if ((size_t)length == sizeof(link))
		return stream_failure(trail->stream, &place, NULL, ENAMETOOLONG);
	link[length] = '\0';
	return stream_other(trail->stream, &place, status, link);
}

/* A directory is announced ahead of what is in it. */
static int send_directory(struct trail *trail, size_t length, int directory, const char *name)
{
	struct place place = here(trail);
	int inner = openat(directory, name, OPEN_FLAGS | O_DIRECTORY);
	struct stat status;
	int error;

	if (inner < 0)
		return stream_failure(trail->stream, &place, NULL, errno);
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
	int fd = openat(directory, name, OPEN_FLAGS);
	struct stat status;
	int error;

	if (fd < 0)
		return stream_failure(trail->stream, &place, NULL, errno);
	if (fstat(fd, &status) != 0)
		error = stream_failure(trail->stream, &place, NULL, errno);
	else if (!S_ISREG(status.st_mode)) /* since it was looked at it became something else */
		error = stream_other(trail->stream, &place, &status, "");
	else
		error = stream_file(trail->stream, &place, fd, &status, 0);
	close(fd);
	return error;
}

/* What is neither file nor directory is not opened: that might do anything. */
static int send_looked_at(struct trail *trail, size_t length, int directory, const char *name)
{
	struct place place = here(trail);
	struct stat status;

	if (fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
		return stream_failure(trail->stream, &place, NULL, errno);
	if (S_ISREG(status.st_mode))
		return send_file(trail, directory, name);
	if (S_ISDIR(status.st_mode))
		return send_directory(trail, length, directory, name);
	if (S_ISLNK(status.st_mode))
		return send_link(trail, directory, name, &status);
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
	switch (entry->d_type) {
	case DT_REG:
		return send_file(trail, directory, entry->d_name);
	case DT_DIR:
		return send_directory(trail, length, directory, entry->d_name);
	default:
		return send_looked_at(trail, length, directory, entry->d_name);
	}
}

static bool passed_over(const struct trail *trail, const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
	       patterns_match(trail->hide, name);
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
		if (!passed_over(trail, entry->d_name))
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

int walk(struct stream *stream, int directory, uint32_t path, const struct patterns *hide)
{
	struct trail trail = {.stream = stream, .path = path, .hide = hide};

	return walk_directory(&trail, 0, directory);
}
