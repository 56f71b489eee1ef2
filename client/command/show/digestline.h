/* SPDX-License-Identifier: ISC */
/*
 * digestline: a digest and a file's name as sha256sum(1) and xxhsum(1) write and check
 * them.
 */
#ifndef MSGFETCH_COMMAND_SHOW_DIGESTLINE_H
#define MSGFETCH_COMMAND_SHOW_DIGESTLINE_H

#include "client/lib/msgfetch.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Room for any digest in hexadecimal, NUL included. */
enum { DIGESTLINE_HEX_SIZE = 65 };

struct digestline {
	enum msgfetch_digest kind;
	const uint8_t *bytes;
	size_t length; /* 32 at most */
};

/* "xxh3" or "sha256". */
const char *digestline_kind(const struct digestline *digest);

void digestline_hex(char buffer[DIGESTLINE_HEX_SIZE], const struct digestline *digest);

/*
 * Writes a line and a newline.  Newlines, carriage returns and backslashes of name are
 * escaped as sha256sum does; xxhsum escapes nothing, and so does not accept a line where
 * that was needed.
 */
void digestline_write(FILE *stream, const struct digestline *digest, const char *name);

#endif
