/* SPDX-License-Identifier: ISC */
/*
 * log: lines for people, to stderr or to syslog.
 *
 * Owns where lines go and how they are prefixed.  Keeps no state of its own: the
 * caller passes a struct log.  Strings that came from a peer go through
 * log_quote() first, so that nothing in them can forge or garble a line.
 */
#ifndef MSGFETCH_COMMON_LOG_H
#define MSGFETCH_COMMON_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <syslog.h>

enum log_target {
	LOG_TO_STDERR,  /* "name: text" */
	LOG_TO_JOURNAL, /* stderr too, "<level>text": sd-daemon(3) */
	LOG_TO_SYSLOG,
};

struct log {
	enum log_target target;
	int level; /* the least urgent that is written: LOG_ERR to LOG_DEBUG */
	const char *name;
};

/*
 * A log to stderr, in the journal's form where stderr is connected to it
 * ($JOURNAL_STREAM names stderr's device and inode: systemd.exec(5)).
 * name: not copied.
 */
struct log log_to_stderr(const char *name, int level);

/* A log to syslog, facility daemon.  name: not copied. */
struct log log_to_syslog(const char *name, int level);

/*
 * Writes one line.  level: LOG_ERR, LOG_WARNING, LOG_NOTICE, LOG_INFO or
 * LOG_DEBUG.  No newline in format.  Keeps errno.
 */
void log_write(const struct log *log, int level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * Copies text to buffer for printing: vis(3) escapes what is not printable
 * ASCII, white space but the blank among it; it is cut at size bytes, the NUL
 * included.  Returns buffer.
 */
const char *log_quote(char *buffer, size_t size, const char *text);

#endif
