/* SPDX-License-Identifier: ISC */
/*
 * statistics: the daemon's totals since its start.
 *
 * Owns the totals, and the fixed number of rows that users and exports share.  No system call
 * and no allocation.  Small, because the kernel copies each page that the daemon writes after
 * a fork.  Must not know how the totals are shown (status).
 */
#ifndef MSGFETCH_SERVER_STATS_STATISTICS_H
#define MSGFETCH_SERVER_STATS_STATISTICS_H

#include "server/access/exports.h"
#include "server/request/junk.h"
#include "server/stats/scoreboard.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define STATISTICS_USERS 64u
#define STATISTICS_EXPORTS 32u

/* Why the daemon refused a request before a worker was started. */
enum statistics_refusal {
	REFUSAL_BUSY,          /* the wait queue is full, or fork(2) failed */
	REFUSAL_STOPPING,      /* the daemon is stopping */
	REFUSAL_NOT_PERMITTED, /* the user may not see the status */
	REFUSALS,
};

/* A limit that delayed, refused or ended a request. */
enum statistics_limit {
	LIMIT_WORKERS,        /* delayed: all workers were busy */
	LIMIT_USER_WORKERS,   /* delayed: the user had max-workers-per-user */
	LIMIT_WAITING,        /* refused: the wait queue was full */
	LIMIT_USER_WAITING,   /* refused: the user had max-waiting-per-user */
	LIMIT_FOLLOWERS,      /* refused: max-followers files were followed */
	LIMIT_USER_FOLLOWERS, /* refused: the user had max-followers-per-user */
	LIMIT_RATE,           /* delayed by the rate limit */
	LIMIT_STALL,          /* ended: the client took nothing */
	LIMIT_TRANSFER,       /* ended: the transfer took too long */
	LIMITS,
};

struct statistics_row {
	uint64_t requests; /* received from a user, or ended for an export */
	uint64_t bytes;    /* of files, sent */
	uint64_t failures; /* entries that could not be sent */
};

struct statistics_user {
	uid_t uid;
	struct statistics_row row;
};

struct statistics_export {
	const char *name; /* borrowed from the settings in force */
	struct statistics_row row;
};

struct statistics {
	uint64_t began;   /* ms, monotonic */
	int64_t began_at; /* seconds since 1970 */
	unsigned workers_peak, waiting_peak;
	uint64_t requests; /* for files, from proved senders */
	uint64_t pings;
	uint64_t status_requests;
	uint64_t bytes; /* of files, sent by workers that have ended */
	uint64_t refused[REFUSALS];
	uint64_t limits[LIMITS];
	uint64_t junk[JUNK_REASONS];
	uint64_t ended[TRANSFER_OUTCOMES];
	uint64_t failures[ENTRY_FAILURES];
	unsigned user_count, export_count;
	struct statistics_user users[STATISTICS_USERS];
	struct statistics_export exports[STATISTICS_EXPORTS];
	struct statistics_row other_users;   /* users without a row of their own */
	struct statistics_row other_exports; /* exports without a row, and unknown exports */
};

/* Counts a request for files. */
void statistics_request(struct statistics *statistics, uid_t uid);

/* Updates the peaks with the current numbers of workers and waiting requests. */
void statistics_load(struct statistics *statistics, unsigned workers, size_t waiting);

/*
 * Adds the bytes and failures of a worker that serves uid.  Call it once for a worker that
 * has ended; for a running worker only on a copy of the statistics.
 */
void statistics_sent(struct statistics *statistics, uid_t uid, const struct score_view *view);

/* Counts the end of a request, with its bytes and failures. */
void statistics_ended(struct statistics *statistics, uid_t uid, const struct score_view *view,
		      enum transfer_outcome outcome);

/*
 * Replaces the exports.  An export that stays keeps its row; the rows of the others are added
 * to other_exports.  The names must live until the next call has returned.
 */
void statistics_follow(struct statistics *statistics, const struct exports *exports);

/* Names in the status: stable, lower case with dashes. */
const char *statistics_refusal_name(enum statistics_refusal refusal);
const char *statistics_limit_name(enum statistics_limit limit);

#endif
