/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/request/line_limit.h"

#include <stddef.h>

static bool has_ended(const struct line_count *entry, uint64_t now)
{
	return now - entry->since >= LINE_LIMIT_WINDOW_MS;
}

/* Returns true if the entry's user is quiet, and all of the user's lines are reported. */
static bool is_free(const struct line_count *entry, uint64_t now)
{
	return !entry->used || (entry->held == 0 && has_ended(entry, now));
}

/* Returns the entry of uid, else a free entry, else the shared one. */
static struct line_count *find_entry(struct line_limit *limit, uid_t uid, uint64_t now)
{
	struct line_count *found = &limit->others;

	for (size_t i = 0; i < LINE_LIMIT_USERS; i++) {
		struct line_count *entry = &limit->users[i];

		if (entry->used && entry->uid == uid)
			return entry;
		if (is_free(entry, now))
			found = entry;
	}
	return found;
}

bool line_limit_note(struct line_limit *limit, unsigned most, const struct line_count *line,
		     uint64_t now)
{
	struct line_count *entry = find_entry(limit, line->uid, now);
	bool may;

	if (is_free(entry, now))
		*entry = (struct line_count){
			.since = now, .used = true, .others = entry == &limit->others};
	entry->uid = line->uid;
	entry->pid = line->pid;
	entry->detail = line->detail;
	/* After the end of a window its lines are reported before any further one. */
	may = entry->written < most && !has_ended(entry, now);
	if (may) {
		entry->written++;
	} else {
		entry->held++;
		limit->held++;
	}
	return may;
}

static bool take_due(struct line_limit *limit, struct line_count *entry, uint64_t now,
		     struct line_count *due)
{
	if (entry->held == 0 || !has_ended(entry, now))
		return false;
	*due = *entry;
	limit->held -= entry->held;
	entry->held = 0;
	entry->written = 1;
	entry->since = now;
	return true;
}

bool line_limit_due(struct line_limit *limit, uint64_t now, struct line_count *due)
{
	for (size_t i = 0; i < LINE_LIMIT_USERS; i++)
		if (take_due(limit, &limit->users[i], now, due))
			return true;
	return take_due(limit, &limit->others, now, due);
}

bool line_limit_held(const struct line_limit *limit)
{
	return limit->held > 0;
}
