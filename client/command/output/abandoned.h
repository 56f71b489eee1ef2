/* SPDX-License-Identifier: ISC */
/*
 * abandoned: hidden directories of runs that were killed.
 *
 * Owns how such a directory says that its run lives, a lock, and when one is removed.
 */
#ifndef MSGFETCH_COMMAND_OUTPUT_ABANDONED_H
#define MSGFETCH_COMMAND_OUTPUT_ABANDONED_H

#include <stdbool.h>

/* What its name has ahead of the random letters, so that it is nobody else's. */
#define ABANDONED_MARK "msgfetch-"

/*
 * Says that the run lives as long as the directory, new and open, stays so.  False: another
 * run has taken it for abandoned meanwhile, and removes it.
 */
bool abandoned_prevent(int directory);

/*
 * Removes the directories beside name that are called like it but for the letters at its
 * end, belong to this user, and whose run is dead.  Only where no other user can have put
 * them there; what cannot be removed stays.
 */
void abandoned_remove(const char *name);

#endif
