/* SPDX-License-Identifier: ISC */
/*
 * beneath: opens a regular file or a directory beneath a directory, and nothing else.
 *
 * Owns the confinement of paths, and the words for its errors.  Must not know who asked
 * for a path.
 */
#ifndef MSGFETCH_SERVER_TRANSFER_BENEATH_H
#define MSGFETCH_SERVER_TRANSFER_BENEATH_H

#include <stdbool.h>
#include <sys/stat.h>

/*
 * Opens the regular file path, relative to directory, for reading.  No component of path,
 * symbolic links included, may lead out of directory, and magic links of /proc are refused
 * (openat2(2), RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS).  Other kinds of files are never
 * opened: opening a fifo disturbs its writers, and opening a device can do anything.
 * links: follow symbolic links; otherwise a link anywhere in path is -ELOOP.
 *
 * Returns a descriptor, which the caller closes, and *status; or -EISDIR, -ENXIO (fifo,
 * socket or device), -EXDEV (leads out), or another negative errno of openat2(2).
 */
int beneath_open(int directory, const char *path, bool links, struct stat *status);

/* The same for a directory, to read its entries; -ENOTDIR for anything else. */
int beneath_open_directory(int directory, const char *path, bool links, struct stat *status);

/*
 * Finds path, of any kind, without opening it: returns an O_PATH descriptor and *status, of
 * the link itself where path is a symbolic link.  Confined and failing as above.
 */
int beneath_look(int directory, const char *path, bool links, struct stat *status);

/* Calls fstat(2).  Returns 0 or a negative errno. */
int beneath_stat(int fd, struct stat *status);

/* Returns words for error, an errno above 0 of a path in an export. */
const char *beneath_explain(int error);

#endif
