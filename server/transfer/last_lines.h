/* SPDX-License-Identifier: ISC */
/*
 * last lines: finds where the last lines of a file begin.
 *
 * Owns the search backward from the end.  Must not know how bytes are sent.
 */
#ifndef MSGFETCH_SERVER_TRANSFER_LAST_LINES_H
#define MSGFETCH_SERVER_TRANSFER_LAST_LINES_H

#include "server/transfer/outbox.h"

#include <stdint.h>

/*
 * Sets *start to the offset of the first of the last count lines in the first size bytes of the
 * file open at fd: 0 if there are fewer lines, size for no lines.  Bytes after the last newline
 * are a line.  Checks now and then that the client of outbox is still there.  Returns 0;
 * -EIO with *read_error set to the errno of a failed read; or a negative errno of
 * outbox_check().
 */
int last_lines_find(struct outbox *outbox, int fd, uint64_t size, uint64_t count,
		    uint64_t *start, int *read_error);

#endif
