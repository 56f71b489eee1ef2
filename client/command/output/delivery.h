/* SPDX-License-Identifier: ISC */
/*
 * delivery: fetches the paths of a run to their targets.
 *
 * Owns the walk along the selection, and is the library's sink.  output writes files, outtree
 * writes trees, and reporter reports and counts results.
 */
#ifndef MSGFETCH_COMMAND_OUTPUT_DELIVERY_H
#define MSGFETCH_COMMAND_OUTPUT_DELIVERY_H

#include "client/command/cli/options.h"
#include "client/command/output/outtree.h"
#include "client/command/select/selection.h"
#include "client/command/show/dryrun.h"
#include "client/command/show/progress.h"
#include "client/command/show/reporter.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct delivery_item;

struct delivery {
	const struct options *options;
	struct progress *progress;
	struct reporter reporter;
	struct delivery_item *items;      /* owned; one for each path of options */
	size_t current;                   /* the current item */
	struct selection selection;       /* owned */
	size_t at;                        /* the first entry of the selection not handled yet */
	struct selection_request request; /* owned */
	size_t first; /* the request's index of path 0 of the library call */
	struct dryrun dryrun;
	const char *unknown;     /* the first path without an export; NULL: none */
	struct outtree *outtree; /* owned; NULL until the first directory */
	struct written written;  /* owned: files written so far, if there are several paths */
	mode_t mask;             /* the umask, with --recursive */
	bool in_tree;            /* the current path is a directory */
	bool over;     /* fetch no more: standard output is full or closed, or --fail-early */
	uint64_t base; /* the first byte wanted of the current file */
};

void delivery_init(struct delivery *delivery, const struct options *options,
		   struct progress *progress);

/*
 * Fetches every path of options, or with --dry-run prints what a fetch would write.  Reports
 * a failed path on standard error and goes on, unless standard output accepts no more bytes.
 * Returns the exit code.
 */
int delivery_run(struct delivery *delivery, struct msgfetch *session);

/* Returns the current path; NULL: none. */
const char *delivery_path(const struct delivery *delivery);

#endif
