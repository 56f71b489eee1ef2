/* SPDX-License-Identifier: ISC */
/*
 * fragments: the files that belong to a configuration file.
 *
 * Owns where they are and in which order they are read.  Must not know what they say.
 */
#ifndef MSGFETCH_SERVER_CONFIG_FRAGMENTS_H
#define MSGFETCH_SERVER_CONFIG_FRAGMENTS_H

#include <stddef.h>

struct fragments {
	char **paths;
	size_t count;
};

/*
 * Finds the files FILE.d/NAME.conf of the configuration FILE, in the order of their names'
 * bytes; names that begin with a dot, and what is no file, are passed over.  Returns 0, be
 * there none, and *fragments, to be given to fragments_free(); or a negative errno: the
 * directory is there and cannot be read.
 */
int fragments_find(const char *file, struct fragments *fragments);

void fragments_free(struct fragments *fragments);

#endif
