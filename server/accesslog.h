/* SPDX-License-Identifier: ISC */
/*
 * accesslog: one line in the log for each transfer.
 *
 * Owns what it says, and its two forms: a line for people, and the same as fields for
 * the journal.  Must not know how files are sent.
 *
 * A worker leaves what is to be said in memory that it shares with the daemon, and the
 * daemon says it.  In a new process all this would cost three times as much; and
 * journald looks a sender up by its pid, and would find that a worker is gone already.
 * What is in that memory is believed no more than what a peer says.
 */
#ifndef MSGFETCH_SERVER_ACCESSLOG_H
#define MSGFETCH_SERVER_ACCESSLOG_H

#include "common/log.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The longest line, and the longest datagram: any path fits the second. */
#define ACCESSLOG_LINE_MAX 900u
#define ACCESSLOG_FIELDS_MAX 8000u

enum accesslog_outcome {
	ACCESSLOG_SENT,    /* all of it */
	ACCESSLOG_PARTIAL, /* some of it: .failures and .error say what not */
	ACCESSLOG_FAILED,  /* nothing of it */
	ACCESSLOG_GONE,    /* the client is gone */
	ACCESSLOG_STALLED, /* the client took nothing for too long */
	ACCESSLOG_LIMITED, /* took too long as a whole */
	ACCESSLOG_BROKEN,  /* a message could not be sent */
	ACCESSLOG_OUTCOMES,
};

struct accesslog_record {
	uid_t uid;
	pid_t pid;          /* 0: not known */
	const char *export; /* NULL: no export has that name */
	const char *path;   /* the first one, as the client put it */
	unsigned paths;     /* how many were asked for */
	uint64_t bytes;     /* of files, sent */
	uint64_t microseconds;
	unsigned failures; /* entries that could not be sent */
	int error;         /* the last one's errno, above 0 */
	enum accesslog_outcome outcome;
};

struct accesslog_report; /* what a worker leaves for the daemon */

struct accesslog {
	const struct log *log;
	int journal;                      /* connected to journald, or -1 */
	struct accesslog_report *reports; /* one for each place in the table of workers */
	unsigned places;
};

/*
 * Prepares to log to log, which must outlive it; with fields where log goes to the
 * journal.  socket_path: journald's, NULL: where it always is.  places: how many
 * workers there may be; those beyond write their lines themselves.
 */
void accesslog_open(struct accesslog *access, const struct log *log, unsigned places,
		    const char *socket_path);
void accesslog_close(struct accesslog *access);

/* In the worker at place: leaves record for accesslog_collect(). */
void accesslog_write(const struct accesslog *access, unsigned place,
		     const struct accesslog_record *record);

/* In the daemon: logs what the worker that was at place has left, if anything. */
void accesslog_collect(const struct accesslog *access, unsigned place);

/*
 * Put record into buffer, of size bytes, and return the length.  The line has no newline
 * and ends with a NUL; size: at least ACCESSLOG_LINE_MAX.  The fields are a datagram of
 * the journal's own protocol; size: at least ACCESSLOG_FIELDS_MAX.
 */
size_t accesslog_line(const struct accesslog_record *record, char *buffer, size_t size);
size_t accesslog_fields(const struct accesslog_record *record, uint8_t *buffer, size_t size);

#endif
