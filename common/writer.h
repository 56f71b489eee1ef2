/* SPDX-License-Identifier: ISC */
/*
 * writer: writes bytes in order to a descriptor that may be unable to seek or block, such as
 * standard output, a pipe, a terminal or a device.
 */
#ifndef MSGFETCH_COMMON_WRITER_H
#define MSGFETCH_COMMON_WRITER_H

#include <stddef.h>
#include <stdint.h>

struct writer {
	int descriptor;
	uint64_t position; /* bytes written */
};

/* Writes zeros up to offset.  Returns 0 or a negative errno. */
int writer_fill(struct writer *writer, uint64_t offset);

/* Fills up to offset, then writes length bytes.  offset must not be below the position. */
int writer_write(struct writer *writer, const void *bytes, size_t length, uint64_t offset);

#endif
