/* SPDX-License-Identifier: ISC */
/*
 * command: performs one action of msgfetch, from checked options to an exit code.
 *
 * Connects session, outputs, progress and reporter.
 */
#ifndef MSGFETCH_COMMAND_COMMAND_H
#define MSGFETCH_COMMAND_COMMAND_H

#include "client/command/cli/options.h"

/*
 * Fetches every path of options (action FETCH).  Reports a failed path on standard error and
 * goes on, unless standard output accepts no more bytes.  Returns the exit code.  Installs
 * signal handlers, so that a process may call one of these functions, once.
 */
int command_fetch(const struct options *options);

/* Prints a listing of the paths (actions LIST and STAT).  Returns the exit code. */
int command_browse(const struct options *options);

/* Prints the daemon's version and response time.  Returns the exit code. */
int command_ping(const struct options *options);

/* Prints the daemon's state.  Returns the exit code. */
int command_status(const struct options *options);

/* Shows the daemon's state live, until a key ends the display.  Returns the exit code. */
int command_top(const struct options *options);

/* Prints obstacles to fetching, with advice.  Returns the exit code. */
int command_doctor(const struct options *options);

#endif
