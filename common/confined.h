/* SPDX-License-Identifier: ISC */
/*
 * confined: opening a path that may not lead out of a directory.
 *
 * Owns the call of openat2(2), for which glibc 2.36 has no wrapper.  Must not know what
 * is opened, nor why.
 */
#ifndef MSGFETCH_COMMON_CONFINED_H
#define MSGFETCH_COMMON_CONFINED_H

#include <stdbool.h>

/*
 * Opens path beneath directory, a descriptor, with flags of open(2) and O_CLOEXEC.  No
 * magic link is followed, and others only with links.  Returns a descriptor, which is the
 * caller's; -EXDEV: path leads out of directory; -EAGAIN: names on the way went on
 * changing (openat2(2), ERRORS); or another negative errno of openat2(2).
 */
int confined_open(int directory, const char *path, unsigned flags, bool links);

#endif
