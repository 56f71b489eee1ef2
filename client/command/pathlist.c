/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/command/pathlist.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* All of a stream, with end and a NUL behind it.  Returns 0 or a negative errno. */
static int read_all(FILE *stream, char end, char **text, size_t *length)
{
	char *buffer = NULL;
	size_t size = 0, used = 0;

	do {
		char *larger = reallocarray(buffer, size / 2 + 4096, 3);

		if (larger == NULL) {
			free(buffer);
			return -ENOMEM;
		}
		buffer = larger;
		size = (size / 2 + 4096) * 3;
		used += fread(buffer + used, 1, size - used - 2, stream);
	} while (!feof(stream) && !ferror(stream));
	if (ferror(stream)) {
		int error = errno != 0 ? -errno : -EIO;

		free(buffer);
		return error;
	}
	buffer[used++] = end;
	buffer[used] = '\0';
	*text = buffer;
	*length = used;
	return 0;
}

static size_t count_ends(const char *text, size_t length, char end)
{
	size_t count = 0;

	for (size_t i = 0; i < length; i++)
		count += text[i] == end;
	return count;
}

/* Cuts the text at each end; paths has room for all. */
static void cut(struct pathlist *list, size_t length, char end)
{
	char *at = list->text, *last = list->text + length;

	while (at < last) {
		char *next = memchr(at, end, (size_t)(last - at));

		*next = '\0';
		if (next > at)
			list->paths[list->count++] = at;
		at = next + 1;
	}
}

int pathlist_read(struct pathlist *list, const char *name, char end, char *const first[],
		  size_t count)
{
	FILE *stream = strcmp(name, "-") == 0 ? stdin : fopen(name, "re");
	size_t length = 0;
	int result;

	*list = (struct pathlist){0};
	if (stream == NULL)
		return -errno;
	errno = 0;
	result = read_all(stream, end, &list->text, &length);
	if (stream != stdin)
		(void)fclose(stream);
	if (result != 0)
		return result;
	if (end != '\0' && strlen(list->text) != length)
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
