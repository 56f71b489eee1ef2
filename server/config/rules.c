/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/config/rules.h"

#include "server/config/names.h"

#include <errno.h>
#include <string.h>

#define ACCESS_ALL "all"
#define ACCESS_NONE "none"
#define LINKS_NO "no"
#define LINKS_BENEATH "beneath"

static int one_of(cfg_t *cfg, cfg_opt_t *option, const char *one, const char *other)
{
	const char *value = cfg_opt_getnstr(option, 0);

	if (strcmp(value, one) == 0 || strcmp(value, other) == 0)
		return 0;
	cfg_error(cfg, "%s must be \"%s\" or \"%s\"", cfg_opt_name(option), one, other);
	return -1;
}

static int check_default(cfg_t *cfg, cfg_opt_t *option)
{
	return one_of(cfg, option, ACCESS_ALL, ACCESS_NONE);
}

static int check_links(cfg_t *cfg, cfg_opt_t *option)
{
	return one_of(cfg, option, LINKS_NO, LINKS_BENEATH);
}

static int check_ids(cfg_t *cfg, cfg_opt_t *option, const char *what,
		     int (*find)(const char *text, id_t *id))
{
	for (unsigned i = 0; i < cfg_opt_size(option); i++) {
		const char *text = cfg_opt_getnstr(option, i);
		id_t id;
		int error = find(text, &id);

		if (error == 0)
			continue;
		if (error == -ENOENT)
			cfg_error(cfg, "%s: no such %s: \"%s\"", cfg_opt_name(option), what,
				  text);
		else
			cfg_error(cfg, "%s: %s \"%s\": %s", cfg_opt_name(option), what, text,
				  strerror(-error));
		return -1;
	}
	return 0;
}

int rules_check_users(cfg_t *cfg, cfg_opt_t *option)
{
	return check_ids(cfg, option, "user", names_user);
}

static int check_groups(cfg_t *cfg, cfg_opt_t *option)
{
	return check_ids(cfg, option, "group", names_group);
}

static int check_hide(cfg_t *cfg, cfg_opt_t *option)
{
	for (unsigned i = 0; i < cfg_opt_size(option); i++) {
		const char *pattern = cfg_opt_getnstr(option, i);

		if (pattern[0] != '\0' && strchr(pattern, '/') == NULL)
			continue;
		cfg_error(cfg, "hide: \"%s\": want a pattern for one name, without a slash",
			  pattern);
		return -1;
	}
	return 0;
}

int rules_check(cfg_t *section, cfg_opt_t *option)
{
	static const struct {
		const char *name;
		cfg_validate_callback_t check;
	} checks[] = {
		{"allow-users", rules_check_users}, {"allow-groups", check_groups},
		{"deny-users", rules_check_users},  {"hide", check_hide},
		{"default-access", check_default},  {"follow-symlinks", check_links},
	};

	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
		if (strcmp(cfg_opt_name(option), checks[i].name) == 0)
			return checks[i].check(section, option);
	return 0;
}

static int copy_ids(cfg_t *section, const char *name, int (*find)(const char *text, id_t *id),
		    struct id_list *list)
{
	int error = 0;
	id_t id;

	for (unsigned i = 0; error == 0 && i < cfg_size(section, name); i++) {
		error = find(cfg_getnstr(section, name, i), &id);
		if (error == 0)
			error = id_list_add(list, id);
	}
	return error;
}

int rules_copy_users(cfg_t *cfg, const char *name, struct id_list *list)
{
	return copy_ids(cfg, name, names_user, list);
}

static int copy_hide(cfg_t *section, struct export *export)
{
	int error = 0;

	for (unsigned i = 0; error == 0 && i < cfg_size(section, "hide"); i++)
		error = export_hide(export, cfg_getnstr(section, "hide", i));
	return error;
}

/* Who says who may means that others may not. */
static bool is_closed(cfg_t *section)
{
	const char *value = cfg_getstr(section, "default-access");

	if (value != NULL)
		return strcmp(value, ACCESS_NONE) == 0;
	return cfg_size(section, "allow-users") > 0 || cfg_size(section, "allow-groups") > 0;
}

int rules_copy(cfg_t *section, struct export *export)
{
	struct access *access = &export->access;
	int error = rules_copy_users(section, "allow-users", &access->allow_users);

	access->closed = is_closed(section);
	export->no_links = strcmp(cfg_getstr(section, "follow-symlinks"), LINKS_NO) == 0;
	if (error == 0)
		error = copy_ids(section, "allow-groups", names_group, &access->allow_groups);
	if (error == 0)
		error = rules_copy_users(section, "deny-users", &access->deny_users);
	return error == 0 ? copy_hide(section, export) : error;
}
