/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/config/settings.h"

#include "common/protocol.h"
#include "server/sandbox/sandbox.h"

#define DAY_SECONDS 86400

/* Smallest ring-max: enough for every slot of every ring. */
#define RING_MAX_LEAST (RING_SLOTS_MAX * RING_SLOT_BYTES_MIN)

static const char *const level_words[] = {"error", "warning", "notice", "info", "debug", NULL};
static const char *const identity_words[] = {"service", "requester", NULL};
static const char *const unknown_words[] = {"refuse", "share", "allow", NULL};
static const char *const access_log_words[] = {"false", "true", "all", NULL};
static const char *const sandbox_words[] = {"off", "best-effort", "strict", NULL};

#define FIELD(name) .offset = offsetof(struct settings, name)
#define DEFAULT(text) .initial = (text)
#define RANGE(low, high) .least = (low), .most = (high)

const struct setting settings_table[] = {
	{"key", VALUE_KEY, FIELD(key), DEFAULT("0x1aaaaaa1"), .fixed = true},
	{"user", VALUE_TEXT, FIELD(user), .fixed = true},
	{"group", VALUE_TEXT, FIELD(group), .fixed = true},
	{"max-workers", VALUE_COUNT, FIELD(limits.workers), RANGE(1, SETTINGS_WORKERS_MAX),
	 DEFAULT("128")},
	{"max-waiting", VALUE_COUNT, FIELD(limits.waiting), RANGE(0, SETTINGS_WAITING_MAX),
	 DEFAULT("512")},
	{"max-workers-per-user", VALUE_SHARE, FIELD(limits.user_workers),
	 RANGE(0, SETTINGS_WORKERS_MAX), DEFAULT("half")},
	{"max-waiting-per-user", VALUE_SHARE, FIELD(limits.user_waiting),
	 RANGE(0, SETTINGS_WAITING_MAX), DEFAULT("half")},
	{"max-followers", VALUE_COUNT, FIELD(limits.followers), RANGE(0, SETTINGS_WORKERS_MAX),
	 DEFAULT("64")},
	{"max-followers-per-user", VALUE_SHARE, FIELD(limits.user_followers),
	 RANGE(0, SETTINGS_WORKERS_MAX), DEFAULT("half")},
	{"unknown-users", VALUE_WORD, FIELD(limits.unknown), .words = unknown_words,
	 DEFAULT("share")},
	{"limit-root", VALUE_FLAG, FIELD(limits.root_too)},
	{"transfer-limit", VALUE_SECONDS, FIELD(limits.transfer), RANGE(0, 7 * DAY_SECONDS)},
	{"rate-limit", VALUE_BYTES, FIELD(limits.rate), RANGE(0, 1000000000000)},
	{"ring-max", VALUE_BYTES, FIELD(limits.ring), RANGE(RING_MAX_LEAST, RING_BYTES_MAX),
	 DEFAULT("2M")},
	{"ring-max-per-user", VALUE_BYTES, FIELD(limits.user_rings), RANGE(0, 1000000000000),
	 DEFAULT("64M")},
	{"stall-limit", VALUE_SECONDS, FIELD(limits.stall), RANGE(1, DAY_SECONDS),
	 DEFAULT("60")},
	{"drain-limit", VALUE_SECONDS, FIELD(drain_limit), RANGE(0, 3600), DEFAULT("10")},
	{"orphan-age", VALUE_SECONDS, FIELD(orphan_age), RANGE(1, 365 * DAY_SECONDS),
	 DEFAULT("3600")},
	{"access-log", VALUE_SWITCH, FIELD(access_log), .words = access_log_words,
	 DEFAULT("true")},
	{"log-level", VALUE_WORD, FIELD(log_level), .words = level_words, .least = LOG_ERR,
	 DEFAULT("notice")},
	{"status-users", VALUE_USERS, FIELD(status_users)},
	{"classic-clients", VALUE_FLAG, FIELD(classic_clients)},
	{"identity", VALUE_CHOICE, FIELD(as_requester), .words = identity_words, .fixed = true},
	{"sandbox", VALUE_WORD, FIELD(sandbox), .words = sandbox_words, .least = SANDBOX_OFF,
	 DEFAULT(SANDBOX_DEFAULT), .fixed = true},
};

const size_t settings_count = sizeof(settings_table) / sizeof(settings_table[0]);

int settings_init(struct settings *settings)
{
	char problem[VALUE_PROBLEM_BYTES];
	int error = 0;

	*settings = (struct settings){0};
	for (size_t i = 0; error == 0 && i < settings_count; i++)
		if (settings_table[i].initial != NULL)
			error = value_read(&settings_table[i], settings_table[i].initial,
					   settings, problem);
	return error;
}

static unsigned share_of(unsigned total, unsigned share)
{
	if (share == VALUE_HALF)
		return total - total / 2;
	return share == 0 || share > total ? total : share;
}

void settings_resolve_shares(struct settings *settings)
{
	struct limits *limits = &settings->limits;

	limits->user_workers = share_of(limits->workers, limits->user_workers);
	limits->user_waiting = share_of(limits->waiting, limits->user_waiting);
	limits->user_followers = share_of(limits->followers, limits->user_followers);
}

void settings_keep_fixed(struct settings *old, struct settings *fresh, const struct log *log)
{
	for (size_t i = 0; i < settings_count; i++) {
		const struct setting *setting = &settings_table[i];

		if (!setting->fixed || value_same(setting, old, fresh))
			continue;
		value_swap(setting, old, fresh);
		log_write(log, LOG_WARNING,
			  "%s: a change needs a restart; the old value stays in force",
			  setting->name);
	}
}

void settings_free(struct settings *settings)
{
	for (size_t i = 0; i < settings_count; i++)
		value_clear(&settings_table[i], settings);
	setting_sources_free(&settings->sources);
	exports_free(&settings->exports);
	*settings = (struct settings){0};
}
