/* SPDX-License-Identifier: ISC */
/*
 * rmtree: removes a directory and its contents.
 */
#ifndef MSGFETCH_COMMAND_BASE_RMTREE_H
#define MSGFETCH_COMMAND_BASE_RMTREE_H

/*
 * Removes the directory path.  Does not follow symbolic links, and leaves entries that cannot
 * be removed.  Async-signal-safe.  Uses two descriptors and 16 KiB of stack at any depth.
 */
void rmtree(const char *path);

#endif
