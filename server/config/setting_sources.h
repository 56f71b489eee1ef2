/* SPDX-License-Identifier: ISC */
/*
 * setting sources: file and line, or the command line, for each setting.
 *
 * Owns the list.  Must not know which settings exist.  No system call.
 */
#ifndef MSGFETCH_SERVER_CONFIG_SETTING_SOURCES_H
#define MSGFETCH_SERVER_CONFIG_SETTING_SOURCES_H

#include <stddef.h>

struct setting_source {
	char *section; /* name of the export; NULL: outside of exports */
	char *setting;
	char *file; /* NULL: the command line */
	int line;
};

struct setting_sources {
	struct setting_source *list;
	size_t count;
};

/*
 * Notes that setting (of section, or NULL) was set in file at line, or on the command line
 * (file NULL).  Copies all texts.  Replaces an earlier note.  Returns 0 or -ENOMEM.
 */
int setting_sources_note(struct setting_sources *sources, const char *section,
			 const char *setting, const char *file, int line);

/* Returns the last note, or NULL: the setting has its default. */
const struct setting_source *setting_sources_find(const struct setting_sources *sources,
						  const char *section, const char *setting);

void setting_sources_free(struct setting_sources *sources);

#endif
