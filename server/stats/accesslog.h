/* SPDX-License-Identifier: ISC */
/*
 * accesslog: one line in the log for each transfer.
 *
 * Owns what it says, and its two forms: a line for people, and the same as fields for
 * the journal.  Must not know how files are sent, nor who says what happened (account).
 */
#ifndef MSGFETCH_SERVER_STATS_ACCESSLOG_H
#define MSGFETCH_SERVER_STATS_ACCESSLOG_H

#include "common/log.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The longest line, and the longest datagram: any path fits the second. */
#define ACCESSLOG_LINE_MAX 900u
#define ACCESSLOG_FIELDS_MAX 8000u

struct accesslog_record {
	uid_t uid;
	pid_t pid;          /* 0: not known */
	const char *export; /* NULL: no export has that name */
	const char *path;   /* the first one, as the client put it */
	unsigned paths;     /* how many were asked for */
	uint64_t bytes;     /* of files, sent */
	uint64_t microseconds;
	uint64_t failures;   /* entries that could not be sent */
	int error;           /* the last one's errno, above 0 */
	const char *outcome; /* a word */
};

struct accesslog {
	const struct log *log;
	int journal; /* connected to journald, or -1 */
};

/*
 * Prepares to log to log, which must outlive it; with fields where log goes to the
 * journal.  socket_path: journald's, NULL: where it always is.
 */
void accesslog_open(struct accesslog *access, const struct log *log, const char *socket_path);
void accesslog_close(struct accesslog *access);

/* Logs record, whatever the log's level is: the line has a switch of its own. */
void accesslog_write(const struct accesslog *access, const struct accesslog_record *record);

/*
 * Put record into buffer, of size bytes, and return the length.  The line has no newline
 * and ends with a NUL; size: at least ACCESSLOG_LINE_MAX.  The fields are a datagram of
 * the journal's own protocol; size: at least ACCESSLOG_FIELDS_MAX.
 */
size_t accesslog_line(const struct accesslog_record *record, char *buffer, size_t size);
size_t accesslog_fields(const struct accesslog_record *record, uint8_t *buffer, size_t size);

#endif
