/* SPDX-License-Identifier: ISC */
/*
 * account: what is noted of each request that has ended.
 *
 * Owns that it goes to the access log and to the statistics.  Takes who the client was from
 * the daemon's own table, and nothing but the rest from the worker's slate.
 */
#ifndef MSGFETCH_SERVER_ACCOUNT_H
#define MSGFETCH_SERVER_ACCOUNT_H

#include "server/accesslog.h"
#include "server/job.h"
#include "server/statistics.h"

#include <stdbool.h>

struct account {
	struct statistics statistics;
	struct accesslog access;
	bool lines; /* the access log is on */
};

/* Notes what the worker of peer has left on slate.  killed: it died of a signal. */
void account_ended(struct account *account, const struct peer *peer, const struct slate *slate,
		   bool killed);

#endif
