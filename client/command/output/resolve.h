/* SPDX-License-Identifier: ISC */
/*
 * resolve: follows the symbolic links in a destination's name.
 *
 * In a directory that others can write to, a local user could plant a link to a victim's file
 * or directory, or a fifo to read the victim's output.  Owns the rule for such entries.  The
 * kernel has similar rules (fs.protected_symlinks), but only for sticky directories, and not
 * everywhere.
 */
#ifndef MSGFETCH_COMMAND_OUTPUT_RESOLVE_H
#define MSGFETCH_COMMAND_OUTPUT_RESOLVE_H

#include <stdbool.h>
#include <sys/stat.h>

/* The reason for people of -EPERM. */
#define RESOLVE_PLANTED                                                                  \
	"made by another user, or named through a link of another user, in a directory " \
	"that others can write to; remove that entry or name another file"

/*
 * Sets *resolved, which the caller frees, to the name that links lead to, which need not
 * exist, and *status to its lstat(2); st_mode 0 means that nothing exists there.  Sets
 * *planted to whether another user may have put a regular file into a sticky directory.
 * Returns 0, or a negative errno: -EPERM if another user planted a link anywhere in name, or a
 * special file, in a directory that others can write to.
 */
int resolve_target(const char *name, char **resolved, struct stat *status, bool *planted);

/*
 * Examines the links in name, the last component included.  Returns 0, also for a missing name,
 * or a negative errno as resolve_target().
 */
int resolve_check(const char *name);

/*
 * Returns whether another user may have put the regular file entry into parent, whose sticky
 * bit then keeps the caller from removing the file.
 */
bool resolve_is_planted_file(const struct stat *entry, const struct stat *parent);

#endif
