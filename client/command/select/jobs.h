/* SPDX-License-Identifier: ISC */
/*
 * jobs: processes that share the paths of one run.
 *
 * Owns the processes, how paths are handed out, and the one progress display.  What a job
 * does with its paths is its caller's.
 */
#ifndef MSGFETCH_COMMAND_SELECT_JOBS_H
#define MSGFETCH_COMMAND_SELECT_JOBS_H

#include "client/command/cli/options.h"
#include "client/command/show/progress.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

/* The paths that one job took last, and how far it is. */
struct jobs_place {
	_Atomic size_t first, end;
	struct progress_part progress; /* .paths: all that it has done with */
	size_t before;                 /* .paths when it took these */
};

/* In memory that all processes share. */
struct jobs_board {
	_Atomic size_t next; /* the first path that nobody took */
	_Atomic bool line;   /* a progress line stands on the terminal */
	struct jobs_place places[OPTIONS_MOST_JOBS];
};

/* What one job has. */
struct jobs_part {
	const struct options *options; /* of the whole run */
	struct jobs_board *board;
	struct jobs_place *place;
	int lock; /* a descriptor, locked while lines are written to standard output */
};

/*
 * Has work called in as many processes as the options say, each with its own part, and
 * waits for them.  What work returns is that job's exit code.  Returns all codes as one; a
 * job that died, and the paths that nobody fetched because of that, are reported.  The jobs
 * end when this process does, whatever it dies of.  cleanup_install() is due before.
 */
int jobs_run(const struct options *options, int (*work)(struct jobs_part *part));

/*
 * Takes the next paths that nobody has: *batch is the run's options with these paths alone.
 * Returns false where there are none left.
 */
bool jobs_take(struct jobs_part *part, struct options *batch);

/* So many of left paths are taken at once, by one of jobs: 1 or more. */
size_t jobs_share(size_t left, unsigned jobs);

#endif
