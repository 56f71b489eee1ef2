/* SPDX-License-Identifier: ISC */
/*
 * line: jobs that wait for a worker, in the order they came, up to a bound.
 *
 * Owns copies of them.  Must not know why they wait.  No system call.
 */
#ifndef MSGFETCH_SERVER_LINE_H
#define MSGFETCH_SERVER_LINE_H

#include "server/job.h"

#include <stdbool.h>
#include <stddef.h>

struct waiting; /* one job */

struct line {
	struct waiting *first, *last;
	size_t length;
};

/* Copies job, with its paths, to the end.  Returns 0, -ENOSPC (limit jobs wait), -ENOMEM. */
int line_push(struct line *line, const struct job *job, size_t limit);

/* The job that waited longest, or NULL.  Owned by the line, until line_pop(). */
const struct job *line_first(const struct line *line);

/* Forgets the first job; there must be one. */
void line_pop(struct line *line);

/* Whether a job waits whose answer goes to queue. */
bool line_holds(const struct line *line, int queue);

void line_free(struct line *line);

#endif
