/* SPDX-License-Identifier: ISC */
/*
 * account: what is noted of each request that has ended.
 *
 * Owns that it goes to the access log and to the statistics.  Of a worker it takes who the
 * client was from the daemon's own table, and nothing but the rest from the worker's slate.
 */
#ifndef MSGFETCH_SERVER_STATS_ACCOUNT_H
#define MSGFETCH_SERVER_STATS_ACCOUNT_H

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
struct account_end {
	const struct peer *peer;
	const struct slate *slate; /* what the worker has left there */
	bool killed;               /* it died of a signal */
	uint64_t microseconds;     /* since its start */
};

void account_ended(struct account *account, const struct account_end *end);

/* Notes that job was refused, as there was no room.  The log is about files only. */
void account_busy(struct account *account, const struct exports *exports,
		  const struct job *job);

#endif
