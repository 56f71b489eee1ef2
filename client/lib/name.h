/* SPDX-License-Identifier: ISC */
/*
 * name: checks that names and symbolic links from a daemon stay beneath their directory.
 *
 * Pure.
 */
#ifndef MSGFETCH_LIB_NAME_H
#define MSGFETCH_LIB_NAME_H

#include <stdbool.h>

/* Returns true for a relative name without empty, "." or ".." components; false for "". */
bool name_is_beneath(const char *name);

/*
 * Returns true if a symbolic link with this name, relative to a directory, and this target
 * stays beneath the directory.  Accepts ".." only at the start of the target: after a
 * component that is itself a link, ".." may lead elsewhere.
 */
bool name_link_is_beneath(const char *name, const char *link);

#endif
