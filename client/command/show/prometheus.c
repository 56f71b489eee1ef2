/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/command/show/prometheus.h"

#include <stdbool.h>
#include <string.h>

#define PREFIX "msgfetchd_"
#define OF_WORKERS "worker_"

static const struct {
	const char *name, *help;
} helps[] = {
	{"info", "The daemon's version."},
	{"pid", "The daemon's process id."},
	{"start_time_seconds", "Start time of the daemon, in seconds since 1970."},
	{"uptime_seconds", "Seconds since the daemon started."},
	{"workers", "Workers now."},
	{"workers_peak", "The most workers at once since the start."},
	{"workers_limit", "max-workers."},
	{"followers", "Files followed now."},
	{"followers_limit", "max-followers."},
	{"waiting", "Requests in the wait queue now."},
	{"waiting_peak", "The most waiting requests at once since the start."},
	{"waiting_limit", "max-waiting."},
	{"queue_messages", "Messages in the request queue."},
	{"queue_bytes", "Bytes in the request queue."},
	{"queue_limit_bytes", "Bytes that the request queue can hold."},
	{"oldest_transfer_seconds", "The age of the oldest worker, or 0."},
	{"requests_total", "Requests for files."},
	{"pings_total", "Pings."},
	{"status_requests_total", "Requests for the daemon's status."},
	{"sent_bytes_total", "Bytes of files sent."},
	{"ended_total", "Requests that ended, by outcome."},
	{"refused_total", "Requests that got no worker, by reason."},
	{"failures_total", "Entries that could not be sent, by kind."},
	{"limit_hits_total", "Requests that a limit delayed, refused or ended."},
	{"junk_total", "Messages dropped, by reason."},
	{"user_requests_total", "Requests of a user."},
	{"user_sent_bytes_total", "Bytes sent to a user."},
	{"user_failures_total", "Entries that could not be sent to a user."},
	{"user_workers", "Workers of a user now."},
	{"user_waiting", "Waiting requests of a user now."},
	{"user_followers", "Files that a user follows now."},
	{"export_requests_total", "Requests that ended, by export."},
	{"export_sent_bytes_total", "Bytes sent of an export."},
	{"export_failures_total", "Entries of an export that could not be sent."},
	{"export_directory", "Always 1; the label names the state of an export's directory."},
};

static const char *help_of(const char *name)
{
	for (size_t i = 0; i < sizeof(helps) / sizeof(helps[0]); i++)
		if (strcmp(helps[i].name, name) == 0)
			return helps[i].help;
	return "See msgfetch-protocol(7).";
}

static bool ends_in(const char *name, const char *end)
{
	size_t length = strlen(name), tail = strlen(end);

	return length >= tail && strcmp(name + length - tail, end) == 0;
}

static void write_line(FILE *stream, const struct status_line *line)
{
	fprintf(stream, PREFIX "%s", line->name);
	for (size_t i = 0; i < line->label_count; i++) {
		fprintf(stream, "%s%s=\"", i == 0 ? "{" : ",", line->labels[i].name);
		for (const char *at = line->labels[i].text; *at != '\0'; at++) {
			if (*at == '"' || *at == '\\')
				(void)fputc('\\', stream);
			(void)fputc(*at, stream);
		}
		(void)fputc('"', stream);
	}
	fprintf(stream, "%s %s\n", line->label_count > 0 ? "}" : "", line->value);
}

/* Writes all lines of a name together, as the format demands. */
static void write_family(FILE *stream, const struct status_text *status, const char *name)
{
	fprintf(stream, "# HELP " PREFIX "%s %s\n", name, help_of(name));
	fprintf(stream, "# TYPE " PREFIX "%s %s\n", name,
		ends_in(name, "_total") ? "counter" : "gauge");
	for (size_t i = 0; i < status->count; i++)
		if (strcmp(status->lines[i].name, name) == 0)
			write_line(stream, &status->lines[i]);
}

void prometheus_write(FILE *stream, const struct status_text *status)
{
	for (size_t i = 0; i < status->count; i++) {
		const struct status_line *line = &status->lines[i];

		if (status_text_find(status, line->name, NULL, NULL) == line &&
		    strncmp(line->name, OF_WORKERS, strlen(OF_WORKERS)) != 0)
			write_family(stream, status, line->name);
	}
}
