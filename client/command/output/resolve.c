/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/command/output/resolve.h"

#include <errno.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

/* The kernel's limit of links in one lookup. */
enum { MOST_LINKS = 40 };

/* Returns how many bytes of name precede its last component. */
static size_t parent_length(const char *name)
{
	size_t length = strlen(name);

	while (length > 1 && name[length - 1] == '/')
		length--;
	while (length > 0 && name[length - 1] != '/')
		length--;
	return length;
}

/* Returns whether another user may have planted the entry, in the directory parent. */
static bool is_planted(const struct stat *entry, const struct stat *parent)
{
	return (parent->st_mode & (S_IWGRP | S_IWOTH)) != 0 && entry->st_uid != geteuid() &&
	       entry->st_uid != 0 && entry->st_uid != parent->st_uid;
}

/* Links of /proc, such as /proc/self/fd/1, lead to open files.  Their text is no name. */
static bool is_in_proc(const char *directory)
{
	struct statfs system;

	return statfs(directory, &system) == 0 && system.f_type == PROC_SUPER_MAGIC;
}

/* Replaces *name by the target of the link *name, whose directory is parent. */
static int follow(char **name, const char *parent)
{
	char text[PATH_MAX];
	ssize_t length = readlink(*name, text, sizeof(text));
	char *next;

	if (length < 0)
		return -errno;
	if (length == (ssize_t)sizeof(text))
		return -ENAMETOOLONG;
	if (asprintf(&next, "%s%.*s", text[0] == '/' ? "" : parent, (int)length, text) < 0)
		return -ENOMEM;
	free(*name);
	*name = next;
	return 0;
}

/* Examines *name and follows one link.  Returns 1 after a link, 0 at the end, or an errno. */
static int step(char **name, struct stat *status)
{
	size_t length = parent_length(*name);
	char parent[PATH_MAX] = "./";
	struct stat above;
	int result;

	if (lstat(*name, status) != 0) {
		status->st_mode = 0;
		return errno == ENOENT ? 0 : -errno;
	}
	if (S_ISREG(status->st_mode) || S_ISDIR(status->st_mode))
		return 0;
	if (length >= sizeof(parent))
		return -ENAMETOOLONG;
	if (length > 0)
		(void)strlcpy(parent, *name, length + 1);
	if (stat(parent, &above) != 0)
		return -errno;
	if (is_planted(status, &above))
		return -EPERM;
	if (!S_ISLNK(status->st_mode))
		return 0;
	if (is_in_proc(parent))
		return stat(*name, status) == 0 ? 0 : -errno;
	result = follow(name, parent);
	return result == 0 ? 1 : result;
}

int resolve_target(const char *name, char **resolved, struct stat *status)
{
	int result = 1;

	*resolved = strdup(name);
	if (*resolved == NULL)
		return -ENOMEM;
	for (int links = 0; result == 1 && links <= MOST_LINKS; links++)
		result = step(resolved, status);
	if (result == 0)
		return 0;
	free(*resolved);
	*resolved = NULL;
	return result == 1 ? -ELOOP : result;
}
