/* SPDX-License-Identifier: ISC */
/*
 * serve: the work of one worker, from its fork to its exit.
 *
 * Owns the replies to one job: ENTRY, DATA, END or FAILURE for each path.  Must not know
 * the daemon's tables, and must not run in the daemon itself.
 */
#ifndef MSGFETCH_SERVER_TRANSFER_SERVE_H
#define MSGFETCH_SERVER_TRANSFER_SERVE_H

#include "server/access/exports.h"
#include "server/request/job.h"
#include "server/request/limits.h"
#include "server/stats/scoreboard.h"

#include <stddef.h>

/*
 * Serves job, a validated FETCH or LIST.  Records progress and outcome in score, the
 * worker's scoreboard entry, and returns the outcome.
 */
enum transfer_outcome serve(const struct job *job, const struct exports *exports,
			    const struct limits *limits, struct score *score);

/* The same for a job that is answered with length bytes of text.  text: NULL, no memory. */
enum transfer_outcome serve_text(const struct job *job, const struct limits *limits,
				 struct score *score, const char *text, size_t length);

#endif
