/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/stats/accesslog.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define JOURNAL_SOCKET "/run/systemd/journal/socket"

/* The longest escaped name or path in a line, in bytes. */
#define SHOWN 120u
#define QUOTED (4 * SHOWN + 1)

static int connect_journal(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int journal;

	if (strlcpy(address.sun_path, path, sizeof(address.sun_path)) >=
	    sizeof(address.sun_path))
		return -1;
	journal = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (journal >= 0 &&
	    connect(journal, (struct sockaddr *)&address, sizeof(address)) != 0) {
		close(journal);
		journal = -1;
	}
	return journal;
}

void accesslog_open(struct accesslog *access, const struct log *log, const char *socket_path)
{
	*access = (struct accesslog){.log = log, .journal = -1};
	if (log->target == LOG_TO_JOURNAL)
		access->journal =
			connect_journal(socket_path != NULL ? socket_path : JOURNAL_SOCKET);
}

void accesslog_close(struct accesslog *access)
{
	if (access->journal >= 0)
		close(access->journal);
	access->journal = -1;
}

static void write_line(const struct accesslog *access, const struct accesslog_record *record)
{
	struct log log = *access->log;
	char line[ACCESSLOG_LINE_MAX];

	accesslog_line(record, line, sizeof(line));
	log.level = LOG_INFO;
	log_write(&log, LOG_INFO, "%s", line);
}

static bool tell_journal(const struct accesslog *access, const struct accesslog_record *record)
{
	uint8_t fields[ACCESSLOG_FIELDS_MAX];
	size_t length;

	if (access->journal < 0)
		return false;
	length = accesslog_fields(record, fields, sizeof(fields));
	return send(access->journal, fields, length, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
}

void accesslog_write(const struct accesslog *access, const struct accesslog_record *record)
{
	if (!tell_journal(access, record))
		write_line(access, record);
}

/*
 * Escapes a client's string for use between double quotes, so that neither a newline nor a
 * quote ends the string.  Cuts the string after SHOWN bytes and marks the cut.
 */
static void quote(char buffer[QUOTED], const char *text)
{
	char escaped[SHOWN + 1];
	char *to = buffer;

	log_quote(escaped, sizeof(escaped), text);
	for (const char *from = escaped; *from != '\0'; from++) {
		if (*from == '"') {
			memcpy(to, "\\042", 4);
			to += 4;
		} else {
			*to++ = *from;
		}
	}
	*to = '\0';
}

static const char *error_name(int error)
{
#ifdef HAVE_STRERRORNAME_NP
	const char *name = strerrorname_np(error);

	if (name != NULL)
		return name;
#endif
	return strerror(error);
}

/* Appends to a line of size bytes; a word that does not fit is cut. */
static void add_word(char *line, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void add_word(char *line, size_t size, const char *format, ...)
{
	size_t length = strlen(line);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(line + length, size - length, format, arguments);
	va_end(arguments);
}

static void add_failures(const struct accesslog_record *record, char *line, size_t size)
{
	if (record->suppressed > 0)
		add_word(line, size, " suppressed=%u", record->suppressed);
	if (record->failures > 0 && !record->single)
		add_word(line, size, " failures=%ju", (uintmax_t)record->failures);
	if (record->error > 0)
		add_word(line, size, " error=\"%s\" cause=%s", error_name(record->error),
			 record->cause);
}

size_t accesslog_line(const struct accesslog_record *record, char *buffer, size_t size)
{
	char path[QUOTED], export[QUOTED];

	quote(path, record->path);
	quote(export, record->export != NULL ? record->export : "");
	buffer[0] = '\0';
	if (record->others)
		add_word(buffer, size, "access uid=other");
	else
		add_word(buffer, size, "access uid=%ju", (uintmax_t)record->uid);
	add_word(buffer, size, " pid=%d bytes=%ju", (int)record->pid, (uintmax_t)record->bytes);
	if (!record->single)
		add_word(buffer, size, " usec=%ju", (uintmax_t)record->microseconds);
	if (record->op != NULL)
		add_word(buffer, size, " op=%s", record->op);
	add_word(buffer, size, " outcome=%s", record->outcome);
	add_failures(record, buffer, size);
	if (!record->single)
		add_word(buffer, size, " paths=%u", record->paths);
	/* Strings chosen by clients come last, so that no client can forge a field. */
	add_word(buffer, size, " export=\"%s\" path=\"%s\"", export, path);
	return strlen(buffer);
}

struct fields {
	uint8_t *at;
	size_t left;
};

/* Adds NAME=value.  The value must have no newline; a field that does not fit is left out. */
static void add(struct fields *fields, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void add(struct fields *fields, const char *format, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf((char *)fields->at, fields->left, format, arguments);
	va_end(arguments);
	if (length < 0 || (size_t)length + 1 > fields->left)
		return;
	fields->at[length] = '\n';
	fields->at += length + 1;
	fields->left -= (size_t)length + 1;
}

/* Adds a field of any value: NAME, a newline, the length in 8 bytes (little-endian), the value.
 */
static void add_any(struct fields *fields, const char *name, const char *value)
{
	size_t length = strlen(value), head = strlen(name) + 1;

	if (head + 8 + length + 1 > fields->left)
		return;
	memcpy(fields->at, name, head - 1);
	fields->at[head - 1] = '\n';
	for (unsigned i = 0; i < 8; i++)
		fields->at[head + i] = (uint8_t)((uint64_t)length >> (8 * i));
	memcpy(fields->at + head + 8, value, length);
	fields->at[head + 8 + length] = '\n';
	fields->at += head + 8 + length + 1;
	fields->left -= head + 8 + length + 1;
}

size_t accesslog_fields(const struct accesslog_record *record, uint8_t *buffer, size_t size)
{
	struct fields fields = {.at = buffer, .left = size};
	char line[ACCESSLOG_LINE_MAX];

	accesslog_line(record, line, sizeof(line));
	add(&fields, "MESSAGE=%s", line);
	add(&fields, "PRIORITY=%d", LOG_INFO);
	add(&fields, "SYSLOG_IDENTIFIER=msgfetchd");
	if (!record->others)
		add(&fields, "MSGFETCH_UID=%ju", (uintmax_t)record->uid);
	if (record->pid > 0)
		add(&fields, "MSGFETCH_PID=%d", (int)record->pid);
	add(&fields, "MSGFETCH_BYTES=%ju", (uintmax_t)record->bytes);
	if (record->op != NULL)
		add(&fields, "MSGFETCH_OP=%s", record->op);
	add(&fields, "MSGFETCH_OUTCOME=%s", record->outcome);
	if (record->suppressed > 0)
		add(&fields, "MSGFETCH_SUPPRESSED=%u", record->suppressed);
	if (!record->single) {
		add(&fields, "MSGFETCH_USEC=%ju", (uintmax_t)record->microseconds);
		add(&fields, "MSGFETCH_PATHS=%u", record->paths);
		add(&fields, "MSGFETCH_FAILURES=%ju", (uintmax_t)record->failures);
	}
	if (record->error > 0) {
		add(&fields, "ERRNO=%d", record->error);
		add(&fields, "MSGFETCH_ERROR=%s", error_name(record->error));
		add(&fields, "MSGFETCH_CAUSE=%s", record->cause);
	}
	if (record->export != NULL)
		add_any(&fields, "MSGFETCH_EXPORT", record->export);
	add_any(&fields, "MSGFETCH_PATH", record->path);
	return size - fields.left;
}
