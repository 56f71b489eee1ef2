/* SPDX-License-Identifier: ISC */
/*
 * expand: replaces paths with wildcards by the remote paths that match.
 *
 * Owns the rules of remote globs; wildmatch compares names.
 */
#ifndef MSGFETCH_COMMAND_SELECT_EXPAND_H
#define MSGFETCH_COMMAND_SELECT_EXPAND_H

#include "client/command/cli/options.h"

#include <stdbool.h>
#include <stddef.h>

struct expand {
	char **paths; /* owned, and the strings */
	size_t count;
	size_t capacity;
};

/* Returns whether the command line has paths to expand. */
bool expand_applies(const struct options *options);

/*
 * Lists the directories of paths with wildcards, and fills expand, all zeros before, with the
 * paths to fetch in their order.  An existing path of the literal name wins.  A pattern
 * without a match stays as it is, so that its fetch fails as not found.  Without --recursive,
 * patterns match no directories.  Returns 0 or -ENOMEM; the caller calls expand_free() in any
 * case.
 */
int expand_paths(struct expand *expand, const struct options *options,
		 struct msgfetch *session);

void expand_free(struct expand *expand);

#endif
