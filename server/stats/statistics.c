/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/stats/statistics.h"

#include <string.h>

static void add_row(struct statistics_row *to, const struct statistics_row *from)
{
	to->requests += from->requests;
	to->bytes += from->bytes;
	to->failures += from->failures;
}

static struct statistics_user *find_user(struct statistics *statistics, uid_t uid)
{
	for (unsigned i = 0; i < statistics->user_count; i++)
		if (statistics->users[i].uid == uid)
			return &statistics->users[i];
	return NULL;
}

/* Returns a free row, or moves the user with the fewest requests to the others. */
static struct statistics_user *make_room(struct statistics *statistics)
{
	struct statistics_user *least = &statistics->users[0];

	if (statistics->user_count < STATISTICS_USERS)
		return &statistics->users[statistics->user_count++];
	for (unsigned i = 1; i < STATISTICS_USERS; i++)
		if (statistics->users[i].row.requests < least->row.requests)
			least = &statistics->users[i];
	add_row(&statistics->other_users, &least->row);
	return least;
}

void statistics_request(struct statistics *statistics, uid_t uid)
{
	struct statistics_user *user = find_user(statistics, uid);

	statistics->requests++;
	if (user == NULL) {
		user = make_room(statistics);
		*user = (struct statistics_user){.uid = uid};
	}
	user->row.requests++;
}

void statistics_load(struct statistics *statistics, unsigned workers, size_t waiting)
{
	if (workers > statistics->workers_peak)
		statistics->workers_peak = workers;
	if (waiting > statistics->waiting_peak)
		statistics->waiting_peak = (unsigned)waiting;
}

static struct statistics_row *row_of_user(struct statistics *statistics, uid_t uid)
{
	struct statistics_user *user = find_user(statistics, uid);

	return user != NULL ? &user->row : &statistics->other_users;
}

static struct statistics_row *row_of_export(struct statistics *statistics, const char *name)
{
	for (unsigned i = 0; i < statistics->export_count; i++)
		if (strcmp(statistics->exports[i].name, name) == 0)
			return &statistics->exports[i].row;
	return &statistics->other_exports;
}

static struct statistics_row *row_of_view(struct statistics *statistics,
					  const struct score_view *view)
{
	return view->exported ? row_of_export(statistics, view->export)
			      : &statistics->other_exports;
}

void statistics_sent(struct statistics *statistics, uid_t uid, const struct score_view *view)
{
	struct statistics_row row = {.bytes = view->bytes};

	for (unsigned kind = 0; kind < ENTRY_FAILURES; kind++) {
		statistics->failures[kind] += view->failures[kind];
		row.failures += view->failures[kind];
	}
	statistics->bytes += view->bytes;
	add_row(row_of_user(statistics, uid), &row);
	add_row(row_of_view(statistics, view), &row);
}

void statistics_ended(struct statistics *statistics, uid_t uid, const struct score_view *view,
		      enum transfer_outcome outcome)
{
	statistics_sent(statistics, uid, view);
	if (view->paths > 0)
		row_of_view(statistics, view)->requests++;
	statistics->ended[outcome]++;
	if (view->delayed > 0)
		statistics->limits[LIMIT_RATE]++;
	if (outcome == TRANSFER_STALLED)
		statistics->limits[LIMIT_STALL]++;
	if (outcome == TRANSFER_LIMITED)
		statistics->limits[LIMIT_TRANSFER]++;
}

void statistics_follow(struct statistics *statistics, const struct exports *exports)
{
	struct statistics_export old[STATISTICS_EXPORTS];
	unsigned count = statistics->export_count;

	memcpy(old, statistics->exports, sizeof(old));
	statistics->export_count = exports->count < STATISTICS_EXPORTS
					   ? (unsigned)exports->count
					   : STATISTICS_EXPORTS;
	for (unsigned i = 0; i < statistics->export_count; i++)
		statistics->exports[i] =
			(struct statistics_export){.name = exports->list[i].name};
	for (unsigned i = 0; i < count; i++)
		add_row(row_of_export(statistics, old[i].name), &old[i].row);
}

const char *statistics_refusal_name(enum statistics_refusal refusal)
{
	static const char *const names[REFUSALS] = {
		[REFUSAL_BUSY] = "busy",
		[REFUSAL_STOPPING] = "stopping",
		[REFUSAL_NOT_PERMITTED] = "not-permitted",
	};

	return names[refusal];
}

const char *statistics_limit_name(enum statistics_limit limit)
{
	static const char *const names[LIMITS] = {
		[LIMIT_WORKERS] = "max-workers",
		[LIMIT_USER_WORKERS] = "max-workers-per-user",
		[LIMIT_WAITING] = "max-waiting",
		[LIMIT_USER_WAITING] = "max-waiting-per-user",
		[LIMIT_FOLLOWERS] = "max-followers",
		[LIMIT_USER_FOLLOWERS] = "max-followers-per-user",
		[LIMIT_RATE] = "rate-limit",
		[LIMIT_STALL] = "stall-limit",
		[LIMIT_TRANSFER] = "transfer-limit",
	};

	return names[limit];
}
