/* SPDX-License-Identifier: ISC */
/*
 * confined: opens a path that may not lead out of a directory.
 *
 * Owns the call of openat2(2), for which glibc 2.36 has no wrapper.  Must not know the kind
 * or the purpose of the file.
 */
#ifndef MSGFETCH_COMMON_CONFINED_H
#define MSGFETCH_COMMON_CONFINED_H

#include <stdbool.h>

/*
 * Opens path beneath the descriptor directory, with flags of open(2) and O_CLOEXEC.  Follows
 * symbolic links only with links, and never magic links.  Returns a descriptor, which the
 * caller closes; -EXDEV where path leads out of directory; -EAGAIN where renames kept
 * interfering (openat2(2), ERRORS); or another negative errno of openat2(2).
 */
int confined_open(int directory, const char *path, unsigned flags, bool links);

#endif
