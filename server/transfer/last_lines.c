/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/transfer/last_lines.h"

#include "server/transfer/file_data.h"

#include <errno.h>
#include <string.h>

#define PIECE 65536u

/* The search: newlines still to pass, and the end of the part not yet searched. */
struct search {
	uint64_t newlines;
	uint64_t end;
	bool found;
};

/* Searches length bytes, which end at search->end, from their end. */
static void search_piece(struct search *search, const char *bytes, size_t length)
{
	uint64_t first = search->end - length;
	const char *newline;

	while ((newline = memrchr(bytes, '\n', length)) != NULL) {
		length = (size_t)(newline - bytes);
		if (search->newlines == 0) {
			search->end = first + length + 1;
			search->found = true;
			return;
		}
		search->newlines--;
	}
	search->end = first;
}

/* Reads exactly length bytes.  Returns 0, or an errno above 0; EIO: the file got shorter. */
static int read_piece(int fd, char *bytes, size_t length, uint64_t offset)
{
	size_t had = 0;

	while (had < length) {
		ssize_t got = file_read(fd, bytes + had, length - had, offset + had);

		if (got <= 0)
			return got < 0 ? errno : EIO;
		had += (size_t)got;
	}
	return 0;
}

/* Returns 1 if the last of size bytes is no newline, and so ends a line by itself. */
static int read_tail(int fd, uint64_t size, int *read_error)
{
	char last = '\n';

	if (size > 0)
		*read_error = read_piece(fd, &last, 1, size - 1);
	return last == '\n' ? 0 : 1;
}

int last_lines_find(struct outbox *outbox, int fd, uint64_t size, uint64_t count,
		    uint64_t *start, int *read_error)
{
	char bytes[PIECE];
	struct search search = {.end = size, .found = count == 0};
	uint64_t searched = 0;
	int error = 0;

	/* The newline that ends the last line has to be passed, too. */
	search.newlines = count - (uint64_t)read_tail(fd, size, read_error);
	while (error == 0 && *read_error == 0 && !search.found && search.end > 0) {
		size_t length = search.end < PIECE ? (size_t)search.end : PIECE;

		*read_error = read_piece(fd, bytes, length, search.end - length);
		if (*read_error != 0)
			break;
		search_piece(&search, bytes, length);
		searched += length;
		if (searched % FILE_SILENT_BYTES == 0)
			error = outbox_check(outbox);
	}
	*start = search.end;
	return error != 0 || *read_error == 0 ? error : -EIO;
}
