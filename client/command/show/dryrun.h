/* SPDX-License-Identifier: ISC */
/*
 * dryrun: prints the entries that a run without --dry-run would fetch.
 */
#ifndef MSGFETCH_COMMAND_SHOW_DRYRUN_H
#define MSGFETCH_COMMAND_SHOW_DRYRUN_H

#include "client/command/show/reporter.h"

/* Starts as all zeros. */
struct dryrun {
	uint64_t files, bytes; /* counted so far */
};

/* Prints an entry of the reporter's current path, or reports why fetching it would fail. */
void dryrun_entry(struct dryrun *dryrun, struct reporter *reporter,
		  const struct msgfetch_file *file);

/* Reports the totals on standard error, with --verbose. */
void dryrun_total(const struct dryrun *dryrun, struct reporter *reporter);

#endif
