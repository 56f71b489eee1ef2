/* SPDX-License-Identifier: ISC */
/*
 * patterns: which names beneath a directory are wanted.  Decides by letters alone.
 */
#ifndef MSGFETCH_COMMAND_CLI_PATTERNS_H
#define MSGFETCH_COMMAND_CLI_PATTERNS_H

#include <stdbool.h>
#include <stddef.h>

struct patterns_rule {
	const char *pattern; /* not copied */
	bool include;
};

/* Starts as all zeros: everything is wanted. */
struct patterns {
	struct patterns_rule *rules; /* owned */
	size_t count;
};

/* Adds a rule behind the others.  Returns 0, -EINVAL for an empty pattern, or -ENOMEM. */
int patterns_add(struct patterns *patterns, const char *pattern, bool include);

/*
 * Whether name, relative and without slashes at its ends, is wanted: the first rule that
 * matches it says, and without one it is.  A name in a directory that is not wanted is not,
 * whatever other rules say.  A pattern with a slash in it is matched with the whole name
 * from the directory that is fetched on (a slash at its beginning is passed over); one
 * without, with the last component.  Wildcards are those of fnmatch(3); none but "**"
 * matches a slash, and "**" does so only in a pattern with a slash.  A slash at a pattern's
 * end restricts it to directories.
 */
bool patterns_wants(const struct patterns *patterns, const char *name, bool is_directory);

void patterns_free(struct patterns *patterns);

#endif
