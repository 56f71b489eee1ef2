/* SPDX-License-Identifier: ISC */
/*
 * tree: makes what a daemon names beneath one directory, and nothing anywhere else.
 *
 * Owns the ways to the entries' parents, how existing entries are treated, and the
 * attributes of directories.  Names have been checked by the library; here they cannot
 * lead out even so: parents are looked up with openat2(RESOLVE_BENEATH and
 * RESOLVE_NO_SYMLINKS), and an entry's own name is never followed.  Knows nothing of
 * where the directory is, nor of messages.
 */
#ifndef MSGFETCH_COMMAND_OUTPUT_TREE_H
#define MSGFETCH_COMMAND_OUTPUT_TREE_H

#include "client/command/output/newfile.h"
#include "client/lib/msgfetch.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* A directory whose attributes have to wait until all is in it. */
struct tree_level {
	size_t length; /* of its name: the beginning of trail */
	struct attributes attributes;
};

struct tree {
	int root;      /* owned */
	bool fresh;    /* nothing was in it: no temporary names */
	bool preserve; /* modes without the umask, and times */
	mode_t mask;   /* the umask */
	struct attributes root_attributes;
	struct newfile file; /* the one begun */
	struct attributes file_attributes;
	int directory; /* what the last entry was made in: root, or owned */
	size_t current_length;
	char current[PATH_MAX];                 /* its name beneath root; "": root */
	char lost[PATH_MAX];                    /* the directory that could not be had */
	char trail[PATH_MAX];                   /* the last level's name */
	struct tree_level levels[PATH_MAX / 2]; /* each beneath the one before */
	size_t level_count;
	int late_error; /* the first of giving a directory its attributes */
};

/*
 * Begins in the directory open as root, which the tree closes.  file: what the daemon says
 * of it.  fresh: it is new, empty, and nobody else's.
 */
void tree_open(struct tree *tree, int root, const struct msgfetch_file *file, bool fresh,
	       bool preserve, mode_t mask);

/*
 * Make an entry.  Return 0; a negative errno and nothing made; or -ECANCELED: it is
 * beneath a directory that could not be had.  A directory comes ahead of what is in it,
 * and is best not gone back to once something else beside it came.
 * tree_begin_file(): followed by tree_write()... and tree_end_file() or tree_drop_file().
 */
int tree_make_directory(struct tree *tree, const struct msgfetch_file *file);
int tree_make_link(struct tree *tree, const struct msgfetch_file *file);
int tree_begin_file(struct tree *tree, const struct msgfetch_file *file);

/* As newfile_write() and newfile_commit().  After an error tree_drop_file() is due. */
int tree_write(struct tree *tree, const void *bytes, size_t length, uint64_t offset);
int tree_end_file(struct tree *tree, uint64_t size);

/* Removes the file that was begun, if there is one. */
void tree_drop_file(struct tree *tree);

/* Gives the directories their attributes.  Returns 0 or the first negative errno of that. */
int tree_finish(struct tree *tree);

void tree_close(struct tree *tree);

#endif
