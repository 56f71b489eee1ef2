/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/config/rules.h"

static const char *const access_words[] = {"all", "none", NULL};
static const char *const link_words[] = {"beneath", "no", NULL};

#define FIELD(name) .offset = offsetof(struct rules, name)

const struct setting rules_table[] = {
	{"path", VALUE_TEXT, FIELD(path)},
	{"allow-users", VALUE_USERS, FIELD(access.allow_users)},
	{"allow-groups", VALUE_GROUPS, FIELD(access.allow_groups)},
	{"deny-users", VALUE_USERS, FIELD(access.deny_users)},
	{"default-access", VALUE_WORD, FIELD(default_access), .words = access_words,
	 .least = RULES_ACCESS_ALL},
	{"hide", VALUE_PATTERNS, FIELD(hide)},
	{"follow-symlinks", VALUE_CHOICE, FIELD(no_links), .words = link_words},
};

const size_t rules_count = sizeof(rules_table) / sizeof(rules_table[0]);

/* An allow list implies default-access = none. */
static bool is_closed(const struct rules *rules)
{
	if (rules->default_access != RULES_ACCESS_UNSET)
		return rules->default_access == RULES_ACCESS_NONE;
	return rules->access.allow_users.count > 0 || rules->access.allow_groups.count > 0;
}

void rules_move(struct rules *rules, struct export *export)
{
	export->access = rules->access;
	export->access.closed = is_closed(rules);
	export->hide = rules->hide;
	export->no_links = rules->no_links;
	rules->access = (struct access){0};
	rules->hide = (struct patterns){0};
}

struct rules rules_of(const struct export *export)
{
	return (struct rules){
		.path = export->path,
		.access = export->access,
		.default_access = export->access.closed ? RULES_ACCESS_NONE : RULES_ACCESS_ALL,
		.hide = export->hide,
		.no_links = export->no_links,
	};
}

void rules_free(struct rules *rules)
{
	for (size_t i = 0; i < rules_count; i++)
		value_clear(&rules_table[i], rules);
}
