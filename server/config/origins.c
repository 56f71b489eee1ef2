/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/config/origins.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static bool same(const char *one, const char *other)
{
	if (one == NULL || other == NULL)
		return one == other;
	return strcmp(one, other) == 0;
}

static void clear(struct origin *origin)
{
	free(origin->section);
	free(origin->setting);
	free(origin->file);
}

static int fill(struct origin *origin, const char *section, const char *setting,
		const char *file, int line)
{
	*origin = (struct origin){
		.section = section != NULL ? strdup(section) : NULL,
		.setting = strdup(setting),
		.file = file != NULL ? strdup(file) : NULL,
		.line = line,
	};
	if (origin->setting != NULL && (section == NULL || origin->section != NULL) &&
	    (file == NULL || origin->file != NULL))
		return 0;
	clear(origin);
	return -ENOMEM;
}

static struct origin *find(const struct origins *origins, const char *section,
			   const char *setting)
{
	for (size_t i = 0; i < origins->count; i++) {
		struct origin *origin = &origins->list[i];

		if (same(origin->section, section) && same(origin->setting, setting))
			return origin;
	}
	return NULL;
}

int origins_note(struct origins *origins, const char *section, const char *setting,
		 const char *file, int line)
{
	struct origin *origin = find(origins, section, setting);
	struct origin fresh, *grown;

	if (fill(&fresh, section, setting, file, line) != 0)
		return -ENOMEM;
	if (origin != NULL) {
		clear(origin);
		*origin = fresh;
		return 0;
	}
	grown = reallocarray(origins->list, origins->count + 1, sizeof(*grown));
	if (grown == NULL) {
		clear(&fresh);
		return -ENOMEM;
	}
	origins->list = grown;
	grown[origins->count++] = fresh;
	return 0;
}

void origins_drop(struct origins *origins, const char *section)
{
	size_t kept = 0;

	for (size_t i = 0; i < origins->count; i++) {
		if (same(origins->list[i].section, section))
			clear(&origins->list[i]);
		else
			origins->list[kept++] = origins->list[i];
	}
	origins->count = kept;
}

const struct origin *origins_find(const struct origins *origins, const char *section,
				  const char *setting)
{
	return find(origins, section, setting);
}

void origins_free(struct origins *origins)
{
	for (size_t i = 0; i < origins->count; i++)
		clear(&origins->list[i]);
	free(origins->list);
	*origins = (struct origins){0};
}
