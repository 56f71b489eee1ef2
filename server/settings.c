/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/settings.h"

#include "common/key.h"
#include "common/protocol.h"
#include "server/comments.h"
#include "server/rules.h"

#include <confuse.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_WORKERS 128
#define DEFAULT_WAITING 512
#define DEFAULT_DRAIN_LIMIT 10
#define DEFAULT_STALL_LIMIT 60
#define DEFAULT_JANITOR_AGE 3600

#define DRAIN_LIMIT_MAX 3600
#define STALL_LIMIT_MAX 86400
#define JANITOR_AGE_MAX 31536000

#define IDENTITY_SERVICE "service"
#define IDENTITY_REQUESTER "requester"
#define TRANSFER_LIMIT_MAX (7 * 86400)
#define RATE_LIMIT_MAX 1000000000000L

/* Not given: half of what all have together. */
#define HALF (-1)

/*
 * libconfuse hands its error callback no context, so the log to write to has to
 * stand here while a file is parsed.  Nothing else may use it.
 */
static const struct log *parse_log;

static void report(cfg_t *cfg, const char *format, va_list arguments)
{
	char text[512], quoted[1024];

	vsnprintf(text, sizeof(text), format, arguments);
	log_write(parse_log, LOG_ERR, "%s:%d: %s",
		  cfg->filename != NULL ? cfg->filename : "configuration", cfg->line,
		  log_quote(quoted, sizeof(quoted), text));
}

static int in_range(cfg_t *cfg, cfg_opt_t *option, long low, long high)
{
	long value = cfg_opt_getnint(option, 0);

	if (value >= low && value <= high)
		return 0;
	cfg_error(cfg, "%s must be from %ld to %ld", cfg_opt_name(option), low, high);
	return -1;
}

static int check_workers(cfg_t *cfg, cfg_opt_t *option)
{
	return in_range(cfg, option, 1, SETTINGS_WORKERS_MAX);
}

static int check_waiting(cfg_t *cfg, cfg_opt_t *option)
{
	return in_range(cfg, option, 0, SETTINGS_WAITING_MAX);
}

static int check_drain_limit(cfg_t *cfg, cfg_opt_t *option)
{
	return in_range(cfg, option, 0, DRAIN_LIMIT_MAX);
}

static int check_stall_limit(cfg_t *cfg, cfg_opt_t *option)
{
	return in_range(cfg, option, 1, STALL_LIMIT_MAX);
}

static int check_janitor_age(cfg_t *cfg, cfg_opt_t *option)
{
	return in_range(cfg, option, 1, JANITOR_AGE_MAX);
}

static int check_user_workers(cfg_t *cfg, cfg_opt_t *option)
{
	return in_range(cfg, option, 0, SETTINGS_WORKERS_MAX);
}

static int check_transfer_limit(cfg_t *cfg, cfg_opt_t *option)
{
	return in_range(cfg, option, 0, TRANSFER_LIMIT_MAX);
}

static int check_rate_limit(cfg_t *cfg, cfg_opt_t *option)
{
	return in_range(cfg, option, 0, RATE_LIMIT_MAX);
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

static int check_identity(cfg_t *cfg, cfg_opt_t *option)
{
	const char *value = cfg_opt_getnstr(option, 0);

	if (strcmp(value, IDENTITY_SERVICE) == 0 || strcmp(value, IDENTITY_REQUESTER) == 0)
		return 0;
	cfg_error(cfg,
		  "identity must be \"" IDENTITY_SERVICE "\" or \"" IDENTITY_REQUESTER "\"");
	return -1;
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
		CFG_INT("janitor-age", DEFAULT_JANITOR_AGE, CFGF_NONE),
		CFG_INT("max-workers-per-user", HALF, CFGF_NONE),
		CFG_INT("max-waiting-per-user", HALF, CFGF_NONE),
		CFG_BOOL("limit-root", cfg_false, CFGF_NONE),
		CFG_INT("transfer-limit", 0, CFGF_NONE),
		CFG_INT("rate-limit", 0, CFGF_NONE),
		CFG_BOOL("access-log", cfg_true, CFGF_NONE),
		CFG_BOOL("legacy-clients", cfg_false, CFGF_NONE),
		CFG_STR("identity", IDENTITY_SERVICE, CFGF_NONE),
		CFG_STR("sandbox", SANDBOX_DEFAULT, CFGF_NONE),
		CFG_SEC("export", export, CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES),
		CFG_END(),
	};
	cfg_t *cfg = cfg_init(options, CFGF_NONE);

	if (cfg == NULL)
		return NULL;
	cfg_set_error_function(cfg, report);
	cfg_set_validate_func(cfg, "key", check_key);
	cfg_set_validate_func(cfg, "max-workers", check_workers);
	cfg_set_validate_func(cfg, "max-waiting", check_waiting);
	cfg_set_validate_func(cfg, "drain-limit", check_drain_limit);
	cfg_set_validate_func(cfg, "stall-limit", check_stall_limit);
	cfg_set_validate_func(cfg, "janitor-age", check_janitor_age);
	cfg_set_validate_func(cfg, "max-workers-per-user", check_user_workers);
	cfg_set_validate_func(cfg, "max-waiting-per-user", check_waiting);
	cfg_set_validate_func(cfg, "transfer-limit", check_transfer_limit);
	cfg_set_validate_func(cfg, "rate-limit", check_rate_limit);
	cfg_set_validate_func(cfg, "sandbox", check_sandbox);
	cfg_set_validate_func(cfg, "export", check_export);
	cfg_set_validate_func(cfg, "identity", check_identity);
	rules_check_with(cfg, "export");
	return cfg;
}

/* Copies text, which may be NULL, over *to. */
static int set_string(char **to, const char *text)
{
	char *copy = NULL;

	if (text != NULL && (copy = strdup(text)) == NULL)
		return -ENOMEM;
	free(*to);
	*to = copy;
	return 0;
}

/* What one user may have of a total: a number, 0 for all of it, or half by default. */
static unsigned user_share(long given, unsigned total)
{
	if (given == HALF)
		return total - total / 2;
	return given == 0 || given > (long)total ? total : (unsigned)given;
}

static void copy_limits(cfg_t *cfg, struct limits *limits)
{
	limits->workers = (unsigned)cfg_getint(cfg, "max-workers");
	limits->waiting = (unsigned)cfg_getint(cfg, "max-waiting");
	limits->user_workers =
		user_share(cfg_getint(cfg, "max-workers-per-user"), limits->workers);
	limits->user_waiting =
		user_share(cfg_getint(cfg, "max-waiting-per-user"), limits->waiting);
	limits->root_too = cfg_getbool(cfg, "limit-root") == cfg_true;
	limits->stall = (unsigned)cfg_getint(cfg, "stall-limit");
	limits->transfer = (unsigned)cfg_getint(cfg, "transfer-limit");
	limits->rate = (uint64_t)cfg_getint(cfg, "rate-limit");
}

static int copy_values(cfg_t *cfg, struct settings *settings)
{
	int error;

	copy_limits(cfg, &settings->limits);
	settings->drain_limit = (unsigned)cfg_getint(cfg, "drain-limit");
	settings->janitor_age = (unsigned)cfg_getint(cfg, "janitor-age");
	settings->access_log = cfg_getbool(cfg, "access-log") == cfg_true;
	settings->legacy_clients = cfg_getbool(cfg, "legacy-clients") == cfg_true;
	settings->as_requester = strcmp(cfg_getstr(cfg, "identity"), IDENTITY_REQUESTER) == 0;
	if (cfg_getstr(cfg, "key") != NULL) {
		error = key_parse(cfg_getstr(cfg, "key"), &settings->key);
		if (error != 0)
			return error;
	}
	error = sandbox_parse(cfg_getstr(cfg, "sandbox"), &settings->sandbox);
	if (error == 0)
		error = set_string(&settings->user, cfg_getstr(cfg, "user"));
	if (error == 0)
		error = set_string(&settings->group, cfg_getstr(cfg, "group"));
	for (unsigned i = 0; error == 0 && i < cfg_size(cfg, "export"); i++) {
		cfg_t *section = cfg_getnsec(cfg, "export", i);

		error = exports_add(&settings->exports, cfg_title(section),
				    cfg_getstr(section, "path"));
		if (error == 0)
			error = rules_copy(
				section, exports_find(&settings->exports, cfg_title(section)));
		if (error == -EEXIST) /* the command line has one of that name, and wins */
			error = 0;
	}
	return error;
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

static int parse(cfg_t *cfg, const char *path, char *text, const struct log *log)
{
	int result = CFG_PARSE_ERROR;
	FILE *file;

	comments_blank(text);
	cfg->filename = strdup(path);
	/* Not cfg_parse_buf(), which would forget the file's name. */
	file = fmemopen(text, strlen(text), "r");
	if (cfg->filename == NULL || file == NULL) {
		log_write(log, LOG_ERR, "cannot read configuration %s: %s", path,
			  strerror(errno));
	} else {
		parse_log = log;
		result = cfg_parse_fp(cfg, file);
		parse_log = NULL;
	}
	if (file != NULL)
		(void)fclose(file);
	return result == CFG_SUCCESS ? 0 : -EINVAL;
}

static int read_file(const char *path, const struct log *log, struct settings *settings)
{
	char *text = read_text(path);
	cfg_t *cfg;
	int error = -ENOMEM;

	if (text == NULL) {
		log_write(log, LOG_ERR, "cannot read configuration %s: %s", path,
			  strerror(errno));
		return -EINVAL;
	}
	cfg = new_parser();
	if (cfg != NULL)
		error = parse(cfg, path, text, log);
	if (error == 0)
		error = copy_values(cfg, settings);
	if (cfg != NULL)
		cfg_free(cfg);
	free(text);
	return error;
}

/* text: NAME=DIR.  A directory may hold '=', so the first one counts. */
static int add_export(const char *text, const struct log *log, struct settings *settings)
{
	const char *equals = strchr(text, '=');
	char *name;
	int error = -EINVAL;

	if (equals != NULL && equals[1] != '\0') {
		name = strndup(text, (size_t)(equals - text));
		if (name == NULL)
			return -ENOMEM;
		error = exports_add(&settings->exports, name, equals + 1);
		free(name);
	}
	if (error == -EINVAL)
		log_write(log, LOG_ERR,
			  "--export %s: want NAME=DIR, where NAME has no slash or is \"/\"",
			  text);
	if (error == -EEXIST)
		log_write(log, LOG_ERR, "--export %s: its name is given twice", text);
	return error;
}

static int add_exports(const struct options *options, const struct log *log,
		       struct settings *settings)
{
	int error = 0;

	for (size_t i = 0; error == 0 && i < options->export_count; i++)
		error = add_export(options->exports[i], log, settings);
	return error;
}

static int apply_options(const struct options *options, const struct log *log,
			 struct settings *settings)
{
	int error = 0;

	if (options->key != NULL && (error = key_parse(options->key, &settings->key)) != 0)
		log_write(log, LOG_ERR, "--key %s: %s", options->key, strerror(-error));
	if (error == 0 && options->user != NULL)
		error = set_string(&settings->user, options->user);
	if (error == 0 && options->sandbox != NULL &&
	    (error = sandbox_parse(options->sandbox, &settings->sandbox)) != 0)
		log_write(log, LOG_ERR, "--sandbox %s: want strict, best-effort or off",
			  options->sandbox);
	return error;
}

int settings_load(const struct options *options, const struct log *log,
		  struct settings *settings)
{
	int error;

	*settings = (struct settings){
		.key = PROTOCOL_DEFAULT_KEY,
		.limits = {.workers = DEFAULT_WORKERS,
			   .waiting = DEFAULT_WAITING,
			   .user_workers = DEFAULT_WORKERS / 2,
			   .user_waiting = DEFAULT_WAITING / 2,
			   .stall = DEFAULT_STALL_LIMIT},
		.access_log = true,
		.drain_limit = DEFAULT_DRAIN_LIMIT,
		.janitor_age = DEFAULT_JANITOR_AGE,
	};
	error = sandbox_parse(SANDBOX_DEFAULT, &settings->sandbox);
	/* First come, first named: so the command line's exports go first, the rest last. */
	if (error == 0)
		error = add_exports(options, log, settings);
	if (error == 0 && options->config != NULL)
		error = read_file(options->config, log, settings);
	if (error == 0)
		error = apply_options(options, log, settings);
	if (error == 0 && settings->exports.count == 0 && !options->clean) {
		log_write(log, LOG_ERR, "nothing to serve: no export is configured");
		error = -EINVAL;
	}
	if (error == -ENOMEM)
		log_write(log, LOG_ERR, "cannot read the configuration: out of memory");
	if (error != 0) {
		settings_free(settings);
		return error == -ENOMEM ? -ENOMEM : -EINVAL;
	}
	return 0;
}

void settings_free(struct settings *settings)
{
	free(settings->user);
	free(settings->group);
	exports_free(&settings->exports);
	*settings = (struct settings){0};
}
