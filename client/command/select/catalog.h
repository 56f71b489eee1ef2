/* SPDX-License-Identifier: ISC */
/*
 * catalog: keeps the entries that a daemon lists.
 *
 * Owns copies of the entries, path by path.  Must not know which entries are wanted, nor how
 * entries are shown.
 */
#ifndef MSGFETCH_COMMAND_SELECT_CATALOG_H
#define MSGFETCH_COMMAND_SELECT_CATALOG_H

#include "client/command/cli/options.h"
#include "client/lib/msgfetch.h"

#include <stdbool.h>
#include <stddef.h>

/* Strings live as long as the catalog. */
struct catalog_entry {
	struct msgfetch_file file;
	int code;            /* an exit code; MSGFETCH_OK unless the entry failed */
	const char *problem; /* the reason for people; NULL: the entry has not failed */
};

/* Starts as all zeros.  Entries of one path are adjacent, in the order of the paths. */
struct catalog {
	struct catalog_entry *entries; /* owned */
	size_t count;
	size_t capacity;
	struct catalog_text *texts; /* owned: all strings */
};

/*
 * Requests the names at count paths, and adds an entry for each.  flags: of struct
 * msgfetch_request, in addition to MSGFETCH_NAMES.  Failed paths and entries get a code.
 * Returns 0, also if some failed; or a negative errno if the call as a whole failed, and the
 * session has the error.
 */
int catalog_ask(struct catalog *catalog, struct msgfetch *session, const char *const *paths,
		size_t count, unsigned flags);

/* Adds a copy of file.  Returns 0 or -ENOMEM. */
int catalog_add(struct catalog *catalog, const struct msgfetch_file *file);

/* Marks the entry at index as failed.  Returns 0 or -ENOMEM. */
int catalog_fail(struct catalog *catalog, size_t index, int code, const char *text);

/* Returns the index after the last entry of the path that entry first belongs to. */
size_t catalog_end_of_path(const struct catalog *catalog, size_t first);

/*
 * Sorts the entries of each path.  By name: by bytes, slashes first.  By size and time: the
 * largest or newest first, then by name.  The path itself always comes first.
 */
void catalog_sort(struct catalog *catalog, enum options_sort order);

void catalog_free(struct catalog *catalog);

#endif
