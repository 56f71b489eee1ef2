/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/target.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *last_component(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

const char *target_name(const char *path)
{
	const char *name = last_component(path);

	if (*name == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return NULL;
	return name;
}

char *target_join(const char *directory, const char *name)
{
	const char *slash = directory[strlen(directory) - 1] == '/' ? "" : "/";
	char *joined;

	return asprintf(&joined, "%s%s%s", directory, slash, name) < 0 ? NULL : joined;
}

static int by_name(const void *left, const void *right)
{
	const char *const *one = left, *const *other = right;

	return strcmp(last_component(*one), last_component(*other));
}

int target_find_twins(char *const paths[], size_t count, const char **first,
		      const char **second)
{
	const char **sorted = reallocarray(NULL, count, sizeof(*sorted));

	*first = *second = NULL;
	if (sorted == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		sorted[i] = paths[i];
	qsort(sorted, count, sizeof(*sorted), by_name);
	for (size_t i = 1; i < count && *first == NULL; i++) {
		if (by_name(&sorted[i - 1], &sorted[i]) == 0) {
			*first = sorted[i - 1];
			*second = sorted[i];
		}
	}
	free(sorted);
	return 0;
}
