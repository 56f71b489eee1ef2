/* SPDX-License-Identifier: ISC */
/*
 * setting sources: where each setting was given.
 *
 * Owns that memory of the configuration that was read.  Must not know what settings there
 * are.  No system call.
 */
#ifndef MSGFETCH_SERVER_CONFIG_SETTING_SOURCES_H
#define MSGFETCH_SERVER_CONFIG_SETTING_SOURCES_H

#include <stddef.h>

struct setting_source {
	char *section; /* the export's name; NULL: of all */
	char *setting;
	char *file; /* NULL: the command line */
	int line;
};

struct setting_sources {
	struct setting_source *list;
	size_t count;
};

/*
 * Notes that setting (in section, or NULL) was given on line of file, or on the command
 * line (file NULL).  It replaces what was noted before.  Returns 0 or -ENOMEM.
 */
int setting_sources_note(struct setting_sources *sources, const char *section,
			 const char *setting, const char *file, int line);

/* Forgets all of a section. */
void setting_sources_drop(struct setting_sources *sources, const char *section);

/* Where it was given last, or NULL: nowhere, so that the default holds. */
const struct setting_source *setting_sources_find(const struct setting_sources *sources,
						  const char *section, const char *setting);

void setting_sources_free(struct setting_sources *sources);

#endif
