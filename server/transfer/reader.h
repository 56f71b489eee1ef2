/* SPDX-License-Identifier: ISC */
/*
 * reader: the bytes of a regular file.
 *
 * Owns reading at a place, and finding what is not a hole.  Must not know where the
 * bytes go.
 */
#ifndef MSGFETCH_SERVER_TRANSFER_READER_H
#define MSGFETCH_SERVER_TRANSFER_READER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

/* True where blocks are missing: looking for holes is worth its system calls. */
bool reader_may_have_holes(const struct stat *status);

/* pread(2), gone on with after signals: returns a length, or -1 and errno. */
ssize_t reader_read(int fd, void *buffer, size_t length, uint64_t offset);

/*
 * Moves *position on to the next byte before end that is not in a hole, or to end;
 * *extent: where the next hole begins, or end.  A file system that knows of no holes
 * has one extent.
 */
void reader_skip_hole(int fd, uint64_t end, uint64_t *position, uint64_t *extent);

#endif
