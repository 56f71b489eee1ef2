/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/config/fragments.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SUFFIX ".conf"

static int is_fragment(const struct dirent *entry)
{
	size_t length = strlen(entry->d_name), suffix = strlen(SUFFIX);

	if (entry->d_type != DT_REG && entry->d_type != DT_LNK && entry->d_type != DT_UNKNOWN)
		return 0;
	return entry->d_name[0] != '.' && length > suffix &&
	       strcmp(entry->d_name + length - suffix, SUFFIX) == 0;
}

/* Not alphasort(3), which asks the locale. */
static int by_name(const struct dirent **one, const struct dirent **other)
{
	return strcmp((*one)->d_name, (*other)->d_name);
}

static int join_all(const char *directory, struct dirent **entries, int count,
		    struct fragments *fragments)
{
	fragments->paths = calloc((size_t)count, sizeof(*fragments->paths));
	if (fragments->paths == NULL)
		return -ENOMEM;
	for (int i = 0; i < count; i++) {
		char *path;

		if (asprintf(&path, "%s/%s", directory, entries[i]->d_name) < 0)
			return -ENOMEM;
		fragments->paths[fragments->count++] = path;
	}
	return 0;
}

int fragments_find(const char *file, struct fragments *fragments)
{
	struct dirent **entries = NULL;
	char *directory;
	int count, error = 0;

	*fragments = (struct fragments){0};
	if (asprintf(&directory, "%s.d", file) < 0)
		return -ENOMEM;
	count = scandir(directory, &entries, is_fragment, by_name);
	if (count < 0 && errno != ENOENT && errno != ENOTDIR)
		error = -errno;
	if (count > 0)
		error = join_all(directory, entries, count, fragments);
	for (int i = 0; i < count; i++)
		free(entries[i]);
	free(entries);
	free(directory);
	if (error != 0)
		fragments_free(fragments);
	return error;
}

void fragments_free(struct fragments *fragments)
{
	for (size_t i = 0; i < fragments->count; i++)
		free(fragments->paths[i]);
	free(fragments->paths);
	*fragments = (struct fragments){0};
}
