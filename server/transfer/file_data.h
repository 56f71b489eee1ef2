/* SPDX-License-Identifier: ISC */
/*
 * file data: the bytes of a regular file that a request wants.
 *
 * Owns the arithmetic of RESUME, RANGE and TAIL, reading at an offset, finding holes, the
 * digest of bytes that the client already has, and the check that a file did not change.
 * Must not know how bytes are sent.
 */
#ifndef MSGFETCH_SERVER_TRANSFER_FILE_DATA_H
#define MSGFETCH_SERVER_TRANSFER_FILE_DATA_H

#include "common/digest.h"
#include "common/protocol.h"
#include "server/transfer/outbox.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

struct byte_range {
	uint64_t from; /* the first byte */
	uint64_t to;   /* one past the last byte */
};

/*
 * Computes the bytes that a validated request wants of a file of size bytes, its path number
 * path, from 0.  For RESUME, the caller has compared the stamps.  An empty file has an empty
 * range at 0.  Returns false where the range begins past the last byte.  Pure.
 */
bool byte_range_of_request(const struct request *request, uint32_t path, uint64_t size,
			   struct byte_range *range);

/* Returns true where blocks are missing, so that a search for holes pays. */
bool file_may_have_holes(const struct stat *status);

/* Calls pread(2), again after a signal.  Returns a length, or -1 and errno. */
ssize_t file_read(int fd, void *buffer, size_t length, uint64_t offset);

/*
 * Moves *position past a hole: to the next byte of data below end, or to end.  Sets *extent
 * to the start of the next hole, or to end.  On a file system without holes all is data.
 */
void file_skip_hole(int fd, uint64_t end, uint64_t *position, uint64_t *extent);

/*
 * Most bytes that may go into a digest while nothing is sent.  Reading them takes a second
 * or two, and the client is waiting.
 */
#define FILE_SILENT_BYTES (256u << 20)

/*
 * Adds the first length bytes of the file open at fd to digester, and checks now and then
 * that the client is still there.  sparse: the file may have holes.  Returns 1; 0 where the
 * file is shorter, or cannot be read (*read_error is the errno); or a negative errno of
 * outbox_check().
 */
int file_digest_prefix(struct digester *digester, struct outbox *outbox, int fd, bool sparse,
		       uint64_t length, int *read_error);

/* Returns the stamp, which identifies one state of one file. */
struct stamp file_stamp(const struct stat *status);

enum file_change {
	FILE_SAME,
	FILE_GREW,     /* the same file, and longer */
	FILE_CHANGED,  /* shorter, another file, or changed without getting longer */
	FILE_SIZELESS, /* size 0 with content, as in /proc */
};

/*
 * Compares the file open at fd with start, its stamp at the start.  A file that was written
 * anew and is longer now counts as grown: the kernel shows no difference.  Returns an enum
 * file_change and *now, the present stamp; or a negative errno of fstat(2).
 */
int file_compare(int fd, const struct stamp *start, struct stamp *now);

#endif
