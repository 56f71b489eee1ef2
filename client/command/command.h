/* SPDX-License-Identifier: ISC */
/*
 * command: one run of msgfetch, from checked options to an exit code.
 *
 * Brings session, outputs, progress and report together.  Fetching is the
 * library's, through msgfetch.h alone.
 */
#ifndef MSGFETCH_COMMAND_COMMAND_H
#define MSGFETCH_COMMAND_COMMAND_H

#include "client/command/cli/options.h"

/*
 * Fetches every path of options (action FETCH), reports each that fails on
 * standard error and goes on.  Only a standard output that takes no more ends the
 * run early.  Returns the exit code.  Installs signal handlers: once a process.
 */
int command_fetch(const struct options *options);

/* Prints what there is (actions LIST and STAT).  The same. */
int command_browse(const struct options *options);

/* Prints the daemon's version and response time.  The same. */
int command_ping(const struct options *options);

/* Prints the daemon's state, or shows it until somebody has seen enough.  The same. */
int command_status(const struct options *options);
int command_top(const struct options *options);

/* Prints what hinders fetching, and what to do about it.  The same. */
int command_doctor(const struct options *options);

#endif
