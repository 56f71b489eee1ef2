/* SPDX-License-Identifier: ISC */
/*
 * catalog: what a daemon says there is, kept in memory.
 *
 * Owns copies of what the library names, path by path.  Knows nothing of what is wanted of
 * it, nor of how it is shown.
 */
#ifndef MSGFETCH_COMMAND_SELECT_CATALOG_H
#define MSGFETCH_COMMAND_SELECT_CATALOG_H

#include "client/lib/msgfetch.h"

#include <stdbool.h>
#include <stddef.h>

/* What the strings of an entry point to belongs to the catalog, and lasts as long as that. */
struct catalog_entry {
	struct msgfetch_file file;
	int code;            /* not REPORT_OK: it failed, */
	const char *problem; /* and why, for people; or NULL */
};

/* Starts as all zeros.  The entries of a path stand together, in the order of the paths. */
struct catalog {
	struct catalog_entry *entries; /* owned */
	size_t count;
	size_t capacity;
	struct catalog_text *texts; /* owned: all strings */
};

/*
 * Asks for names with flags beside MSGFETCH_NAMES, and adds all that comes.  Paths and
 * entries that failed are added, too, with a code.  Returns 0, also where some failed, or
 * a negative errno where the call as a whole failed: the session says how.
 */
int catalog_ask(struct catalog *catalog, struct msgfetch *session, const char *const *paths,
		size_t count, unsigned flags);

/* Adds a copy of file.  Returns 0 or -ENOMEM. */
int catalog_add(struct catalog *catalog, const struct msgfetch_file *file);

/* Notes that the entry of this index failed.  Returns 0 or -ENOMEM. */
int catalog_fail(struct catalog *catalog, size_t index, int code, const char *text);

/* One past the last entry of the path that entry first is of. */
size_t catalog_end_of_path(const struct catalog *catalog, size_t first);

/* Sorts the entries of each path by their names' bytes, a slash ahead of others. */
void catalog_sort(struct catalog *catalog);

void catalog_free(struct catalog *catalog);

#endif
