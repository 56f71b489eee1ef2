/* SPDX-License-Identifier: ISC */
/*
 * delivery: takes what the library fetches to where it goes, path by path.
 *
 * Is the library's sink.  Owns which path is at hand; files are made by output, trees by
 * outtree, and what is said and counted of each is reporter's.
 */
#ifndef MSGFETCH_COMMAND_OUTPUT_DELIVERY_H
#define MSGFETCH_COMMAND_OUTPUT_DELIVERY_H

#include "client/command/cli/options.h"
#include "client/command/output/outtree.h"
#include "client/command/select/selection.h"
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
	struct delivery_item *items; /* owned; one for each path of options */
	size_t current;              /* the one at hand */
	struct outtree *outtree;     /* owned; NULL until there is a directory */
	struct selection selection;  /* owned; where the options call for one */
	mode_t mask;                 /* the umask, where directories are fetched */
	bool in_tree;                /* the path at hand is a directory */
	bool stdout_failed;          /* it takes no more */
	uint64_t base;               /* the first byte that is wanted of the path at hand */
};

/* Nothing is at hand yet. */
void delivery_init(struct delivery *delivery, const struct options *options,
		   struct progress *progress);

/*
 * Fetches every path of options, reports each that fails on standard error and goes on.
 * Only a standard output that takes no more ends it early.  Returns the exit code.
 */
int delivery_run(struct delivery *delivery, struct msgfetch *session);

/* The path at hand; NULL: none. */
const char *delivery_path(const struct delivery *delivery);

#endif
