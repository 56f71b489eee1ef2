/* SPDX-License-Identifier: ISC */
/*
 * transfer_log: what is noted of each request that has ended.
 *
 * Owns that it goes to the access log and to the statistics.  Of a worker it takes who the
 * client was from the daemon's own table, and nothing but the rest from the worker's scoreboard
 * entry.
 */
#ifndef MSGFETCH_SERVER_STATS_TRANSFER_LOG_H
#define MSGFETCH_SERVER_STATS_TRANSFER_LOG_H

#include "server/access/exports.h"
#include "server/request/job.h"
#include "server/stats/accesslog.h"
#include "server/stats/statistics.h"

#include <stdbool.h>

struct account {
	struct statistics statistics;
	struct accesslog access;
	bool lines; /* the access log is on */
};

/* A worker's end. */
struct transfer_log_end {
	const struct client *client;
	const struct score *score; /* what the worker has left there */
	bool killed;               /* it died of a signal */
	uint64_t microseconds;     /* since its start */
};

void transfer_log_ended(struct account *account, const struct transfer_log_end *end);

/* Notes that job was refused, as there was no room.  The log is about files only. */
void transfer_log_busy(struct account *account, const struct exports *exports,
		       const struct job *job);

#endif
