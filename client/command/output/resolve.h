/* SPDX-License-Identifier: ISC */
/*
 * resolve: follows the symbolic links that a destination's name ends in.
 *
 * In a directory that others can write to, a local user could plant a link to a victim's file,
 * or a fifo to read the victim's output.  Owns the rule for such entries.  The kernel has
 * similar rules (fs.protected_symlinks), but only for sticky directories, and not everywhere.
 */
#ifndef MSGFETCH_COMMAND_OUTPUT_RESOLVE_H
#define MSGFETCH_COMMAND_OUTPUT_RESOLVE_H

#include <sys/stat.h>

/*
 * Sets *resolved, which the caller frees, to the name that links lead to, which need not
 * exist, and *status to its lstat(2); st_mode 0 means that nothing exists there.  Directories
 * in the middle of name are not examined.  Returns 0, or a negative errno: -EPERM if another
 * user planted a link or a special file in a directory that others can write to.
 */
int resolve_target(const char *name, char **resolved, struct stat *status);

#endif
