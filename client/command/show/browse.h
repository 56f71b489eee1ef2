/* SPDX-License-Identifier: ISC */
/*
 * browse: --list and --stat: what is there, told on standard output.
 */
#ifndef MSGFETCH_COMMAND_SHOW_BROWSE_H
#define MSGFETCH_COMMAND_SHOW_BROWSE_H

#include "client/command/cli/options.h"

/*
 * Asks for the names of options (action LIST or STAT), prints them, and reports each path
 * that failed on standard error.  Returns the exit code.
 */
int browse(const struct options *options, struct msgfetch *session);

#endif
