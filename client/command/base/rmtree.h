/* SPDX-License-Identifier: ISC */
/*
 * rmtree: removes a directory with all that is in it, from a signal handler too.
 */
#ifndef MSGFETCH_COMMAND_BASE_RMTREE_H
#define MSGFETCH_COMMAND_BASE_RMTREE_H

/*
 * Removes the directory path; symbolic links in it are not followed.  What cannot be
 * removed stays.  Async-signal-safe; needs a few descriptors and 16 KiB of stack, at any
 * depth of the tree.
 */
void rmtree(const char *path);

#endif
