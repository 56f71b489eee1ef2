/* SPDX-License-Identifier: ISC */
/*
 * log: lines for people, to stderr or to syslog.
 *
 * Owns the targets, the prefixes of lines, syslog's socket and the count of lost lines.  A
 * slow reader never blocks the program: a line that finds no room is counted, and the count is
 * reported ahead of the next line that finds room.  The caller quotes strings of another
 * process with log_quote(), so that they cannot forge a line.
 */
#ifndef MSGFETCH_COMMON_LOG_H
#define MSGFETCH_COMMON_LOG_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <syslog.h>

enum log_target {
	LOG_TO_STDERR,  /* "name: text" */
	LOG_TO_JOURNAL, /* to stderr as "<level>text": sd-daemon(3) */
	LOG_TO_SYSLOG,
};

struct log {
	enum log_target target;
	int level; /* the least urgent level written: LOG_ERR to LOG_DEBUG */
	const char *name;
};

/*
 * Returns a log to stderr, in the journal's form if stderr is connected to the journal
 * ($JOURNAL_STREAM names the device and inode of stderr: systemd.exec(5)).  Does not copy
 * name.
 */
struct log log_to_stderr(const char *name, int level);

/*
 * Returns a log to syslog, facility daemon.  socket_path: syslog's socket; NULL: the default.
 * Copies neither name nor socket_path.
 */
struct log log_to_syslog(const char *name, int level, const char *socket_path);

/*
 * Writes one line, without a newline in format.  Never waits.  level is LOG_ERR, LOG_WARNING,
 * LOG_NOTICE, LOG_INFO or LOG_DEBUG.  Keeps errno.
 */
void log_write(const struct log *log, int level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The same with the arguments of format in a list. */
void log_write_list(const struct log *log, int level, const char *format, va_list arguments)
	__attribute__((format(printf, 3, 0)));

/*
 * Copies text to buffer for printing.  vis(3) escapes all bytes but printable ASCII and the
 * blank.  Cuts the copy to size bytes with its NUL.  Returns buffer.
 */
const char *log_quote(char *buffer, size_t size, const char *text);

#endif
