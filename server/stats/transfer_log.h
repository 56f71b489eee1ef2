/* SPDX-License-Identifier: ISC */
/*
 * transfer_log: records the end of each request.
 *
 * Owns the two records: the statistics and the access log.  Takes the client's identity from
 * the daemon's table of workers, and everything else from the worker's scoreboard entry.
 */
#ifndef MSGFETCH_SERVER_STATS_TRANSFER_LOG_H
#define MSGFETCH_SERVER_STATS_TRANSFER_LOG_H

#include "server/access/exports.h"
#include "server/request/job.h"
#include "server/request/line_limit.h"
#include "server/stats/accesslog.h"
#include "server/stats/audit.h"
#include "server/stats/statistics.h"

#include <stdbool.h>

struct transfer_log {
	struct statistics statistics;
	struct accesslog access;
	enum audit_wanted lines;  /* lines for requests and their failed paths, or all paths */
	struct line_limit ended;  /* lines about requests that were served */
	struct line_limit busy;   /* lines about refusals as busy */
	struct line_limit failed; /* lines about failed paths */
	struct line_limit sent;   /* lines about other paths */
	unsigned changed; /* the last export that a worker reported: 1 + its index; 0: none */
};

/* The end of one worker. */
struct transfer_log_end {
	const struct client *client;
	const char *op;            /* transfer_log_op() of the request */
	const struct score *score; /* the worker's entry */
	bool killed;               /* a signal ended the worker */
	uint64_t microseconds;     /* since the worker's start */
};

/* Returns the request's operation in a word: fetch, list, stat or follow.  Static. */
const char *transfer_log_op(const struct request *request);

/*
 * Records the end of a worker: a line for the request, and ahead of it lines for its failed
 * paths, if there are several paths.  now: ms.
 */
void transfer_log_ended(struct transfer_log *transfer_log, const struct transfer_log_end *end,
			uint64_t now);

/*
 * Records that job was refused as busy.  Only requests for files have an access line, one for
 * each user and second.  now: ms.
 */
void transfer_log_busy(struct transfer_log *transfer_log, const struct exports *exports,
		       const struct job *job, uint64_t now);

/* Writes the counts of suppressed lines that are due at now (ms). */
void transfer_log_report(struct transfer_log *transfer_log, uint64_t now);

/* Returns true while lines are unreported: the caller must call transfer_log_report() again. */
bool transfer_log_held(const struct transfer_log *transfer_log);

#endif
