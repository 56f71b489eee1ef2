/* SPDX-License-Identifier: ISC */
/*
 * statistics: what the daemon has done since its start, in numbers.
 *
 * Owns the counters, and how few rows stand for any number of users and exports.  No
 * system call, no memory of its own, and small: after each fork a page that the daemon
 * writes to is copied.  Must not know how the numbers are shown (status).
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

enum statistics_refusal {
	REFUSAL_BUSY,          /* no place in the line, or no process to be had */
	REFUSAL_STOPPING,      /* the daemon is about to stop */
	REFUSAL_NOT_PERMITTED, /* who asks for the status may not */
	REFUSALS,
};

/* What kept a request waiting, refused it, slowed it down or ended it. */
enum statistics_limit {
	LIMIT_WORKERS,      /* waited: all workers were busy */
	LIMIT_USER_WORKERS, /* waited: the user had as many as one may have */
	LIMIT_WAITING,      /* refused: the line was full */
	LIMIT_USER_WAITING, /* refused: the user had as many places as one may have */
	LIMIT_RATE,         /* slowed down */
	LIMIT_STALL,        /* ended: the client took nothing */
	LIMIT_TRANSFER,     /* ended: it took too long */
	LIMITS,
};

struct statistics_row {
	uint64_t requests; /* of a user: that came; of an export: that ended */
	uint64_t bytes;    /* of files, sent */
	uint64_t failures; /* entries that could not be sent */
};

struct statistics_user {
	uid_t uid;
	struct statistics_row row;
};

struct statistics_export {
	const char *name; /* in the settings in force */
	struct statistics_row row;
};

struct statistics {
	uint64_t began;   /* ms, monotonic */
	int64_t began_at; /* s, by the clock on the wall */
	unsigned workers_peak, waiting_peak;
	uint64_t requests; /* for files, whose sender was proved */
	uint64_t pings;
	uint64_t questions; /* for the status */
	uint64_t bytes;     /* of files, sent by workers that have ended */
	uint64_t refused[REFUSALS];
	uint64_t limits[LIMITS];
	uint64_t junk[JUNK_REASONS];
	uint64_t ended[TRANSFER_OUTCOMES];
	uint64_t failures[ENTRY_FAILURES];
	unsigned user_count, export_count;
	struct statistics_user users[STATISTICS_USERS];
	struct statistics_export exports[STATISTICS_EXPORTS];
	struct statistics_row other_users;   /* all that have no row of their own */
	struct statistics_row other_exports; /* the same, and paths of no export */
};

/* A request of uid's for files came. */
void statistics_request(struct statistics *statistics, uid_t uid);

/* So many workers run, and so many requests wait: the most of each is kept. */
void statistics_load(struct statistics *statistics, unsigned workers, size_t waiting);

/*
 * Adds the bytes and failures of a worker of uid's.  For one that has ended; in a copy of
 * the statistics, which is to be shown, also for those that run.
 */
void statistics_sent(struct statistics *statistics, uid_t uid, const struct score_view *view);

/* A request of uid's is over. */
void statistics_ended(struct statistics *statistics, uid_t uid, const struct score_view *view,
		      enum transfer_outcome outcome);

/*
 * From now on these are the exports, whose names must live until the next call; until it
 * returns those of the last one must live, too.  What was counted for one that stays is
 * kept; the rest is added to the others.
 */
void statistics_follow(struct statistics *statistics, const struct exports *exports);

/* Their names in the status: stable, lower case with dashes. */
const char *statistics_refusal_name(enum statistics_refusal refusal);
const char *statistics_limit_name(enum statistics_limit limit);

#endif
