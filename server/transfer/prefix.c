/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/transfer/prefix.h"

#include "server/transfer/reader.h"

#include <errno.h>

#define PIECE 65536u

struct prefix {
	struct digester *digester;
	struct outbox *outbox;
	uint64_t unlooked; /* bytes since the client was looked at */
};

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Counts bytes that were added.  Returns 1 or a negative errno. */
static int count(struct prefix *prefix, uint64_t bytes)
{
	int error = 0;

	prefix->unlooked += bytes;
	if (prefix->unlooked >= PREFIX_SILENT_BYTES) {
		prefix->unlooked = 0;
		error = outbox_look(prefix->outbox);
	}
	return error != 0 ? error : 1;
}

static int add_hole(struct prefix *prefix, uint64_t length)
{
	int more = 1;

	while (more > 0 && length > 0) {
		uint64_t piece = least(length, PREFIX_SILENT_BYTES);

		digester_add_zeros(prefix->digester, piece);
		length -= piece;
		more = count(prefix, piece);
	}
	return more;
}

static int add_piece(struct prefix *prefix, int fd, uint64_t *at, uint64_t end, int *read_error)
{
	uint8_t buffer[PIECE];
	ssize_t got = reader_read(fd, buffer, (size_t)least(end - *at, sizeof(buffer)), *at);

	if (got < 0)
		*read_error = errno;
	if (got <= 0)
		return 0;
	digester_add(prefix->digester, buffer, (size_t)got);
	*at += (uint64_t)got;
	return count(prefix, (uint64_t)got);
}

int prefix_add(struct digester *digester, struct outbox *outbox, int fd, bool sparse,
	       uint64_t length, int *read_error)
{
	struct prefix prefix = {.digester = digester, .outbox = outbox};
	uint64_t at = 0, extent = sparse ? 0 : length;
	int more = 1;

	while (more > 0 && at < length) {
		uint64_t from = at;

		if (at >= extent)
			reader_skip_hole(fd, length, &at, &extent);
		if (at > from)
			more = add_hole(&prefix, at - from);
		else
			more = add_piece(&prefix, fd, &at, extent, read_error);
	}
	return more;
}
