/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/command/show/digestline.h"

#include <string.h>

const char *digestline_kind(const struct digestline *digest)
{
	return digest->kind == MSGFETCH_DIGEST_SHA256 ? "sha256" : "xxh3";
}

void digestline_hex(char buffer[DIGESTLINE_HEX_SIZE], const struct digestline *digest)
{
	static const char digits[] = "0123456789abcdef";
	char *at = buffer;

	for (size_t i = 0; i < digest->length && at < buffer + DIGESTLINE_HEX_SIZE - 1; i++) {
		*at++ = digits[digest->bytes[i] >> 4];
		*at++ = digits[digest->bytes[i] & 15];
	}
	*at = '\0';
}

static void write_escaped(FILE *stream, const char *name)
{
	for (; *name != '\0'; name++) {
		if (*name == '\n')
			(void)fputs("\\n", stream);
		else if (*name == '\r')
			(void)fputs("\\r", stream);
		else if (*name == '\\')
			(void)fputs("\\\\", stream);
		else
			(void)fputc(*name, stream);
	}
}

void digestline_write(FILE *stream, const struct digestline *digest, const char *name)
{
	/* xxhsum takes a backslash as it is. */
	const char *special = digest->kind == MSGFETCH_DIGEST_SHA256 ? "\n\r\\" : "\n\r";
	const bool escaped = strpbrk(name, special) != NULL;
	char hex[DIGESTLINE_HEX_SIZE];

	digestline_hex(hex, digest);
	if (escaped)
		(void)fputc('\\', stream);
	if (digest->kind == MSGFETCH_DIGEST_SHA256)
		(void)fprintf(stream, "%s  ", hex);
	else
		(void)fputs("XXH3 (", stream);
	if (escaped)
		write_escaped(stream, name);
	else
		(void)fputs(name, stream);
	if (digest->kind != MSGFETCH_DIGEST_SHA256)
		(void)fprintf(stream, ") = %s", hex);
	(void)fputc('\n', stream);
}
