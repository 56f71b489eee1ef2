/* SPDX-License-Identifier: ISC */
/*
 * pathlist: reads lists of paths from a file.
 */
#ifndef MSGFETCH_COMMAND_CLI_PATHLIST_H
#define MSGFETCH_COMMAND_CLI_PATHLIST_H

#include <stddef.h>

struct pathlist {
	char **paths; /* owned; NULL-terminated */
	size_t count;
	char *text; /* owned: the strings of the paths read */
};

/*
 * Reads paths from the file name; "-" is standard input.  Each path ends in the character
 * end, which the last one may lack.  Skips empty paths, and in
 * lines a byte order mark and carriage returns at the end.  The count paths of first
 * come first in *list, and are not copied.  Returns 0, and the caller frees both parts of
 * *list; or a negative errno with nothing to free: -EILSEQ for a NUL within a line.
 */
int pathlist_read(struct pathlist *list, const char *name, char end, char *const first[],
		  size_t count);

#endif
