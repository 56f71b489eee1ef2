/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/status_collect.h"

#include "common/clock.h"
#include "server/access/export_path.h"
#include "server/daemon.h"
#include "server/stats/status.h"

#include <stdio.h>
#include <stdlib.h>

#define NS_PER_MS 1000000u

static bool runs(const struct worker *worker)
{
	return worker->pid != 0 && worker->kind != WORKER_REPORT;
}

/* Adds the work of running workers to the totals. */
static void add_running(const struct workers *workers, struct statistics *statistics)
{
	struct score_view view;

	for (unsigned i = 0; i < workers->size; i++) {
		if (!runs(&workers->table[i]))
			continue;
		score_read(scoreboard_at(&workers->scoreboard, i), &view);
		statistics_sent(statistics, workers->table[i].client.uid, &view);
	}
}

static void count_shares(const struct daemon *daemon, struct status *status)
{
	const struct statistics *statistics = status->statistics;
	struct status_share *other = &status->other_users;

	other->workers = workers_busy(&daemon->workers);
	other->waiting = (unsigned)daemon->waiting.length;
	other->followers = daemon->workers.kinds[WORKER_FOLLOW];
	for (unsigned i = 0; i < statistics->user_count; i++) {
		uid_t uid = statistics->users[i].uid;
		struct status_share *share = &status->users[i];

		share->workers = workers_of(&daemon->workers, uid, WORKER_TRANSFER);
		share->followers = workers_of(&daemon->workers, uid, WORKER_FOLLOW);
		share->waiting = (unsigned)wait_queue_waiting(&daemon->waiting, uid);
		other->workers -= share->workers;
		other->waiting -= share->waiting;
		other->followers -= share->followers;
	}
}

static void read_queue(const struct daemon *daemon, struct status *status)
{
	struct door_backlog backlog;

	if (daemon->door.calls->backlog(&daemon->door, &backlog) != 0)
		return;
	status->queue_messages = backlog.messages;
	status->queue_bytes = backlog.bytes;
	status->queue_limit = backlog.bytes_max;
}

/* Returns ms; now is in ns. */
static uint64_t age_of(const struct worker *worker, uint64_t now)
{
	return now > worker->began ? (now - worker->began) / NS_PER_MS : 0;
}

static uint64_t oldest(const struct workers *workers, uint64_t now)
{
	uint64_t most = 0;

	for (unsigned i = 0; i < workers->size; i++)
		if (workers->table[i].pid != 0 && workers->table[i].kind == WORKER_TRANSFER &&
		    age_of(&workers->table[i], now) > most)
			most = age_of(&workers->table[i], now);
	return most;
}

static void write_workers(FILE *out, const struct workers *workers, uint64_t now)
{
	struct score_view view;

	for (unsigned i = 0; i < workers->size; i++) {
		const struct worker *worker = &workers->table[i];
		struct status_worker line = {
			.pid = worker->pid,
			.client = worker->client.pid,
			.uid = worker->client.uid,
			.age_ms = age_of(worker, now),
		};

		if (!runs(worker))
			continue;
		score_read(scoreboard_at(&workers->scoreboard, i), &view);
		line.bytes = view.bytes;
		line.export = view.export;
		line.path = view.path;
		status_write_worker(out, &line);
	}
}

static void write_exports(FILE *out, const struct exports *exports)
{
	for (size_t i = 0; i < exports->count; i++) {
		const struct export *export = &exports->list[i];
		enum export_state state = export_path_state(export);

		/* A worker that becomes its client does not need the daemon's permissions. */
		if (state == EXPORT_UNREADABLE && exports->identity != NULL)
			state = EXPORT_OPEN;
		status_write_export(out, export->name, export_state_name(state));
	}
}

static void write_all(FILE *out, const struct daemon *daemon)
{
	struct statistics statistics = daemon->transfer_log.statistics;
	uint64_t now = clock_ns();
	struct status status = {
		.version = PACKAGE_VERSION,
		.pid = daemon->pid,
		.uptime_ms = now / NS_PER_MS - statistics.began,
		.oldest_ms = oldest(&daemon->workers, now),
		.statistics = &statistics,
		.workers = workers_busy(&daemon->workers),
		.workers_limit = daemon->workers.limit,
		.followers = daemon->workers.kinds[WORKER_FOLLOW],
		.followers_limit = daemon->settings.limits.followers,
		.waiting = daemon->waiting.length,
		.waiting_limit = daemon->settings.limits.waiting,
	};

	add_running(&daemon->workers, &statistics);
	count_shares(daemon, &status);
	read_queue(daemon, &status);
	status_write(out, &status);
	write_exports(out, &daemon->settings.exports);
	write_workers(out, &daemon->workers, now);
}

char *status_collect(const struct daemon *daemon, size_t *length)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, length);

	if (out == NULL)
		return NULL;
	write_all(out, daemon);
	if (fclose(out) != 0) {
		free(text);
		return NULL;
	}
	return text;
}
