/* SPDX-License-Identifier: ISC */
/*
 * outtree: the one place that a directory goes to, with all that is in it.
 *
 * Decides between a new directory (staging) and one that is there, has tree make what is
 * in it, and keeps the words for what went wrong.  Knows nothing of sessions or progress.
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
	bool skipping;        /* the entry begun came to nothing: its bytes are passed over */
	char entry[PATH_MAX]; /* the last one begun */
	char *problem;        /* owned */
};

/* How a tree is to be made. */
struct outtree_manner {
	bool follow;   /* the target may be a symbolic link to a directory */
	bool preserve; /* modes without the umask, and times */
	mode_t mask;   /* the umask, of which only what is not the owner's is in force */
};

/*
 * Begins a tree at name, trailing slashes aside: in a hidden directory beside it, or in
 * the directory that it is.  outtree: all zeros, or closed.  file: what the daemon says
 * of the directory.  Returns 0 or a negative errno; outtree_close() is due either way.
 */
int outtree_begin(struct outtree *outtree, const char *name, const struct msgfetch_file *file,
		  const struct outtree_manner *manner);

/*
 * Begins an entry: regular file, directory or symbolic link.  Returns 0; or a negative
 * errno, and the entry is left out: its bytes and its end, and what is in it, may come and
 * are passed over.
 */
int outtree_entry(struct outtree *outtree, const struct msgfetch_file *file);

/* Bytes of the last entry, and its end.  The same. */
int outtree_data(struct outtree *outtree, const void *bytes, size_t length, uint64_t offset);
int outtree_end(struct outtree *outtree, uint64_t size);

/* The last entry is not to be: it failed elsewhere. */
void outtree_drop(struct outtree *outtree);

/* Gives the tree its name.  Returns 0 or a negative errno. */
int outtree_finish(struct outtree *outtree);

/* Why the last call failed, for people; never NULL. */
const char *outtree_problem(const struct outtree *outtree);

/* Removes a hidden directory that was not given its name; frees what the struct owns. */
void outtree_close(struct outtree *outtree);

#endif
