/* SPDX-License-Identifier: ISC */
/*
 * target: the local name under which a PATH is kept.  Names only: it asks no file
 * system and knows nothing of writing.
 */
#ifndef MSGFETCH_CLIENT_TARGET_H
#define MSGFETCH_CLIENT_TARGET_H

#include <stddef.h>

/* The last component of path, in place; NULL where that is "", "." or "..". */
const char *target_name(const char *path);

/* "directory/name".  To be freed by the caller; NULL: out of memory. */
char *target_join(const char *directory, const char *name);

/*
 * Looks for two of count paths whose last components are the same.  Returns 0 and *first,
 * *second (both NULL where there are none), or -ENOMEM.
 */
int target_find_twins(char *const paths[], size_t count, const char **first,
		      const char **second);

#endif
