/* SPDX-License-Identifier: ISC */
/*
 * limited_log: the log lines that any local user can cause.
 *
 * Owns the kinds of these lines, and how many of each kind one user may cause in a second.
 * Further lines are counted, and the count is a line of its own after the second.
 */
#ifndef MSGFETCH_SERVER_REQUEST_LIMITED_LOG_H
#define MSGFETCH_SERVER_REQUEST_LIMITED_LOG_H

#include "common/log.h"
#include "server/request/line_limit.h"

enum limited_line {
	LINE_QUEUE_GONE,  /* another process removed the request queue */
	LINE_LEASE_GONE,  /* another process removed the lease */
	LINE_UNWRITABLE,  /* a classic client's queue takes no answer */
	LINE_NO_FORK,     /* no worker could be started */
	LINE_UNSENT,      /* a refusal could not be sent */
	LINE_SIGNALED,    /* a signal ended a worker */
	LINE_BROKEN,      /* a worker could not send */
	LINE_HUNG,        /* the daemon killed a worker that hung in a file system */
	LINE_NOT_KILLED,  /* a worker could not be killed */
	LINE_NOT_REMOVED, /* an orphan could not be removed */
	LINE_REMOVED,     /* an orphan was removed */
	LINE_YIELD,       /* a stalled worker gives way */
	LINE_REQUEST,     /* a request that is served */
	LINE_ENDED,       /* a worker ended */
	LINE_STARTED,     /* a worker started */
	LINE_HELD_UP,     /* a limit delays or refuses a request */
	LIMITED_LINES,
};

struct limited_log {
	const struct log *log;
	struct line_limit limits[LIMITED_LINES];
};

/* Returns true if the log takes lines of this kind: its level is urgent enough. */
bool limited_log_wants(const struct limited_log *lines, enum limited_line kind);

/*
 * Writes a line that uid caused, as log_write() does, or counts the line.  uid:
 * LINE_LIMIT_UNKNOWN if nobody knows who caused the line.
 */
void limited_log_write(struct limited_log *lines, enum limited_line kind, uid_t uid,
		       const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Writes the counts that are due at now (ms).  UINT64_MAX: writes all counts. */
void limited_log_report(struct limited_log *lines, uint64_t now);

/* Returns true while lines are unreported: the caller must call limited_log_report() again. */
bool limited_log_held(const struct limited_log *lines);

#endif
