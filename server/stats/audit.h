/* SPDX-License-Identifier: ISC */
/*
 * audit: the results of single paths, from a worker to the daemon.
 *
 * Owns the bounded list of these results in a scoreboard entry: the paths that failed, or all
 * paths if the daemon asks for them.  A result that finds no room is counted with the others
 * of its request and is not in the list.  Must not know the reader (transfer_log).
 */
#ifndef MSGFETCH_SERVER_STATS_AUDIT_H
#define MSGFETCH_SERVER_STATS_AUDIT_H

#include "server/request/answer.h"
#include "server/stats/scoreboard.h"

/* Recorded failures of one request, unless all paths are wanted. */
#define AUDIT_FAILURES 64u

/* The results that the daemon wants; set in .audit_wanted before the fork. */
enum audit_wanted {
	AUDIT_NOTHING,
	AUDIT_FAILED,
	AUDIT_ALL,
};

/* A path of a request, or an entry beneath the path. */
struct audit_path {
	const char *export; /* NULL: no export matches */
	const char *path;   /* as the client sent it */
	const char *name;   /* of an entry beneath path; "": path itself */
};

/* Counts and records a failure.  Called in the worker. */
void audit_fail(struct score *score, const struct audit_path *at,
		const struct failure *failure);

/*
 * Records a path whose bytes, or names, were sent.  failures: of entries beneath the path.
 * Called in the worker; does nothing unless all paths are wanted.
 */
void audit_sent(struct score *score, const struct audit_path *at, uint64_t bytes,
		uint64_t failures);

/* A private copy of a result: every value within bounds, every string terminated. */
struct audit_view {
	int error; /* an errno above 0; 0: sent */
	enum failure_cause cause;
	uint64_t bytes, failures;
	bool exported;
	char export[SCORE_EXPORT_MAX];
	char path[PATH_MAX]; /* cut if the path with its name is longer */
};

/*
 * Copies the result at *position, which starts at 0, and moves *position to the next one.
 * Returns false after the last.  Called in the daemon; trusts nothing in the entry.
 */
bool audit_next(const struct score *score, uint32_t *position, struct audit_view *view);

#endif
