/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/config/parser.h"

#include "common/key.h"
#include "server/access/exports.h"
#include "server/config/comments.h"
#include "server/config/fragments.h"
#include "server/config/rules.h"
#include "server/config/settings.h"
#include "server/sandbox/sandbox.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DRAIN_LIMIT_MAX 3600
#define STALL_LIMIT_MAX 86400
#define REAPER_AGE_MAX 31536000
#define TRANSFER_LIMIT_MAX (7 * 86400)
#define RATE_LIMIT_MAX 1000000000000L

#define EXPORT "export"
#define NAME_BYTES 64 /* of "export|allow-groups" and the like */

/*
 * libconfuse hands its callbacks no context, so what they need has to stand here while
 * files are parsed.  Nothing else may use it.
 */
static struct {
	const struct log *log;
	struct setting_sources *sources;
} parsing;

static void report(cfg_t *cfg, const char *format, va_list arguments)
{
	char text[512], quoted[1024];

	vsnprintf(text, sizeof(text), format, arguments);
	log_write(parsing.log, LOG_ERR, "%s:%d: %s",
		  cfg->filename != NULL ? cfg->filename : "configuration", cfg->line,
		  log_quote(quoted, sizeof(quoted), text));
}

static int check_key(cfg_t *cfg, cfg_opt_t *option)
{
	key_t key;
	int error = key_parse(cfg_opt_getnstr(option, 0), &key);

	if (error == 0)
		return 0;
	cfg_error(cfg, "key \"%s\": %s", cfg_opt_getnstr(option, 0), strerror(-error));
	return -1;
}

static int check_sandbox(cfg_t *cfg, cfg_opt_t *option)
{
	enum sandbox_mode mode;

	if (sandbox_parse(cfg_opt_getnstr(option, 0), &mode) == 0)
		return 0;
	cfg_error(cfg, "sandbox must be \"strict\", \"best-effort\" or \"off\"");
	return -1;
}

static int check_log_level(cfg_t *cfg, cfg_opt_t *option)
{
	int level;

	if (log_level_parse(cfg_opt_getnstr(option, 0), &level) == 0)
		return 0;
	cfg_error(cfg, "log-level must be \"error\", \"warning\", \"notice\", \"info\" or "
		       "\"debug\"");
	return -1;
}

static int check_identity(cfg_t *cfg, cfg_opt_t *option)
{
	const char *value = cfg_opt_getnstr(option, 0);

	if (strcmp(value, IDENTITY_SERVICE) == 0 || strcmp(value, IDENTITY_REQUESTER) == 0)
		return 0;
	cfg_error(cfg,
		  "identity must be \"" IDENTITY_SERVICE "\" or \"" IDENTITY_REQUESTER "\"");
	return -1;
}

/* Each setting but exports: a check of its own, or the range of a number, or neither. */
static const struct setting {
	const char *name;
	cfg_validate_callback_t check;
	long low, high;
} settings[] = {
	{.name = "key", .check = check_key},
	{.name = "user"},
	{.name = "group"},
	{.name = "max-workers", .low = 1, .high = SETTINGS_WORKERS_MAX},
	{.name = "max-waiting", .high = SETTINGS_WAITING_MAX},
	{.name = "max-workers-per-user", .high = SETTINGS_WORKERS_MAX},
	{.name = "max-waiting-per-user", .high = SETTINGS_WAITING_MAX},
	{.name = "limit-root"},
	{.name = "transfer-limit", .high = TRANSFER_LIMIT_MAX},
	{.name = "rate-limit", .high = RATE_LIMIT_MAX},
	{.name = "drain-limit", .high = DRAIN_LIMIT_MAX},
	{.name = "stall-limit", .low = 1, .high = STALL_LIMIT_MAX},
	{.name = "orphan-age", .low = 1, .high = REAPER_AGE_MAX},
	{.name = "access-log"},
	{.name = "log-level", .check = check_log_level},
	{.name = "status-users", .check = rules_check_users},
	{.name = "classic-clients"},
	{.name = "identity", .check = check_identity},
	{.name = "sandbox", .check = check_sandbox},
};

static const struct setting *find_setting(const char *name)
{
	const struct setting *setting = settings;

	while (strcmp(setting->name, name) != 0)
		setting++;
	return setting;
}

static int check_range(cfg_t *cfg, cfg_opt_t *option, const struct setting *setting)
{
	long value = cfg_opt_getnint(option, 0);

	if (setting->high == 0 || (value >= setting->low && value <= setting->high))
		return 0;
	cfg_error(cfg, "%s must be from %ld to %ld", setting->name, setting->low,
		  setting->high);
	return -1;
}

static int note(cfg_t *cfg, const char *section, cfg_opt_t *option)
{
	if (setting_sources_note(parsing.sources, section, cfg_opt_name(option), cfg->filename,
				 cfg->line) == 0)
		return 0;
	cfg_error(cfg, "out of memory");
	return -1;
}

static int check_setting(cfg_t *cfg, cfg_opt_t *option)
{
	const struct setting *setting = find_setting(cfg_opt_name(option));

	if (note(cfg, NULL, option) != 0)
		return -1;
	return setting->check != NULL ? setting->check(cfg, option)
				      : check_range(cfg, option, setting);
}

/* path, or one of the rules. */
static int check_in_export(cfg_t *section, cfg_opt_t *option)
{
	return note(section, cfg_title(section), option) != 0 ? -1
							      : rules_check(section, option);
}

static int check_export(cfg_t *cfg, cfg_opt_t *option)
{
	cfg_t *section = cfg_opt_getnsec(option, cfg_opt_size(option) - 1);

	if (!export_name_valid(cfg_title(section))) {
		cfg_error(cfg, "export \"%s\": a name has no slash, or is \"/\"",
			  cfg_title(section));
		return -1;
	}
	if (cfg_getstr(section, "path") == NULL || cfg_getstr(section, "path")[0] != '/') {
		cfg_error(cfg, "export \"%s\" wants an absolute path", cfg_title(section));
		return -1;
	}
	return 0;
}

static void set_checks(cfg_t *cfg, const cfg_opt_t *export)
{
	char name[NAME_BYTES];

	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
		cfg_set_validate_func(cfg, settings[i].name, check_setting);
	for (; export->name != NULL; export ++) {
		snprintf(name, sizeof(name), EXPORT "|%s", export->name);
		cfg_set_validate_func(cfg, name, check_in_export);
	}
	cfg_set_validate_func(cfg, EXPORT, check_export);
}

static cfg_t *new_parser(void)
{
	cfg_opt_t export[] = {
		CFG_STR("path", NULL, CFGF_NONE),
		RULES_OPTIONS,
		CFG_END(),
	};
	cfg_opt_t options[] = {
		CFG_STR("key", NULL, CFGF_NONE),
		CFG_STR("user", NULL, CFGF_NONE),
		CFG_STR("group", NULL, CFGF_NONE),
		CFG_INT("max-workers", DEFAULT_WORKERS, CFGF_NONE),
		CFG_INT("max-waiting", DEFAULT_WAITING, CFGF_NONE),
		CFG_INT("drain-limit", DEFAULT_DRAIN_LIMIT, CFGF_NONE),
		CFG_INT("stall-limit", DEFAULT_STALL_LIMIT, CFGF_NONE),
		CFG_INT("orphan-age", DEFAULT_JANITOR_AGE, CFGF_NONE),
		CFG_INT("max-workers-per-user", PARSER_HALF, CFGF_NONE),
		CFG_INT("max-waiting-per-user", PARSER_HALF, CFGF_NONE),
		CFG_BOOL("limit-root", cfg_false, CFGF_NONE),
		CFG_INT("transfer-limit", 0, CFGF_NONE),
		CFG_INT("rate-limit", 0, CFGF_NONE),
		CFG_BOOL("access-log", cfg_true, CFGF_NONE),
		CFG_STR("log-level", DEFAULT_LOG_LEVEL, CFGF_NONE),
		CFG_STR_LIST("status-users", NULL, CFGF_NONE),
		CFG_BOOL("classic-clients", cfg_false, CFGF_NONE),
		CFG_STR("identity", IDENTITY_SERVICE, CFGF_NONE),
		CFG_STR("sandbox", SANDBOX_DEFAULT, CFGF_NONE),
		CFG_SEC(EXPORT, export, CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES),
		CFG_END(),
	};
	cfg_t *cfg = cfg_init(options, CFGF_NONE);

	if (cfg == NULL)
		return NULL;
	cfg_set_error_function(cfg, report);
	set_checks(cfg, export);
	return cfg;
}

/* All of a file, NUL-terminated, or NULL and errno.  To be freed by the caller. */
static char *read_text(const char *path)
{
	FILE *file = fopen(path, "re");
	char *text = NULL;
	size_t size = 0;
	ssize_t length;
	int error;

	if (file == NULL)
		return NULL;
	errno = 0;
	length = getdelim(&text, &size, '\0', file);
	error = errno;
	if (length < 0 && !ferror(file)) { /* empty, which is no error, but no text either */
		free(text);
		text = strdup("\n");
		error = errno;
	} else if (length < 0) {
		free(text);
		text = NULL;
	}
	(void)fclose(file);
	errno = error;
	return text;
}

static int cannot_read(const struct log *log, const char *path, int error)
{
	log_write(log, LOG_ERR, "cannot read configuration %s: %s", path, strerror(error));
	return -EINVAL;
}

static int parse_text(cfg_t *cfg, const char *path, char *text, const struct log *log)
{
	int result = CFG_PARSE_ERROR;
	FILE *file;

	comments_blank(text);
	free(cfg->filename);
	cfg->filename = strdup(path);
	/* Not cfg_parse_buf(), which would forget the file's name. */
	file = fmemopen(text, strlen(text), "r");
	if (cfg->filename == NULL || file == NULL)
		cannot_read(log, path, errno);
	else
		result = cfg_parse_fp(cfg, file);
	if (file != NULL)
		(void)fclose(file);
	return result == CFG_SUCCESS ? 0 : -EINVAL;
}

static int parse_file(cfg_t *cfg, const char *path, const struct log *log)
{
	char *text = read_text(path);
	int error;

	if (text == NULL)
		return cannot_read(log, path, errno);
	error = parse_text(cfg, path, text, log);
	free(text);
	return error;
}

static int parse_all(cfg_t *cfg, const char *path, const struct log *log)
{
	struct fragments fragments;
	int error = parse_file(cfg, path, log);

	if (error != 0)
		return error;
	error = fragments_find(path, &fragments);
	if (error != 0) {
		log_write(log, LOG_ERR, "cannot read the directory %s.d: %s", path,
			  strerror(-error));
		return -EINVAL;
	}
	for (size_t i = 0; error == 0 && i < fragments.count; i++)
		error = parse_file(cfg, fragments.paths[i], log);
	fragments_free(&fragments);
	return error;
}

int parser_read(const char *path, const struct log *log, struct setting_sources *sources,
		cfg_t **cfg)
{
	int error;

	*cfg = new_parser();
	if (*cfg == NULL)
		return -ENOMEM;
	parsing.log = log;
	parsing.sources = sources;
	error = parse_all(*cfg, path, log);
	parsing.log = NULL;
	parsing.sources = NULL;
	if (error != 0) {
		cfg_free(*cfg);
		*cfg = NULL;
	}
	return error;
}
