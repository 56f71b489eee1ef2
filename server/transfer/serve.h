/* SPDX-License-Identifier: ISC */
/*
 * serve: all that one worker does between its fork and its end.
 *
 * Owns the stream of one job: ENTRY, DATA, END or FAILURE for each path.  Must not
 * know the daemon's tables, nor be called in the daemon itself.
 */
#ifndef MSGFETCH_SERVER_TRANSFER_SERVE_H
#define MSGFETCH_SERVER_TRANSFER_SERVE_H

#include "server/access/exports.h"
#include "server/request/job.h"
#include "server/request/limits.h"
#include "server/stats/scoreboard.h"

#include <stddef.h>

/* How a worker's process exits. */
enum serve_result {
	SERVE_ANSWERED = 0, /* everything was sent, failures among it */
	SERVE_GONE = 1,     /* the client is gone */
	SERVE_STALLED = 2,  /* the client took nothing for too long */
	SERVE_BROKEN = 3,   /* a message could not be sent for another reason */
	SERVE_LIMITED = 4,  /* the whole took longer than the limit on transfers */
};

/* What holds for all workers that are started now. */
struct terms {
	const struct exports *exports;
	const struct limits *limits;
	struct score *score; /* of this one */
	/* The text that answers OPERATION_STATUS: its length, to be freed; NULL: no memory. */
	char *(*status)(const void *daemon, size_t *length);
	const void *daemon;
};

/* Serves job, whose request was validated, and leaves on its scoreboard entry what came of it.
 */
enum serve_result serve(const struct job *job, const struct terms *terms);

#endif
