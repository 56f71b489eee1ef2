/* SPDX-License-Identifier: ISC */
/*
 * inplace: writes to existing files that cannot be replaced by a rename.
 *
 * Owns the decision when writing in place is an alternative, and the copy.  Must not know
 * attributes.
 */
#ifndef MSGFETCH_COMMAND_OUTPUT_INPLACE_H
#define MSGFETCH_COMMAND_OUTPUT_INPLACE_H

#include <stdbool.h>
#include <sys/stat.h>

/* Returns whether error, of the creation of a file, tells of a closed directory only. */
bool inplace_applies(int error);

/*
 * Opens the regular file name, relative to directory or to AT_FDCWD, for writing.  Returns a
 * descriptor, which the caller closes, or a negative errno: -ESTALE unless the file is still
 * the one with the given status.
 */
int inplace_open(int directory, const char *name, const struct stat *status);

/*
 * Replaces the contents of target, a regular file, by those of the regular file name, holes
 * included.  Both names are relative to directory or to AT_FDCWD.  Returns target's descriptor,
 * open for writing, which the caller closes; or a negative errno.
 */
int inplace_copy(int directory, const char *name, const char *target);

#endif
