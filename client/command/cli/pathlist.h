/* SPDX-License-Identifier: ISC */
/*
 * pathlist: paths that are listed in a file.
 */
#ifndef MSGFETCH_COMMAND_CLI_PATHLIST_H
#define MSGFETCH_COMMAND_CLI_PATHLIST_H

#include <stddef.h>

struct pathlist {
	char **paths; /* owned; NULL-ended */
	size_t count;
	char *text; /* owned: what those that were read point into */
};

/*
 * Reads the file name, or standard input for "-": paths that end in the character end, the
 * last one perhaps without.  Empty ones are passed over.  They come behind the count ones
 * of first, which are not copied.  Returns 0, and both parts of *list are to be freed; or
 * a negative errno and nothing to free: -EILSEQ for a NUL within a line.
 */
int pathlist_read(struct pathlist *list, const char *name, char end, char *const first[],
		  size_t count);

#endif
