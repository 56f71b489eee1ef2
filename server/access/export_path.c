/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/access/export_path.h"

#include "common/confined.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

/* Retry hint while the daemon opens the new directory: longer than the daemon needs. */
#define REOPEN_RETRY_MS 200u

static const struct failure replaced = {
	.reason = FAILURE_BUSY,
	.error = EAGAIN,
	.retry_ms = REOPEN_RETRY_MS,
	.text = "the directory of the export was replaced, try again",
};

static const struct failure gone = {
	.reason = FAILURE_FILE,
	.error = ENOENT,
	.text = "the directory of the export is gone",
};

#define NS_PER_S 1000000000ll

/* Returns true if the directory was removed, so that nothing can be in it. */
static bool is_removed(const struct export *export)
{
	struct stat status;

	if (fstatat(export->directory, "", &status, AT_EMPTY_PATH) != 0)
		return errno == ESTALE;
	return status.st_nlink == 0;
}

/* Compares, and fills *found for EXPORT_REPLACED. */
static enum export_state compare(const struct export *export, struct stat *found)
{
	if (fstatat(AT_FDCWD, export->path, found, 0) != 0) {
		/* Without permission for the path, the directory itself decides. */
		bool missing = errno == ENOENT || errno == ENOTDIR;

		return missing || is_removed(export) ? EXPORT_GONE : EXPORT_OPEN;
	}
	/* A bind mount still names a removed directory. */
	if (found->st_dev == export->device && found->st_ino == export->inode)
		return found->st_nlink == 0 ? EXPORT_GONE : EXPORT_OPEN;
	return S_ISDIR(found->st_mode) ? EXPORT_REPLACED : EXPORT_GONE;
}

enum export_state export_path_compare(const struct export *export)
{
	struct stat found;

	return compare(export, &found);
}

enum export_state export_path_state(const struct export *export)
{
	if (export->noticed == EXPORT_OPEN && export->unreadable)
		return EXPORT_UNREADABLE;
	return export->noticed;
}

const char *export_state_name(enum export_state state)
{
	static const char *const names[] = {
		[EXPORT_OPEN] = "open",
		[EXPORT_REPLACED] = "replaced",
		[EXPORT_GONE] = "gone",
		[EXPORT_UNREADABLE] = "unreadable",
	};

	return names[state];
}

/* Returns the time when the directory at path was made, in ns; 0: unknown. */
static int64_t born(const char *path)
{
	struct statx status;

	if (statx(AT_FDCWD, path, 0, STATX_BTIME, &status) != 0 ||
	    (status.stx_mask & STATX_BTIME) == 0)
		return 0;
	return status.stx_btime.tv_sec * NS_PER_S + status.stx_btime.tv_nsec;
}

/* Returns true if the daemon has refused to open the directory found at the path. */
static bool was_refused(const struct export *export, const struct stat *found)
{
	return export->refused && found->st_dev == export->refused_device &&
	       found->st_ino == export->refused_inode &&
	       born(export->path) == export->refused_born;
}

bool export_path_usable(const struct export *export, struct failure *failure, bool *changed)
{
	struct stat found;
	enum export_state state = compare(export, &found);
	bool refused = state == EXPORT_REPLACED && was_refused(export, &found);

	*changed = state != export->noticed || (state == EXPORT_REPLACED && !refused);
	/* The old directory stays in force if the new one was refused. */
	if (state == EXPORT_OPEN || (refused && !is_removed(export)))
		return true;
	*failure = state == EXPORT_REPLACED && !refused ? replaced : gone;
	return false;
}

void export_path_refuse(struct export *export)
{
	struct stat status;

	if (stat(export->path, &status) != 0)
		return;
	export->refused = true;
	export->refused_device = status.st_dev;
	export->refused_inode = status.st_ino;
	export->refused_born = born(export->path);
}

/* Returns true if only these users can rename or remove entries of the directory. */
static bool is_safe(const struct stat *directory, uid_t owner)
{
	bool trusted = directory->st_uid == 0 || directory->st_uid == geteuid() ||
		       directory->st_uid == owner;
	bool shared = (directory->st_mode & (S_IWGRP | S_IWOTH)) != 0 &&
		      (directory->st_mode & S_ISVTX) == 0;

	return trusted && !shared;
}

/* Opens the next component of a path beneath parent, and closes parent. */
static int step(int parent, const char *name, uid_t owner)
{
	struct stat status;
	int fd = -EPERM;

	if (fstat(parent, &status) != 0)
		fd = -errno;
	else if (is_safe(&status, owner))
		fd = confined_open(parent, name, O_PATH | O_DIRECTORY, false);
	close(parent);
	/* The path has "..". */
	return fd == -EXDEV ? -EPERM : fd;
}

/* Returns true for the root of a mount: only root mounts over a directory of another user. */
static bool is_mount(int fd)
{
	struct statx status;

	return statx(fd, "", AT_EMPTY_PATH, 0, &status) == 0 &&
	       (status.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

int export_path_open(const struct export *export)
{
	char path[PATH_MAX], *rest = path, *name;
	struct stat old, status;
	int fd;

	if (strlcpy(path, export->path, sizeof(path)) >= sizeof(path))
		return -ENAMETOOLONG;
	if (fstat(export->directory, &old) != 0)
		return -errno;
	fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	while (fd >= 0 && (name = strsep(&rest, "/")) != NULL)
		if (name[0] != '\0')
			fd = step(fd, name, old.st_uid);
	if (fd < 0)
		return fd;
	if (fstat(fd, &status) == 0 && (status.st_uid == old.st_uid || is_mount(fd)))
		return fd;
	close(fd);
	return -EPERM;
}
