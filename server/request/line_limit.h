/* SPDX-License-Identifier: ISC */
/*
 * line_limit: how many log lines of one kind each user may cause in a second.
 *
 * Owns a bounded table of users and the number of lines held back for each.  No count is ever
 * lost: users without an entry of their own share one.  Must not log, nor know the lines. Pure.
 */
#ifndef MSGFETCH_SERVER_REQUEST_LINE_LIMIT_H
#define MSGFETCH_SERVER_REQUEST_LINE_LIMIT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define LINE_LIMIT_USERS 16u
#define LINE_LIMIT_WINDOW_MS 1000u

/* A user whom nobody knows.  Has an entry like any other user. */
#define LINE_LIMIT_UNKNOWN ((uid_t)-1)

/* The lines of one user. */
struct line_count {
	uid_t uid;
	pid_t pid;        /* given with the last line */
	int detail;       /* given with the last line; its meaning is the caller's */
	uint64_t since;   /* start of the window, in ms */
	unsigned written; /* lines in this window */
	unsigned held;    /* lines held back since the last report */
	bool used;
	bool others; /* shared by several users; uid is that of the last line */
};

struct line_limit {
	struct line_count users[LINE_LIMIT_USERS];
	struct line_count others;
	unsigned held; /* the sum of all entries */
};

/*
 * Counts a line that line->uid causes.  Copies line's uid, pid and detail.  Returns true if
 * the caller should write the line now: the user has had less than most lines, at least 1, in
 * this window.  Otherwise line_limit_due() reports the line later.  now: ms.
 */
bool line_limit_note(struct line_limit *limit, unsigned most, const struct line_count *line,
		     uint64_t now);

/*
 * Copies an entry whose window has ended, and which has unreported lines, to *due and starts
 * its next window with the report as the first line.  Returns false if no entry is due.
 */
bool line_limit_due(struct line_limit *limit, uint64_t now, struct line_count *due);

/* Returns true while lines are unreported: the caller must call line_limit_due() again. */
bool line_limit_held(const struct line_limit *limit);

#endif
