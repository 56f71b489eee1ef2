/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/access/exports.h"

#include "common/confined.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool export_name_valid(const char *name)
{
	size_t length = strnlen(name, NAME_MAX + 1);

	if (strcmp(name, EXPORT_ROOT) == 0)
		return true;
	return length > 0 && length <= NAME_MAX && strchr(name, '/') == NULL &&
	       strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

static struct export *find(const struct exports *exports, const char *name, size_t length)
{
	for (size_t i = 0; i < exports->count; i++) {
		struct export *export = &exports->list[i];

		if (strlen(export->name) == length && memcmp(export->name, name, length) == 0)
			return export;
	}
	return NULL;
}

/* Appends an export, which takes ownership of name and path. */
static int append(struct exports *exports, char *name, char *path)
{
	struct export *grown = reallocarray(exports->list, exports->count + 1, sizeof(*grown));

	if (grown == NULL)
		return -ENOMEM;
	grown[exports->count++] = (struct export){.name = name, .path = path, .directory = -1};
	exports->list = grown;
	return 0;
}

int exports_add(struct exports *exports, const char *name, const char *path)
{
	char *path_copy, *name_copy;
	int error = -ENOMEM;

	if (!export_name_valid(name))
		return -EINVAL;
	if (find(exports, name, strlen(name)) != NULL)
		return -EEXIST;
	name_copy = strdup(name);
	path_copy = strdup(path);
	if (name_copy != NULL && path_copy != NULL)
		error = append(exports, name_copy, path_copy);
	if (error != 0) {
		free(name_copy);
		free(path_copy);
	}
	return error;
}

struct export *exports_find(const struct exports *exports, const char *name)
{
	return find(exports, name, strlen(name));
}

int export_hide(struct export *export, const char *pattern)
{
	struct patterns *hide = &export->hide;
	char **grown;
	char *copy;

	if (pattern[0] == '\0' || strchr(pattern, '/') != NULL)
		return -EINVAL;
	grown = reallocarray(hide->list, hide->count + 1, sizeof(*grown));
	if (grown == NULL)
		return -ENOMEM;
	hide->list = grown;
	copy = strdup(pattern);
	if (copy == NULL)
		return -ENOMEM;
	hide->list[hide->count++] = copy;
	return 0;
}

bool patterns_match(const struct patterns *patterns, const char *name)
{
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return false;
	for (size_t i = 0; i < patterns->count; i++)
		if (fnmatch(patterns->list[i], name, 0) == 0)
			return true;
	return false;
}

bool export_hides(const struct export *export, const char *path)
{
	char name[NAME_MAX + 1];

	if (export->hide.count == 0)
		return false;
	while (*path != '\0') {
		size_t length = (size_t)(strchrnul(path, '/') - path);

		/* No file has a longer name. */
		if (length > 0 && length <= NAME_MAX) {
			memcpy(name, path, length);
			name[length] = '\0';
			if (patterns_match(&export->hide, name))
				return true;
		}
		path += length;
		while (*path == '/')
			path++;
	}
	return false;
}

bool exports_want_groups(const struct exports *exports)
{
	for (size_t i = 0; i < exports->count; i++)
		if (access_may_want_groups(&exports->list[i].access))
			return true;
	return false;
}

int export_hold(struct export *export, int directory)
{
	struct stat status;
	int fd;

	if (fstat(directory, &status) != 0)
		return -errno;
	export->directory = directory;
	export->device = status.st_dev;
	export->inode = status.st_ino;
	fd = confined_open(directory, ".", O_PATH | O_DIRECTORY, false);
	export->unreadable = fd < 0;
	if (fd >= 0)
		close(fd);
	return 0;
}

static int open_export(struct export *export)
{
	int fd = open(export->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int error = fd >= 0 ? export_hold(export, fd) : -errno;

	if (error != 0 && fd >= 0)
		close(fd);
	return error;
}

int exports_open(struct exports *exports, const struct export **failed)
{
	int error = 0;

	for (size_t i = 0; error == 0 && i < exports->count; i++) {
		*failed = &exports->list[i];
		error = open_export(&exports->list[i]);
	}
	return error;
}

/* Replaces strspn(), which costs a new worker two more pages. */
static const char *skip_slashes(const char *path)
{
	while (*path == '/')
		path++;
	return path;
}

const struct export *exports_match(const struct exports *exports, const char *path,
				   const char **relative)
{
	const struct export *export;
	size_t first;

	path = skip_slashes(path);
	first = (size_t)(strchrnul(path, '/') - path);
	export = find(exports, path, first);
	if (export != NULL)
		path = skip_slashes(path + first);
	else
		export = find(exports, EXPORT_ROOT, strlen(EXPORT_ROOT));
	*relative = *path != '\0' ? path : ".";
	return export;
}

static void free_export(struct export *export)
{
	if (export->directory >= 0)
		close(export->directory);
	access_free(&export->access);
	for (size_t i = 0; i < export->hide.count; i++)
		free(export->hide.list[i]);
	free(export->hide.list);
	free(export->name);
	free(export->path);
}

void exports_free(struct exports *exports)
{
	for (size_t i = 0; i < exports->count; i++)
		free_export(&exports->list[i]);
	free(exports->list);
	*exports = (struct exports){0};
}
