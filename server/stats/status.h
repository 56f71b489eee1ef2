/* SPDX-License-Identifier: ISC */
/*
 * status: the daemon's state as text, one number a line.
 *
 * Owns the names and the format, which msgfetch-protocol(7) documents.  Must not know where
 * the numbers come from (status_collect).  No system call except through the stream.
 */
#ifndef MSGFETCH_SERVER_STATS_STATUS_H
#define MSGFETCH_SERVER_STATS_STATUS_H

#include "server/stats/statistics.h"

#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

/* The workers, the waiting requests and the followers of one user. */
struct status_share {
	unsigned workers, waiting, followers;
};

struct status {
	const char *version;
	pid_t pid;
	uint64_t uptime_ms;
	uint64_t oldest_ms;                  /* age of the oldest worker; 0: none runs */
	const struct statistics *statistics; /* running workers' bytes and failures included */
	unsigned workers, workers_limit;
	unsigned followers, followers_limit;
	uint64_t waiting, waiting_limit;
	uint64_t queue_messages, queue_bytes, queue_limit; /* of the request queue */
	struct status_share users[STATISTICS_USERS]; /* in the order of statistics->users */
	struct status_share other_users;
};

struct status_worker {
	pid_t pid, client; /* client 0: unknown */
	uid_t uid;
	uint64_t age_ms;
	uint64_t bytes;
	const char *export; /* "": none */
	const char *path;   /* as the client sent it */
};

/* Writes the line of an export's directory.  state: a name of export_state_name(). */
void status_write_export(FILE *out, const char *name, const char *state);

/* Writes everything except the exports' directories and the workers. */
void status_write(FILE *out, const struct status *status);

/* Writes the lines of one worker. */
void status_write_worker(FILE *out, const struct status_worker *worker);

#endif
