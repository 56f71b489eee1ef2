/* SPDX-License-Identifier: ISC */
/*
 * patterns: decides by --exclude and --include which names below a directory are wanted.
 * Compares strings only.
 */
#ifndef MSGFETCH_COMMAND_CLI_PATTERNS_H
#define MSGFETCH_COMMAND_CLI_PATTERNS_H

#include <stdbool.h>
#include <stddef.h>

struct patterns_rule {
	const char *pattern; /* not copied */
	bool include;
};

/* Starts as all zeros: every name is wanted. */
struct patterns {
	struct patterns_rule *rules; /* owned */
	size_t count;
	char **texts; /* owned, and the strings: texts of rules that were read from files */
	size_t text_count;
};

/* Appends a rule.  Returns 0, -EINVAL for an empty pattern, or -ENOMEM. */
int patterns_add(struct patterns *patterns, const char *pattern, bool include);

/*
 * Adds the rule in a line of a file: "+ PATTERN" and "- PATTERN" include and exclude, other
 * patterns do as include says, and "!" removes all earlier rules.  Ignores lines that begin
 * with "#" or ";".  Returns as patterns_add().
 */
int patterns_add_line(struct patterns *patterns, const char *line, bool include);

/* Takes over text, from malloc(3), which rules point into.  Returns 0, or -ENOMEM and frees it.
 */
int patterns_keep(struct patterns *patterns, char *text);

/*
 * Returns whether name is wanted.  name: relative, without a slash at either end.  The first
 * matching rule decides; a name that matches no rule is wanted.  All names in an unwanted
 * directory are unwanted.
 * Patterns are those of rsync(1) and wildmatch().  A pattern with a slash inside, or with
 * "**", matches the end of the name from any component on; one with a slash at its start
 * matches the whole name; any other matches the last component.  A slash at the end limits
 * the pattern to directories, and a directory before a final slash and "***" is matched with
 * all below.
 */
bool patterns_wants(const struct patterns *patterns, const char *name, bool is_directory);

void patterns_free(struct patterns *patterns);

#endif
