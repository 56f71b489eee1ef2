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

/* Fills above with the status of *parent, which it sets to name's directory with a slash. */
static int look_above(const char *name, char parent[PATH_MAX], struct stat *above)
{
	size_t length = parent_length(name);

	if (length >= PATH_MAX)
		return -ENAMETOOLONG;
	(void)strlcpy(parent, "./", PATH_MAX);
	if (length > 0)
		(void)strlcpy(parent, name, length + 1);
	return stat(parent, above) == 0 ? 0 : -errno;
}

bool resolve_is_planted_file(const struct stat *entry, const struct stat *parent)
{
	return (parent->st_mode & S_ISVTX) != 0 && is_planted(entry, parent);
}

/* Examines *name and follows one link.  Returns 1 after a link, 0 at the end, or an errno. */
static int step(char **name, struct stat *status, bool *planted)
{
	char parent[PATH_MAX];
	struct stat above;
	int result;

	if (lstat(*name, status) != 0) {
		status->st_mode = 0;
		return errno == ENOENT ? 0 : -errno;
	}
	if (S_ISDIR(status->st_mode) ||
	    (S_ISREG(status->st_mode) && status->st_uid == geteuid()))
		return 0;
	result = look_above(*name, parent, &above);
	if (result != 0)
		return result;
	if (S_ISREG(status->st_mode)) {
		*planted = resolve_is_planted_file(status, &above);
		return 0;
	}
	if (is_planted(status, &above))
		return -EPERM;
	if (!S_ISLNK(status->st_mode))
		return 0;
	if (is_in_proc(parent))
		return stat(*name, status) == 0 ? 0 : -errno;
	result = follow(name, parent);
	return result == 0 ? 1 : result;
}

/*
 * Checks prefix, which *name begins with, and replaces it in *name by its target if it is a
 * link.  Returns 1 after a replacement, 0 if there is nothing to follow, or an errno.
 */
static int follow_prefix(char **name, char **prefix)
{
	size_t length = strlen(*prefix);
	struct stat status, above;
	char parent[PATH_MAX];
	char *next;
	int result;

	if (lstat(*prefix, &status) != 0 || !S_ISLNK(status.st_mode))
		return 0;
	result = look_above(*prefix, parent, &above);
	if (result == 0 && is_planted(&status, &above))
		result = -EPERM;
	if (result != 0 || is_in_proc(parent))
		return result;
	result = follow(prefix, parent);
	if (result != 0)
		return result;
	if (asprintf(&next, "%s%s", *prefix, *name + length) < 0)
		return -ENOMEM;
	free(*name);
	*name = next;
	return 1;
}

/* Follows the first link among the directories that *name leads through.  Returns as above. */
static int follow_first(char **name)
{
	int result = 0;

	for (size_t at = 1; result == 0 && (*name)[at - 1] != '\0' && (*name)[at] != '\0';
	     at++) {
		char *prefix;

		if ((*name)[at] != '/' || (*name)[at - 1] == '/')
			continue;
		prefix = strndup(*name, at);
		result = prefix != NULL ? follow_prefix(name, &prefix) : -ENOMEM;
		free(prefix);
	}
	return result;
}

/* Examines the links that name leads through before its last component. */
static int check_directories(const char *name)
{
	char *copy = strdup(name);
	int result = copy != NULL ? 1 : -ENOMEM;

	for (int links = 0; result == 1 && links <= MOST_LINKS; links++)
		result = follow_first(&copy);
	free(copy);
	return result == 1 ? -ELOOP : result;
}

int resolve_check(const char *name)
{
	char *directory;
	int result;

	if (asprintf(&directory, "%s/", name) < 0)
		return -ENOMEM;
	result = check_directories(directory);
	free(directory);
	return result;
}

int resolve_target(const char *name, char **resolved, struct stat *status, bool *planted)
{
	int result = 1;

	*planted = false;
	*resolved = strdup(name);
	if (*resolved == NULL)
		return -ENOMEM;
	for (int links = 0; result == 1 && links <= MOST_LINKS; links++) {
		result = check_directories(*resolved);
		if (result == 0)
			result = step(resolved, status, planted);
	}
	if (result == 0)
		return 0;
	free(*resolved);
	*resolved = NULL;
	return result == 1 ? -ELOOP : result;
}
