/* SPDX-License-Identifier: ISC */
/*
 * stream: bytes to a descriptor that may not seek and may not block: standard
 * output, a pipe, a terminal, a device.  What was written stays written.
 */
#ifndef MSGFETCH_COMMAND_STREAM_H
#define MSGFETCH_COMMAND_STREAM_H

#include <stddef.h>
#include <stdint.h>

struct stream {
	int descriptor;
	uint64_t position; /* bytes written */
};

/* Writes zeros up to offset.  Returns 0 or a negative errno. */
int stream_fill(struct stream *stream, uint64_t offset);

/* Writes length bytes at offset, which is not below the position.  The same. */
int stream_write(struct stream *stream, const void *bytes, size_t length, uint64_t offset);

#endif
