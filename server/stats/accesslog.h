/* SPDX-License-Identifier: ISC */
/*
 * accesslog: one record in the log for each transfer, for a path of a transfer, or for a
 * number of refusals.
 *
 * Owns the two forms of a record: a line for people, and fields for the journal.  Must not
 * know where the values come from (transfer_log).
 */
#ifndef MSGFETCH_SERVER_STATS_ACCESSLOG_H
#define MSGFETCH_SERVER_STATS_ACCESSLOG_H

#include "common/log.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Sizes in bytes of the longest line and of the longest datagram, which holds any path. */
#define ACCESSLOG_LINE_MAX 900u
#define ACCESSLOG_FIELDS_MAX 8000u

struct accesslog_record {
	uid_t uid;
	pid_t pid;          /* 0: unknown */
	const char *op;     /* one word; NULL: of several requests */
	const char *export; /* NULL: no export matches */
	const char *path;   /* the first path, as the client sent it */
	bool single;        /* about one path of the request, not about the request */
	unsigned paths;     /* number of paths in the request */
	uint64_t bytes;     /* of files, sent */
	uint64_t microseconds;
	uint64_t failures;   /* entries that could not be sent */
	int error;           /* the last failure's errno; 0: not shown */
	const char *cause;   /* of this error, one word */
	const char *outcome; /* one word */
	unsigned suppressed; /* above 0: the record stands for so many that were not written */
	bool others;         /* the suppressed records are those of several users */
};

struct accesslog {
	const struct log *log;
	int journal; /* a socket connected to journald, or -1 */
};

/*
 * Opens an access log that writes to log, which must outlive it.  Where log goes to the
 * journal, records are sent as fields.  socket_path: journald's socket; NULL: the default.
 */
void accesslog_open(struct accesslog *access, const struct log *log, const char *socket_path);
void accesslog_close(struct accesslog *access);

/* Writes record at every log level, because the access log has a setting of its own. */
void accesslog_write(const struct accesslog *access, const struct accesslog_record *record);

/*
 * Formats record into buffer, of size bytes, and returns the length.  The line has no newline
 * and ends with a NUL; size must be at least ACCESSLOG_LINE_MAX.  The fields are a datagram of
 * the journal's native protocol; size must be at least ACCESSLOG_FIELDS_MAX.
 */
size_t accesslog_line(const struct accesslog_record *record, char *buffer, size_t size);
size_t accesslog_fields(const struct accesslog_record *record, uint8_t *buffer, size_t size);

#endif
