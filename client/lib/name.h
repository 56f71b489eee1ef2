/* SPDX-License-Identifier: ISC */
/*
 * name: which of a daemon's names and links may be made here.
 *
 * Pure: no system call.  The first of two fences: whoever makes the files has the
 * kernel hold them beneath their directory, too.
 */
#ifndef MSGFETCH_LIB_NAME_H
#define MSGFETCH_LIB_NAME_H

#include <stdbool.h>

/* True for a relative name without empty, "." or ".." components; not for "". */
bool name_is_beneath(const char *name);

/*
 * True where a symbolic link of that name (as above) that says link stays beneath the
 * directory its name is relative to.  ".." may stand at the start only: behind another
 * link it would not mean what it says.
 */
bool name_link_is_beneath(const char *name, const char *link);

#endif
