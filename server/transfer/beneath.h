/* SPDX-License-Identifier: ISC */
/*
 * beneath: opens a regular file or a directory beneath a directory, and nothing else.
 *
 * Owns the confinement of paths.  Must not know where the path came from.
 */
#ifndef MSGFETCH_SERVER_TRANSFER_BENEATH_H
#define MSGFETCH_SERVER_TRANSFER_BENEATH_H

#include <stdbool.h>
#include <sys/stat.h>

/*
 * Opens path, relative to directory, for reading.  No component of it, symbolic
 * links included, leads outside the directory; links of /proc are not followed
 * (openat2(2), RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS).  What is not a regular
 * file is not opened at all: opening a fifo would disturb its writers, opening a
 * device may do anything.  links: follow symbolic links; else one anywhere in path
 * is -ELOOP (RESOLVE_NO_SYMLINKS).  Returns a descriptor and *status; or -EISDIR, -ENXIO
 * (fifo, socket, device), -EXDEV (leads outside), or what openat2(2) says.
 */
int beneath_open(int directory, const char *path, bool links, struct stat *status);

/*
 * Opens a directory in the same way, for reading what is in it.  Returns a descriptor
 * and *status, or -ENOTDIR, or as above.
 */
int beneath_open_directory(int directory, const char *path, bool links, struct stat *status);

/*
 * A descriptor (O_PATH) of whatever path names, without opening it; if that is a symbolic
 * link, of the link.  Confined in the same way.  Returns it and *status, or as above.
 */
int beneath_look(int directory, const char *path, bool links, struct stat *status);

/* fstat(2), for one page less.  0 or a negative errno. */
int beneath_stat(int fd, struct stat *status);

#endif
