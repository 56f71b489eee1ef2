/* SPDX-License-Identifier: ISC */
/*
 * delivery: takes what the library fetches to where it goes, path by path.
 *
 * Is the library's sink.  Owns which path is at hand, and what is said and counted of
 * each; files are made by output, trees by outtree.
 */
#ifndef MSGFETCH_COMMAND_DELIVERY_H
#define MSGFETCH_COMMAND_DELIVERY_H

#include "client/command/options.h"
#include "client/command/outtree.h"
#include "client/command/progress.h"
#include "client/command/report.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

struct delivery_item;

struct delivery {
	const struct options *options;
	struct progress *progress;
	struct report_tally tally;
	struct delivery_item *items; /* owned; one for each path of options */
	size_t current;              /* the one at hand */
	struct outtree *outtree;     /* owned; NULL until there is a directory */
	mode_t mask;                 /* the umask, where directories are fetched */
	bool in_tree;                /* the path at hand is a directory */
	bool failed;                 /* the path at hand did, and that was said */
	bool stdout_failed;          /* it takes no more */
	uint64_t files, bytes;       /* of the path at hand: complete ones */
	struct timespec start;       /* of the path at hand */
};

/*
 * Fetches every path of options, reports each that fails on standard error and goes on.
 * Only a standard output that takes no more ends it early.  delivery: all zeros but for
 * options and progress.  Returns the exit code.
 */
int delivery_run(struct delivery *delivery, struct msgfetch *session);

/* The path at hand; NULL: none. */
const char *delivery_path(const struct delivery *delivery);

/* Writes a line about path, or NULL, to standard error; the progress line makes way. */
void delivery_say(struct delivery *delivery, const char *path, const char *text);

#endif
