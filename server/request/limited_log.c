/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/request/limited_log.h"

#include "common/clock.h"

#include <stdarg.h>
#include <stdio.h>

/* Lines of one user in a second that tell of a fault. */
#define FAULTS 1u

/* Lines of one user in a second that follow the course of each request, for -v. */
#define STEPS 64u

static const struct {
	int level;
	unsigned most; /* lines of one user in a second */
	const char *text;
} kinds[LIMITED_LINES] = {
	[LINE_QUEUE_GONE] = {LOG_WARNING, FAULTS, "another process removed the request queue"},
	[LINE_LEASE_GONE] = {LOG_WARNING, FAULTS, "another process removed the lease"},
	[LINE_UNWRITABLE] = {LOG_WARNING, FAULTS, "cannot write to a classic client's queue"},
	[LINE_NO_FORK] = {LOG_ERR, FAULTS, "cannot fork a worker"},
	[LINE_UNSENT] = {LOG_INFO, FAULTS, "cannot send a refusal"},
	[LINE_SIGNALED] = {LOG_WARNING, FAULTS, "worker ended by a signal"},
	[LINE_BROKEN] = {LOG_WARNING, FAULTS, "worker ended: broken"},
	[LINE_HUNG] = {LOG_WARNING, FAULTS, "worker killed, because it hangs in a file system"},
	[LINE_NOT_KILLED] = {LOG_ERR, FAULTS, "cannot kill a worker"},
	[LINE_NOT_REMOVED] = {LOG_WARNING, FAULTS,
			      "cannot remove a queue or segment of a dead client"},
	[LINE_REMOVED] = {LOG_INFO, STEPS, "removed a queue or segment of a dead client"},
	[LINE_YIELD] = {LOG_INFO, STEPS, "worker ends, because its client takes nothing"},
	[LINE_REQUEST] = {LOG_INFO, STEPS, "request"},
	[LINE_ENDED] = {LOG_INFO, STEPS, "worker ended"},
	[LINE_STARTED] = {LOG_DEBUG, STEPS, "worker started"},
	[LINE_HELD_UP] = {LOG_DEBUG, STEPS, "request waits or is refused"},
};

bool limited_log_wants(const struct limited_log *lines, enum limited_line kind)
{
	return lines->log->level >= kinds[kind].level;
}

void limited_log_write(struct limited_log *lines, enum limited_line kind, uid_t uid,
		       const char *format, ...)
{
	const struct line_count line = {.uid = uid};
	va_list arguments;

	if (!limited_log_wants(lines, kind) ||
	    !line_limit_note(&lines->limits[kind], kinds[kind].most, &line, clock_ms()))
		return;
	va_start(arguments, format);
	log_write_list(lines->log, kinds[kind].level, format, arguments);
	va_end(arguments);
}

static void report(const struct limited_log *lines, enum limited_line kind,
		   const struct line_count *due)
{
	char whose[32] = "";

	if (due->others)
		snprintf(whose, sizeof(whose), " of other users");
	else if (due->uid != LINE_LIMIT_UNKNOWN)
		snprintf(whose, sizeof(whose), " of uid %ju", (uintmax_t)due->uid);
	log_write(lines->log, kinds[kind].level, "suppressed %u lines%s: %s", due->held, whose,
		  kinds[kind].text);
}

void limited_log_report(struct limited_log *lines, uint64_t now)
{
	struct line_count due;

	for (unsigned kind = 0; kind < LIMITED_LINES; kind++)
		while (line_limit_due(&lines->limits[kind], now, &due))
			report(lines, (enum limited_line)kind, &due);
}

bool limited_log_held(const struct limited_log *lines)
{
	for (unsigned kind = 0; kind < LIMITED_LINES; kind++)
		if (line_limit_held(&lines->limits[kind]))
			return true;
	return false;
}
