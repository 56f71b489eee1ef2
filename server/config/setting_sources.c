/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/config/setting_sources.h"

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

static void clear(struct setting_source *source)
{
	free(source->section);
	free(source->setting);
	free(source->file);
}

static int fill(struct setting_source *source, const char *section, const char *setting,
		const char *file, int line)
{
	*source = (struct setting_source){
		.section = section != NULL ? strdup(section) : NULL,
		.setting = strdup(setting),
		.file = file != NULL ? strdup(file) : NULL,
		.line = line,
	};
	if (source->setting != NULL && (section == NULL || source->section != NULL) &&
	    (file == NULL || source->file != NULL))
		return 0;
	clear(source);
	return -ENOMEM;
}

static struct setting_source *find(const struct setting_sources *sources, const char *section,
				   const char *setting)
{
	for (size_t i = 0; i < sources->count; i++) {
		struct setting_source *source = &sources->list[i];

		if (same(source->section, section) && same(source->setting, setting))
			return source;
	}
	return NULL;
}

int setting_sources_note(struct setting_sources *sources, const char *section,
			 const char *setting, const char *file, int line)
{
	struct setting_source *source = find(sources, section, setting);
	struct setting_source fresh, *grown;

	if (fill(&fresh, section, setting, file, line) != 0)
		return -ENOMEM;
	if (source != NULL) {
		clear(source);
		*source = fresh;
		return 0;
	}
	grown = reallocarray(sources->list, sources->count + 1, sizeof(*grown));
	if (grown == NULL) {
		clear(&fresh);
		return -ENOMEM;
	}
	sources->list = grown;
	grown[sources->count++] = fresh;
	return 0;
}

const struct setting_source *setting_sources_find(const struct setting_sources *sources,
						  const char *section, const char *setting)
{
	return find(sources, section, setting);
}

void setting_sources_free(struct setting_sources *sources)
{
	for (size_t i = 0; i < sources->count; i++)
		clear(&sources->list[i]);
	free(sources->list);
	*sources = (struct setting_sources){0};
}
