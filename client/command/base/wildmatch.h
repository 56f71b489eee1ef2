/* SPDX-License-Identifier: ISC */
/*
 * wildmatch: matches names with patterns, by rsync's rules.  Compares bytes only.
 */
#ifndef MSGFETCH_COMMAND_BASE_WILDMATCH_H
#define MSGFETCH_COMMAND_BASE_WILDMATCH_H

#include <stdbool.h>

/*
 * Returns whether pattern matches the whole text.  "*" and "?" match no slash, "**" matches
 * slashes as well, "[...]" matches one character of a set, and a backslash makes the next
 * character literal.  A "**" and a slash at the start of a component match nothing, too.
 */
bool wildmatch(const char *pattern, const char *text);

#endif
