/* SPDX-License-Identifier: ISC */
/*
 * dryrun: --dry-run: what would be fetched, told on standard output.
 */
#ifndef MSGFETCH_COMMAND_SHOW_DRYRUN_H
#define MSGFETCH_COMMAND_SHOW_DRYRUN_H

#include "client/command/cli/options.h"
#include "client/command/show/reporter.h"

/*
 * Asks what there is at the options' paths, prints what of it would be fetched, and reports
 * what failed.  reporter: opened.  Returns the exit code.
 */
int dryrun(const struct options *options, struct msgfetch *session, struct reporter *reporter);

#endif
