/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/stats/status.h"

#include "common/log.h"

/* The longest escaped name or path in a line, in bytes. */
#define SHOWN (4u * 256u)

/*
 * Writes a client's string as the value of a label.  Escapes everything except printable
 * ASCII, then backslashes and quotes, so that the string cannot start a new line or label.
 */
static void write_value(FILE *out, const char *text)
{
	char quoted[SHOWN];

	log_quote(quoted, sizeof(quoted), text);
	for (const char *at = quoted; *at != '\0'; at++) {
		if (*at == '"' || *at == '\\')
			fputc('\\', out);
		fputc(*at, out);
	}
}

static void write_label(FILE *out, const char *name, const char *label, const char *value,
			uint64_t number)
{
	fprintf(out, "%s{%s=\"", name, label);
	write_value(out, value);
	fprintf(out, "\"} %ju\n", (uintmax_t)number);
}

static void write_number(FILE *out, const char *name, uint64_t number)
{
	fprintf(out, "%s %ju\n", name, (uintmax_t)number);
}

static void write_seconds(FILE *out, const char *name, uint64_t ms)
{
	fprintf(out, "%s %ju.%03u\n", name, (uintmax_t)(ms / 1000), (unsigned)(ms % 1000));
}

static void write_process(FILE *out, const struct status *status)
{
	write_label(out, "info", "version", status->version, 1);
	write_number(out, "pid", (uint64_t)status->pid);
	write_number(out, "start_time_seconds", (uint64_t)status->statistics->began_at);
	write_seconds(out, "uptime_seconds", status->uptime_ms);
}

static void write_load(FILE *out, const struct status *status)
{
	write_number(out, "workers", status->workers);
	write_number(out, "workers_peak", status->statistics->workers_peak);
	write_number(out, "workers_limit", status->workers_limit);
	write_number(out, "followers", status->followers);
	write_number(out, "followers_limit", status->followers_limit);
	write_number(out, "waiting", status->waiting);
	write_number(out, "waiting_peak", status->statistics->waiting_peak);
	write_number(out, "waiting_limit", status->waiting_limit);
	write_number(out, "queue_messages", status->queue_messages);
	write_number(out, "queue_bytes", status->queue_bytes);
	write_number(out, "queue_limit_bytes", status->queue_limit);
	write_seconds(out, "oldest_transfer_seconds", status->oldest_ms);
}

static void write_totals(FILE *out, const struct statistics *statistics)
{
	write_number(out, "requests_total", statistics->requests);
	write_number(out, "pings_total", statistics->pings);
	write_number(out, "status_requests_total", statistics->status_requests);
	write_number(out, "sent_bytes_total", statistics->bytes);
	for (unsigned i = 0; i < TRANSFER_OUTCOMES; i++)
		write_label(out, "ended_total", "outcome", transfer_outcome_name(i),
			    statistics->ended[i]);
	for (unsigned i = 0; i < REFUSALS; i++)
		write_label(out, "refused_total", "reason", statistics_refusal_name(i),
			    statistics->refused[i]);
	for (unsigned i = 0; i < ENTRY_FAILURES; i++)
		write_label(out, "failures_total", "kind", entry_failure_name(i),
			    statistics->failures[i]);
	for (unsigned i = 0; i < LIMITS; i++)
		write_label(out, "limit_hits_total", "limit", statistics_limit_name(i),
			    statistics->limits[i]);
	for (unsigned i = 0; i < JUNK_REASONS; i++)
		write_label(out, "junk_total", "reason", junk_reason(i)->name,
			    statistics->junk[i]);
}

static void write_user(FILE *out, const char *uid, const struct statistics_row *row,
		       const struct status_share *share)
{
	write_label(out, "user_requests_total", "uid", uid, row->requests);
	write_label(out, "user_sent_bytes_total", "uid", uid, row->bytes);
	write_label(out, "user_failures_total", "uid", uid, row->failures);
	write_label(out, "user_workers", "uid", uid, share->workers);
	write_label(out, "user_waiting", "uid", uid, share->waiting);
	write_label(out, "user_followers", "uid", uid, share->followers);
}

static void write_users(FILE *out, const struct status *status)
{
	const struct statistics *statistics = status->statistics;
	char uid[24];

	for (unsigned i = 0; i < statistics->user_count; i++) {
		snprintf(uid, sizeof(uid), "%ju", (uintmax_t)statistics->users[i].uid);
		write_user(out, uid, &statistics->users[i].row, &status->users[i]);
	}
	write_user(out, "other", &statistics->other_users, &status->other_users);
}

static void write_export(FILE *out, const char *name, const struct statistics_row *row)
{
	write_label(out, "export_requests_total", "export", name, row->requests);
	write_label(out, "export_sent_bytes_total", "export", name, row->bytes);
	write_label(out, "export_failures_total", "export", name, row->failures);
}

void status_write(FILE *out, const struct status *status)
{
	const struct statistics *statistics = status->statistics;

	write_process(out, status);
	write_load(out, status);
	write_totals(out, statistics);
	write_users(out, status);
	for (unsigned i = 0; i < statistics->export_count; i++)
		write_export(out, statistics->exports[i].name, &statistics->exports[i].row);
	write_export(out, "", &statistics->other_exports);
}

void status_write_export(FILE *out, const char *name, const char *state)
{
	fputs("export_directory{export=\"", out);
	write_value(out, name);
	fprintf(out, "\",state=\"%s\"} 1\n", state);
}

void status_write_worker(FILE *out, const struct status_worker *worker)
{
	fprintf(out, "worker_sent_bytes{worker=\"%d\",uid=\"%ju\",client=\"%d\",export=\"",
		(int)worker->pid, (uintmax_t)worker->uid, (int)worker->client);
	write_value(out, worker->export);
	fputs("\",path=\"", out);
	write_value(out, worker->path);
	fprintf(out, "\"} %ju\n", (uintmax_t)worker->bytes);
	fprintf(out, "worker_age_seconds{worker=\"%d\"} %ju.%03u\n", (int)worker->pid,
		(uintmax_t)(worker->age_ms / 1000), (unsigned)(worker->age_ms % 1000));
}
