/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "common/log.h"

#include <errno.h>
#include <inttypes.h>
#include <paths.h>
#include <poll.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#include <vis.h>

/* Bytes of the longest line: at most PIPE_BUF, so that a pipe takes the line as a whole. */
#define LINE_BYTES 1024

static struct {
	const char *path; /* syslog's socket */
	int syslog;       /* a socket connected to syslog; -1: none */
	unsigned lost;    /* lines without room since the last report */
} state = {.syslog = -1};

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

/* Connects to syslog anew.  If that fails, lines are lost and counted until it succeeds. */
static void connect_syslog(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	if (state.syslog >= 0)
		close(state.syslog);
	state.syslog = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	strlcpy(address.sun_path, state.path, sizeof(address.sun_path));
	if (state.syslog >= 0)
		(void)connect(state.syslog, (struct sockaddr *)&address, sizeof(address));
}

struct log log_to_syslog(const char *name, int level, const char *socket_path)
{
	tzset(); /* reads the time zone before a sandbox forbids it */
	state.path = socket_path != NULL ? socket_path : _PATH_LOG;
	connect_syslog();
	return (struct log){.target = LOG_TO_SYSLOG, .level = level, .name = name};
}

/*
 * Writes a line to stderr with one write(2), so that lines of several processes do not mix.
 * Asks for room first: O_NONBLOCK would change stderr for all processes that share it.
 */
static bool write_stderr(const char *line, size_t length)
{
	struct pollfd room = {.fd = STDERR_FILENO, .events = POLLOUT};
	ssize_t written;

	if (poll(&room, 1, 0) != 1 || !(room.revents & POLLOUT))
		return false;
	do
		written = write(STDERR_FILENO, line, length);
	while (written < 0 && errno == EINTR);
	return written == (ssize_t)length;
}

static bool send_syslog(const char *line, size_t length)
{
	ssize_t sent = send(state.syslog, line, length, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (sent < 0 && errno != EAGAIN) { /* syslog was restarted */
		connect_syslog();
		sent = send(state.syslog, line, length, MSG_DONTWAIT | MSG_NOSIGNAL);
	}
	return sent >= 0;
}

/* Writes the prefix of a line.  Returns the length of the prefix. */
static size_t write_head(const struct log *log, int level, char *line, size_t size)
{
	char when[32] = "";
	time_t now = time(NULL);
	struct tm local;
	int length;

	switch (log->target) {
	case LOG_TO_JOURNAL:
		length = snprintf(line, size, "<%d>", level);
		break;
	case LOG_TO_SYSLOG:
		if (localtime_r(&now, &local) != NULL)
			strftime(when, sizeof(when), "%b %e %H:%M:%S ", &local);
		length = snprintf(line, size, "<%d>%s%s[%d]: ", LOG_DAEMON | level, when,
				  log->name, (int)getpid());
		break;
	default:
		length = snprintf(line, size, "%s: ", log->name);
		break;
	}
	return length < 0 ? 0 : (size_t)length;
}

/* Writes one line without waiting.  Returns false if there is no room. */
static bool write_line(const struct log *log, int level, const char *format, va_list arguments)
{
	char line[LINE_BYTES];
	size_t length = write_head(log, level, line, sizeof(line));
	int body;

	if (length >= sizeof(line))
		return true;
	body = vsnprintf(line + length, sizeof(line) - length, format, arguments);
	if (body < 0)
		return true;
	length += (size_t)body;
	if (length > sizeof(line) - 1)
		length = sizeof(line) - 1;
	if (log->target == LOG_TO_SYSLOG)
		return send_syslog(line, length);
	line[length++] = '\n';
	return write_stderr(line, length);
}

static bool write_format(const struct log *log, int level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static bool write_format(const struct log *log, int level, const char *format, ...)
{
	va_list arguments;
	bool written;

	va_start(arguments, format);
	written = write_line(log, level, format, arguments);
	va_end(arguments);
	return written;
}

/* Reports the lines lost since the last report.  Returns false if there is no room. */
static bool report_lost(const struct log *log)
{
	if (state.lost == 0)
		return true;
	if (!write_format(log, LOG_WARNING,
			  "lost %u lines of the log, because their reader was too slow or the "
			  "file was full",
			  state.lost))
		return false;
	state.lost = 0;
	return true;
}

void log_write_list(const struct log *log, int level, const char *format, va_list arguments)
{
	int saved = errno;

	if (level > log->level)
		return;
	if (!report_lost(log) || !write_line(log, level, format, arguments))
		state.lost++;
	errno = saved;
}

void log_write(const struct log *log, int level, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	log_write_list(log, level, format, arguments);
	va_end(arguments);
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
