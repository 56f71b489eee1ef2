/* SPDX-License-Identifier: ISC */
/*
 * export path: whether the path of an export still names the directory that the daemon holds.
 *
 * Owns the comparison by device and inode, and the conditions under which the daemon opens the
 * directory that a path names by now.  An export must not become a way into a directory that a
 * stranger chooses.  Must not know when to look (reopen) nor who asks.
 */
#ifndef MSGFETCH_SERVER_ACCESS_EXPORT_PATH_H
#define MSGFETCH_SERVER_ACCESS_EXPORT_PATH_H

#include "server/access/exports.h"
#include "server/request/answer.h"

#include <stdbool.h>

/* Compares the open directory of export with its path.  Never returns EXPORT_UNREADABLE. */
enum export_state export_path_compare(const struct export *export);

/*
 * Returns the state that the daemon knows of.  Makes no system call: the status must not wait
 * for a file system that does not answer.
 */
enum export_state export_path_state(const struct export *export);

/* Returns a name in the status: stable, lower case. */
const char *export_state_name(enum export_state state);

/*
 * Called in a worker.  Returns true if the open directory of export may be served; otherwise
 * *failure tells why.  Sets *changed if the daemon has not yet noticed the state.
 */
bool export_path_usable(const struct export *export, struct failure *failure, bool *changed);

/* Notes in export that the directory at its path was not opened: the old one stays in force. */
void export_path_refuse(struct export *export);

/*
 * Opens the directory that the path of export names by now.  Returns a descriptor, which the
 * caller closes; -ELOOP for a path with a symbolic link; -EPERM if a user other than root, the
 * daemon's user and the owner of the old directory might have put the directory there; or
 * another negative errno of openat2(2).
 */
int export_path_open(const struct export *export);

#endif
