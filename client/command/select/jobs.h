/* SPDX-License-Identifier: ISC */
/*
 * jobs: fetches the paths of one run in several processes.
 *
 * Owns the processes and the distribution of paths.  Must not know how paths are fetched,
 * nor how progress is shown: the caller passes functions for both.
 */
#ifndef MSGFETCH_COMMAND_SELECT_JOBS_H
#define MSGFETCH_COMMAND_SELECT_JOBS_H

#include "client/command/cli/options.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* State of one job: the paths it took last, and its progress. */
struct jobs_place {
	_Atomic size_t first, end; /* the paths taken last */
	size_t before;             /* value of paths when these were taken */
	_Atomic size_t paths;      /* finished, successful or not */
	_Atomic uint64_t bytes;    /* of all paths so far */
};

/* Memory shared by all processes. */
struct jobs_board {
	_Atomic size_t next;  /* the first path that no job has taken */
	_Atomic bool line;    /* a progress line stands on the terminal */
	_Atomic size_t shown; /* for the caller's use: 0 at first */
	struct jobs_place places[OPTIONS_MOST_JOBS];
};

/* One job's view. */
struct jobs_part {
	const struct options *options; /* of the whole run */
	struct jobs_board *board;
	struct jobs_place *place;
	int lock; /* a descriptor to lock while writing to standard output */
};

/* Functions of the caller, with their context. */
struct jobs_calls {
	/* Fetches paths from jobs_take(), in a process of its own.  Returns its exit code. */
	int (*work)(struct jobs_part *part);
	/*
	 * Shows the progress of all jobs together.  Sets *line to whether a progress line
	 * stands on the terminal.  Returns milliseconds until the next call; -1: never.
	 */
	int (*show)(void *context, size_t paths, uint64_t bytes, bool *line);
	/* Ends the display, after the last job and before lost paths are reported. */
	void (*stop)(void *context);
	void *context;
};

/*
 * Runs as many jobs as the options ask for, and waits for them.  Returns their exit codes
 * combined.  Reports jobs that died, with the paths that nobody fetched.  The jobs end with
 * this process, however it ends.  The caller calls cleanup_install() before.
 */
int jobs_run(const struct options *options, const struct jobs_calls *calls);

/*
 * Takes the next free paths: sets *batch to the run's options with these paths only.
 * Returns false if no path is left.
 */
bool jobs_take(struct jobs_part *part, struct options *batch);

#endif
