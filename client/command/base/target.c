/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/command/base/target.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *last_component(const char *path, size_t *length)
{
	const char *end = path + strlen(path), *start;

	while (end > path && end[-1] == '/')
		end--;
	start = end;
	while (start > path && start[-1] != '/')
		start--;
	*length = (size_t)(end - start);
	return start;
}

const char *target_name(const char *path, size_t *length)
{
	const char *name = last_component(path, length);

	if (*length == 0 || (*length == 1 && name[0] == '.') ||
	    (*length == 2 && name[0] == '.' && name[1] == '.'))
		return NULL;
	return name;
}

char *target_join(const char *directory, const char *path)
{
	const char *slash = directory[strlen(directory) - 1] == '/' ? "" : "/";
	size_t length;
	const char *name = last_component(path, &length);
	char *joined;

	return asprintf(&joined, "%s%s%.*s", directory, slash, (int)length, name) < 0 ? NULL
										      : joined;
}

char *target_beneath(const char *path, const char *name)
{
	size_t length = strlen(path);
	const char *slash = "/";
	char *joined;

	if (name[0] == '\0')
		return strdup(path);
	while (length > 0 && path[length - 1] == '/')
		length--;
	if (length == 0 && path[0] != '/')
		slash = "";
	return asprintf(&joined, "%.*s%s%s", (int)length, path, slash, name) < 0 ? NULL
										 : joined;
}

static int by_name(const void *left, const void *right)
{
	const char *const *one = left, *const *other = right;
	size_t length, other_length;
	const char *name = last_component(*one, &length);
	const char *other_name = last_component(*other, &other_length);
	int order = memcmp(name, other_name, length < other_length ? length : other_length);

	return order != 0 ? order : (length > other_length) - (length < other_length);
}

static int by_name_and_place(const void *left, const void *right)
{
	char *const *const *one = left, *const *const *other = right;
	int order = by_name(*one, *other);

	return order != 0 ? order : (*one > *other) - (*one < *other);
}

int target_find_earlier(char *const paths[], size_t count, const char **first)
{
	char *const **sorted = reallocarray(NULL, count + 1, sizeof(*sorted));
	size_t start = 0;

	if (sorted == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		sorted[i] = &paths[i];
	qsort(sorted, count, sizeof(*sorted), by_name_and_place);
	for (size_t i = 0; i < count; i++) {
		if (by_name(sorted[start], sorted[i]) != 0)
			start = i;
		first[sorted[i] - paths] = i > start ? *sorted[start] : NULL;
	}
	free(sorted);
	return 0;
}

int target_find_name_collision(char *const paths[], size_t count, const char **first,
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
