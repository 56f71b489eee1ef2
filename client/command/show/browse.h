/* SPDX-License-Identifier: ISC */
/*
 * browse: --list and --stat, which print remote names and their attributes.
 */
#ifndef MSGFETCH_COMMAND_SHOW_BROWSE_H
#define MSGFETCH_COMMAND_SHOW_BROWSE_H

#include "client/command/cli/options.h"

/*
 * Prints the paths of options (action LIST or STAT) to standard output, and reports each
 * path that failed on standard error.  Returns the exit code.
 */
int browse(const struct options *options, struct msgfetch *session);

#endif
