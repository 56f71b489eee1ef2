/* SPDX-License-Identifier: ISC */
/*
 * tree: creates the entries that a daemon names beneath one local directory.
 *
 * Owns the lookup of parent directories, the treatment of existing entries, and the
 * attributes of directories.  The library has checked all names; as a second line of
 * defense, parents are opened with RESOLVE_BENEATH and RESOLVE_NO_SYMLINKS, and an entry's
 * own name is never followed.  Must not know the name of the directory, nor print messages.
 */
#ifndef MSGFETCH_COMMAND_OUTPUT_TREE_H
#define MSGFETCH_COMMAND_OUTPUT_TREE_H

#include "client/command/output/newfile.h"
#include "client/command/output/replaced.h"
#include "client/command/output/written.h"
#include "client/lib/msgfetch.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* A directory whose attributes are set once its entries are complete. */
struct tree_level {
	size_t length; /* of its name, a prefix of trail */
	int lent;      /* owned: the directory, with permissions lent to it; -1: none lent */
	struct attributes attributes;
};

/* Options of a tree. */
struct tree_manner {
	bool fresh;    /* root is new, empty and not visible to others */
	bool preserve; /* set modes without the umask, and times */
	bool in_place; /* write existing files instead of replacing them */
	mode_t mask;   /* the umask */
};

struct tree {
	int root;      /* owned */
	int root_lent; /* as for a level */
	struct tree_manner manner;
	struct attributes root_attributes;
	struct newfile file; /* the file being written */
	struct attributes file_attributes;
	struct replaced replaced; /* owned: of the file that the current one replaces */
	struct written written;   /* owned: the files so far, unless the tree is fresh */
	const char *remark;       /* on the last complete file, as newfile has it */
	int directory;            /* parent of the last entry: root, or owned */
	size_t current_length;
	char current[PATH_MAX];                 /* name of directory beneath root; "": root */
	char failed[PATH_MAX];                  /* last directory that could not be created */
	char trail[PATH_MAX];                   /* name of the last level */
	struct tree_level levels[PATH_MAX / 2]; /* each one beneath the one before */
	size_t level_count;
	int late_error; /* first error of setting a directory's attributes */
};

/*
 * Starts in the directory open as root, which tree_close() closes.  file describes the
 * daemon's directory.  While entries are written, directories of the caller have all the
 * permissions of their owner.
 */
void tree_open(struct tree *tree, int root, const struct msgfetch_file *file,
	       const struct tree_manner *manner);

/*
 * Create an entry.  Return 0, or a negative errno without having created the entry;
 * -ECANCELED: one of its parent directories could not be created; -EEXIST: an earlier file of
 * the tree would be overwritten.  A directory must come
 * before its entries.  Its attributes are set when the first entry outside it comes.
 * After tree_begin_file(), call tree_write() any number of times, then tree_end_file() or
 * tree_drop_file().
 */
int tree_make_directory(struct tree *tree, const struct msgfetch_file *file);
int tree_make_link(struct tree *tree, const struct msgfetch_file *file);
int tree_begin_file(struct tree *tree, const struct msgfetch_file *file);

/* As newfile_write() and newfile_commit().  Call tree_drop_file() after an error. */
int tree_write(struct tree *tree, const void *bytes, size_t length, uint64_t offset);
int tree_end_file(struct tree *tree, uint64_t size);

/* Removes the file being written, if any. */
void tree_drop_file(struct tree *tree);

/* Sets the attributes of directories.  Returns 0 or the first negative errno. */
int tree_finish(struct tree *tree);

void tree_close(struct tree *tree);

#endif
