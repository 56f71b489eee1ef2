/* SPDX-License-Identifier: ISC */
/*
 * writer: bytes to a descriptor that may not seek and may not block: standard
 * output, a pipe, a terminal, a device.  What was written stays written.
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

/* Writes length bytes at offset, which is not below the position.  The same. */
int writer_write(struct writer *writer, const void *bytes, size_t length, uint64_t offset);

#endif
