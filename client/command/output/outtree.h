/* SPDX-License-Identifier: ISC */
/*
 * outtree: the local copy of one remote directory.
 *
 * Decides between a new directory (staging) and an existing one, lets tree create the
 * entries, and words the errors.  Must not know sessions or progress.
 */
#ifndef MSGFETCH_COMMAND_OUTPUT_OUTTREE_H
#define MSGFETCH_COMMAND_OUTPUT_OUTTREE_H

#include "client/command/output/staging.h"
#include "client/command/output/tree.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct outtree {
	char *target; /* owned; NULL: not begun */
	struct staging staging;
	struct tree tree;
	bool skipping;        /* the last entry failed: ignore its bytes */
	char entry[PATH_MAX]; /* the last entry */
	char *problem;        /* owned */
};

/* Options of a tree. */
struct outtree_manner {
	bool follow;   /* the target may be a symbolic link to a directory */
	bool preserve; /* set modes without the umask, and times */
	bool in_place; /* write existing files instead of replacing them */
	mode_t mask;   /* the umask; delivery clears its owner bits while a tree is written */
};

/*
 * Begins a tree at name, without trailing slashes: in a hidden directory beside name, or in
 * the directory that exists there.  outtree must be all zeros, or closed.  file describes the
 * daemon's directory.  Returns 0 or a negative errno.  Call outtree_close() in either case.
 */
int outtree_begin(struct outtree *outtree, const char *name, const struct msgfetch_file *file,
		  const struct outtree_manner *manner);

/*
 * Begins an entry: regular file, directory or symbolic link.  Returns 0 or a negative errno.
 * After an error the entry, its bytes and its children are ignored.
 */
int outtree_entry(struct outtree *outtree, const struct msgfetch_file *file);

/* Write bytes of the last entry, and complete it.  Return as outtree_entry(). */
int outtree_data(struct outtree *outtree, const void *bytes, size_t length, uint64_t offset);
int outtree_end(struct outtree *outtree, uint64_t size);

/* Removes the last entry: its transfer failed. */
void outtree_drop(struct outtree *outtree);

/* Completes the tree, and renames a new one to its target.  Returns 0 or a negative errno. */
int outtree_finish(struct outtree *outtree);

/* Returns how the last complete file was made unlike others, for people; NULL: as usual. */
const char *outtree_remark(const struct outtree *outtree);

/* Returns the reason of the last error, for people.  Never NULL. */
const char *outtree_problem(const struct outtree *outtree);

/* Removes a tree that was not finished, and frees the memory of the struct. */
void outtree_close(struct outtree *outtree);

#endif
