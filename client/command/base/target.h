/* SPDX-License-Identifier: ISC */
/*
 * target: derives local names from remote paths.  Handles strings only, and never asks a
 * file system.
 */
#ifndef MSGFETCH_COMMAND_BASE_TARGET_H
#define MSGFETCH_COMMAND_BASE_TARGET_H

#include <stddef.h>

/*
 * Finds the last component of path, without slashes at its end.  Returns a pointer into path
 * and sets *length in bytes; NULL: the component is "", "." or "..".
 */
const char *target_name(const char *path, size_t *length);

/*
 * Joins directory and the last component of path.  directory: not empty.  Returns a string
 * that the caller frees; NULL: out of memory.
 */
char *target_join(const char *directory, const char *path);

/*
 * Joins path, without slashes at its end, and name.  Returns a copy of path if name is "".
 * The caller frees the string; NULL: out of memory.
 */
char *target_beneath(const char *path, const char *name);

/*
 * Sets first[i] to the earliest path before paths[i] with the same last component, or NULL.
 * Returns 0 or -ENOMEM.
 */
int target_find_earlier(char *const paths[], size_t count, const char **first);

/*
 * Finds two of count paths with the same last component.  Returns 0 with *first and *second
 * set (NULL: no such paths), or -ENOMEM.
 */
int target_find_name_collision(char *const paths[], size_t count, const char **first,
			       const char **second);

#endif
