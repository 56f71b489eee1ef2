/* SPDX-License-Identifier: ISC */
/*
 * written: remembers the files that a run has written, so that none of them overwrites another.
 *
 * Two remote names can lead to one local file: on a file system that ignores case, through a
 * link, or in place through a hard link.  The set knows files by device and inode, never by
 * name.
 */
#ifndef MSGFETCH_COMMAND_OUTPUT_WRITTEN_H
#define MSGFETCH_COMMAND_OUTPUT_WRITTEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

struct written_file {
	uint64_t device;
	uint64_t inode; /* 0: an empty slot */
};

/* Starts as all zeros: no file. */
struct written {
	struct written_file *slots; /* owned: a hash table */
	size_t size;                /* slots, a power of two */
	size_t count;               /* files */
};

/* Adds a file.  Ignores lack of memory: the set then misses collisions. */
void written_add(struct written *written, const struct stat *status);

bool written_has(const struct written *written, const struct stat *status);

void written_free(struct written *written);

/* The reason for people why a file is not overwritten. */
#define WRITTEN_COLLISION                                                                \
	"an earlier file of this fetch has this name here; does the file system ignore " \
	"case?"

#endif
