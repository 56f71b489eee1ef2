/* SPDX-License-Identifier: ISC */
/*
 * origins: where each setting was given.
 *
 * Owns that memory of the configuration that was read.  Must not know what settings there
 * are.  No system call.
 */
#ifndef MSGFETCH_SERVER_CONFIG_ORIGINS_H
#define MSGFETCH_SERVER_CONFIG_ORIGINS_H

#include <stddef.h>

struct origin {
	char *section; /* the export's name; NULL: of all */
	char *setting;
	char *file; /* NULL: the command line */
	int line;
};

struct origins {
	struct origin *list;
	size_t count;
};

/*
 * Notes that setting (in section, or NULL) was given on line of file, or on the command
 * line (file NULL).  It replaces what was noted before.  Returns 0 or -ENOMEM.
 */
int origins_note(struct origins *origins, const char *section, const char *setting,
		 const char *file, int line);

/* Forgets all of a section. */
void origins_drop(struct origins *origins, const char *section);

/* Where it was given last, or NULL: nowhere, so that the default holds. */
const struct origin *origins_find(const struct origins *origins, const char *section,
				  const char *setting);

void origins_free(struct origins *origins);

#endif
