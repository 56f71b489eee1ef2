/* SPDX-License-Identifier: ISC */
/*
 * target: the local name under which a PATH is kept.  Names only: it asks no file
 * system and knows nothing of writing.
 */
#ifndef MSGFETCH_COMMAND_BASE_TARGET_H
#define MSGFETCH_COMMAND_BASE_TARGET_H

#include <stddef.h>

/*
 * The last component of path, slashes at its end aside; NULL where that is "", "." or "..".
 * It stands in path; *length: its bytes.
 */
const char *target_name(const char *path, size_t *length);

/* "directory/name", name being what target_name() finds.  To be freed; NULL: no memory. */
char *target_join(const char *directory, const char *path);

/* "path/name", slashes at path's end aside; path alone where name is "".  The same. */
char *target_beneath(const char *path, const char *name);

/*
 * Looks for two of count paths whose last components are the same.  Returns 0 and *first,
 * *second (both NULL where there are none), or -ENOMEM.
 */
int target_find_name_collision(char *const paths[], size_t count, const char **first,
			       const char **second);

#endif
