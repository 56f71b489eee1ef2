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

/* Follow no symbolic link, and do not wait for the writer of a fifo. */
#define OPEN_FLAGS (O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)

/* The walk's position: the name of the current entry. */
struct trail {
	struct stream *stream;
	const struct walk *walk;
	bool list;           /* send names, no bytes */
	bool deep;           /* descend into directories */
	size_t top;          /* the length of the first directory's name */
	char name[PATH_MAX]; /* relative to the request's path */
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

static struct entry_path here(const struct trail *trail)
{
	return (struct entry_path){.path = trail->walk->top.path, .name = trail->name};
}

int walk_link(struct stream *stream, const struct entry_path *at, int directory,
	      const char *name, const struct stat *status)
{
	char link[PATH_MAX];
	ssize_t length = readlinkat(directory, name, link, sizeof(link));

	if (length < 0)
		return stream_failure(stream, at, NULL, errno);
	if ((size_t)length == sizeof(link))
		return stream_failure(stream, at, NULL, ENAMETOOLONG);
	link[length] = '\0';
	return stream_other(stream, at, status, link);
}

/*
 * Enters a directory, which may be another export's.  Returns 0; 1: the client may not, so the
 * directory is skipped; or a negative errno of sending.
 */
static int enter(struct trail *trail, const struct stat *status)
{
	struct overlap *overlap = trail->walk->overlap;
	struct entry_path at = here(trail);
	struct failure refused;
	int error;

	if (overlap == NULL || overlap_enter(overlap, status, &refused) == 0)
		return 0;
	error = refused.error != EACCES ? stream_refusal(trail->stream, &at, &refused) : 0;
	return error != 0 ? error : 1;
}

static unsigned entered(const struct trail *trail)
{
	return trail->walk->overlap != NULL ? trail->walk->overlap->count : 0;
}

static void leave(struct trail *trail, unsigned before)
{
	if (trail->walk->overlap != NULL)
		trail->walk->overlap->count = before;
}

/* Announces a directory, then its content.  seen: its status, NULL: not known. */
static int send_directory(struct trail *trail, size_t length, int directory, const char *name,
			  const struct stat *seen)
{
	struct entry_path at = here(trail);
	int inner = open_entry(directory, name, O_DIRECTORY);
	unsigned before = entered(trail);
	struct stat status;
	int error;

	if (inner < 0)
		return stream_failure(trail->stream, &at, seen, errno);
	if (fstat(inner, &status) != 0) {
		error = errno;
		close(inner);
		return stream_failure(trail->stream, &at, NULL, error);
	}
	error = enter(trail, &status);
	if (error == 0)
		error = stream_other(trail->stream, &at, &status, "");
	if (error == 0)
		error = walk_directory(trail, length, inner);
	else
		close(inner);
	leave(trail, before);
	return error < 0 ? error : 0;
}

static int send_file(struct trail *trail, int directory, const char *name)
{
	struct entry_path at = here(trail);
	int fd = open_entry(directory, name, 0);
	struct stat status;
	int error;

	if (fd < 0)
		return stream_failure(trail->stream, &at, NULL, errno);
	if (fstat(fd, &status) != 0)
		error = stream_failure(trail->stream, &at, NULL, errno);
	else if (!S_ISREG(status.st_mode)) /* replaced since its kind was read */
		error = stream_other(trail->stream, &at, &status, "");
	else
		error = stream_file(trail->stream, &at, fd, &status);
	close(fd);
	return error;
}

/*
 * Opens only regular files and directories: opening a device can do anything.  A list opens
 * only directories.
 */
static int send_by_status(struct trail *trail, size_t length, int directory, const char *name)
{
	struct entry_path at = here(trail);
	unsigned before = entered(trail);
	struct stat status;
	int error;

	if (fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
		return stream_failure(trail->stream, &at, NULL, errno);
	error = S_ISDIR(status.st_mode) ? enter(trail, &status) : 0;
	leave(trail, before);
	if (error != 0)
		return error < 0 ? error : 0;
	if (S_ISREG(status.st_mode) && !trail->list)
		return send_file(trail, directory, name);
	if (S_ISDIR(status.st_mode) && trail->deep)
		return send_directory(trail, length, directory, name,
				      trail->list ? &status : NULL);
	if (S_ISLNK(status.st_mode))
		return walk_link(trail->stream, &at, directory, name, &status);
	return stream_other(trail->stream, &at, &status, "");
}

/* length: of the directory's name. */
static int send_entry(struct trail *trail, size_t length, int directory,
		      const struct dirent *entry)
{
	size_t name = strlen(entry->d_name);

	if (length + name + 2 > sizeof(trail->name)) {
		struct entry_path at = here(trail);

		return stream_failure(trail->stream, &at, NULL, ENAMETOOLONG);
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
		return send_by_status(trail, length, directory, entry->d_name);
	}
}

/* length: of the directory's name. */
static bool is_skipped(const struct trail *trail, size_t length, const char *name)
{
	const struct exports *exports = trail->walk->exports;

	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
	       patterns_match(trail->walk->hide, name) ||
	       (trail->walk->overlap != NULL && overlap_hides(trail->walk->overlap, name)) ||
	       (exports != NULL && length == trail->top && exports_find(exports, name) != NULL);
}

/* Closes directory.  length: of its name. */
static int walk_directory(struct trail *trail, size_t length, int directory)
{
	DIR *listing = fdopendir(directory);
	struct dirent *entry;
	int error = 0;

	if (listing == NULL) {
		struct entry_path at = here(trail);
		int reason = errno;

		close(directory);
		return stream_failure(trail->stream, &at, NULL, reason);
	}
	while (error == 0) {
		errno = 0;
		entry = readdir(listing);
		if (entry == NULL)
			break;
		if (!is_skipped(trail, length, entry->d_name))
			error = send_entry(trail, length, dirfd(listing), entry);
		trail->name[length] = '\0';
	}
	if (error == 0 && errno != 0) {
		struct entry_path at = here(trail);

		error = stream_failure(trail->stream, &at, NULL, errno);
	}
	closedir(listing);
	return error;
}

/* Checks the rules of other exports on the first directory, as opened. */
static bool may_begin(const struct walk *walk, int directory, struct failure *refused)
{
	struct stat status;

	if (walk->overlap == NULL)
		return true;
	if (fstat(directory, &status) == 0)
		return overlap_enter(walk->overlap, &status, refused) == 0;
	*refused = (struct failure){
		.reason = FAILURE_FILE, .error = errno, .text = strerror(errno)};
	return false;
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
	struct failure refused;
	int error = 0;

	if (!may_begin(walk, directory, &refused)) {
		close(directory);
		return stream_refusal(stream, &walk->top, &refused);
	}
	if (status != NULL)
		error = stream_other(stream, &walk->top, status, "");
	trail.top = strlcpy(trail.name, walk->top.name, sizeof(trail.name));
	if (error == 0)
		return walk_directory(&trail, trail.top, directory);
	close(directory);
	return error;
}
