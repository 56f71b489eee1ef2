/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "common/log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vis.h>

static bool stderr_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	uintmax_t device, inode;
	struct stat status;
	char *end;

	if (stream == NULL || fstat(STDERR_FILENO, &status) != 0)
		return false;
	device = strtoumax(stream, &end, 10);
	if (*end != ':')
		return false;
	inode = strtoumax(end + 1, &end, 10);
	return *end == '\0' && device == status.st_dev && inode == status.st_ino;
}

struct log log_to_stderr(const char *name, int level)
{
	return (struct log){
		.target = stderr_is_journal() ? LOG_TO_JOURNAL : LOG_TO_STDERR,
		.level = level,
		.name = name,
	};
}

struct log log_to_syslog(const char *name, int level)
{
	/* Connects now: a sandbox may forbid it later. */
	openlog(name, LOG_PID | LOG_NDELAY, LOG_DAEMON);
	return (struct log){.target = LOG_TO_SYSLOG, .level = level, .name = name};
}

/* Writes a line with one write(2), so that lines of several processes do not mix. */
static void write_stderr(const struct log *log, int level, const char *format,
			 va_list arguments)
{
	char line[1024];
	int head, body;
	size_t length;

	if (log->target == LOG_TO_JOURNAL)
		head = snprintf(line, sizeof(line), "<%d>", level);
	else
		head = snprintf(line, sizeof(line), "%s: ", log->name);
	if (head < 0 || (size_t)head >= sizeof(line))
		return;
	body = vsnprintf(line + head, sizeof(line) - (size_t)head, format, arguments);
	if (body < 0)
		return;
	length = (size_t)head + (size_t)body;
	if (length > sizeof(line) - 1)
		length = sizeof(line) - 1;
	line[length++] = '\n';
	while (write(STDERR_FILENO, line, length) < 0 && errno == EINTR)
		;
}

void log_write(const struct log *log, int level, const char *format, ...)
{
	int saved = errno;
	va_list arguments;

	if (level > log->level)
		return;
	va_start(arguments, format);
	if (log->target == LOG_TO_SYSLOG)
		vsyslog(level, format, arguments);
	else
		write_stderr(log, level, format, arguments);
	va_end(arguments);
	errno = saved;
}

const char *log_quote(char *buffer, size_t size, const char *text)
{
	/* Not strnvis(), which refuses a text that does not fit: cut the text instead. */
	const char *from = text;
	char *to = buffer;

	while (*from != '\0') {
		char one[8];
		char *end =
			vis(one, (unsigned char)*from,
			    VIS_CSTYLE | VIS_OCTAL | VIS_TAB | VIS_NL | VIS_NOLOCALE, from[1]);
		size_t length = (size_t)(end - one);

		if ((size_t)(to - buffer) + length + 1 > size)
			break;
		for (size_t i = 0; i < length; i++)
			*to++ = one[i];
		from++;
	}
	*to = '\0';
	return buffer;
}
