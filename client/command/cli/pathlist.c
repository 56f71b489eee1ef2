/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/command/cli/pathlist.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Doubles the buffer.  Returns 0 or -ENOMEM. */
static int grow(char **buffer, size_t *size)
{
	size_t larger = *size > 0 ? 2 * *size : 8192;
	char *moved = realloc(*buffer, larger);

	if (moved == NULL)
		return -ENOMEM;
	*buffer = moved;
	*size = larger;
	return 0;
}

/*
 * Reads a stream to its end, and appends end and a NUL.  The caller frees *text.  Returns 0
 * or a negative errno.
 */
static int read_all(FILE *stream, char end, char **text, size_t *length)
{
	size_t size = 0, used = 0;
	int result;

	errno = 0;
	do {
		result = grow(text, &size);
		if (result == 0)
			used += fread(*text + used, 1, size - used - 2, stream);
	} while (result == 0 && !feof(stream) && !ferror(stream));
	if (result == 0 && ferror(stream))
		result = errno != 0 ? -errno : -EIO;
	if (result != 0)
		return result;
	(*text)[used++] = end;
	(*text)[used] = '\0';
	*length = used;
	return 0;
}

/* Reads a file in the same way.  The caller frees *text also after a failure. */
static int read_file(const char *name, char end, char **text, size_t *length)
{
	FILE *file;
	int result;

	if (strcmp(name, "-") == 0)
		return read_all(stdin, end, text, length);
	file = fopen(name, "re");
	if (file == NULL)
		return -errno;
	result = read_all(file, end, text, length);
	(void)fclose(file);
	return result;
}

static size_t count_ends(const char *text, size_t length, char end)
{
	size_t count = 0;

	for (size_t i = 0; i < length; i++)
		count += text[i] == end;
	return count;
}

/*
 * Cuts the text at each end.  list->paths must have room.  Of lines, drops the marks that
 * editors of other systems leave: a byte order mark, and a carriage return at the end.
 */
static void cut(struct pathlist *list, size_t length, char end)
{
	static const char mark[] = "\xef\xbb\xbf";
	char *at = list->text, *last = list->text + length;

	if (end == '\n' && strncmp(at, mark, strlen(mark)) == 0)
		at += strlen(mark);
	while (at < last) {
		char *next = memchr(at, end, (size_t)(last - at));

		*next = '\0';
		if (end == '\n' && next > at && next[-1] == '\r')
			next[-1] = '\0';
		if (*at != '\0')
			list->paths[list->count++] = at;
		at = next + 1;
	}
}

int pathlist_read(struct pathlist *list, const char *name, char end, char *const first[],
		  size_t count)
{
	size_t length = 0;
	int result;

	*list = (struct pathlist){0};
	result = read_file(name, end, &list->text, &length);
	if (result == 0 && end != '\0' && strlen(list->text) != length)
		result = -EILSEQ;
	if (result == 0) {
		list->paths = calloc(count + count_ends(list->text, length, end) + 1,
				     sizeof(*list->paths));
		if (list->paths == NULL)
			result = -ENOMEM;
	}
	if (result != 0) {
		free(list->text);
		*list = (struct pathlist){0};
		return result;
	}
	for (; list->count < count; list->count++)
		list->paths[list->count] = first[list->count];
	cut(list, length, end);
	return 0;
}
