/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/command/output/abandoned.h"

#include "client/command/base/rmtree.h"
#include "client/command/base/temporary.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define OPEN_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

bool abandoned_prevent(int directory)
{
	struct stat status;

	/* Where there are no locks nobody else can have one, and nothing is ever removed. */
	if (flock(directory, LOCK_EX | LOCK_NB) != 0)
		return errno != EWOULDBLOCK;
	return fstat(directory, &status) == 0 && status.st_nlink > 0;
}

/* True where others can neither rename what is ours in the directory nor move things there. */
static bool is_safe(int directory)
{
	struct stat status;

	if (fstat(directory, &status) != 0)
		return false;
	return (status.st_uid == geteuid() || status.st_uid == 0) &&
	       ((status.st_mode & (S_IWGRP | S_IWOTH)) == 0 || (status.st_mode & S_ISVTX) != 0);
}

/* Only the living hold the lock. */
static bool is_abandoned(int directory)
{
	struct stat status;

	return fstat(directory, &status) == 0 && status.st_uid == geteuid() &&
	       flock(directory, LOCK_EX | LOCK_NB) == 0;
}

static void consider(int parent, const char *path, const char *name)
{
	int directory = openat(parent, name, OPEN_FLAGS);

	if (directory < 0)
		return;
	if (is_abandoned(directory))
		rmtree(path);
	close(directory);
}

/* Considers what begins with the first length bytes of name and is as long as it. */
static void consider_all(DIR *parent, const char *whole, const char *name, size_t length)
{
	struct dirent *entry;
	char path[PATH_MAX];
	size_t head = (size_t)(name - whole);

	if (!is_safe(dirfd(parent)) || strlcpy(path, whole, sizeof(path)) >= sizeof(path))
		return;
	while ((entry = readdir(parent)) != NULL) {
		if (strlen(entry->d_name) != strlen(name) ||
		    strncmp(entry->d_name, name, length) != 0)
			continue;
		memcpy(path + head, entry->d_name, strlen(name));
		consider(dirfd(parent), path, entry->d_name);
	}
}

void abandoned_remove(const char *name)
{
	const char *slash = strrchr(name, '/');
	const char *last = slash != NULL ? slash + 1 : name;
	char above[PATH_MAX] = ".";
	DIR *parent;

	if (slash != NULL && snprintf(above, sizeof(above), "%.*s", (int)(last - name), name) >=
				     (int)sizeof(above))
		return;
	parent = opendir(above);
	if (parent == NULL)
		return;
	consider_all(parent, name, last, strlen(last) - TEMPORARY_LETTERS);
	closedir(parent);
}
