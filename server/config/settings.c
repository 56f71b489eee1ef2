/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/config/settings.h"

#include "common/key.h"
#include "common/protocol.h"
#include "server/config/parser.h"
#include "server/config/rules.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

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
	if (given == PARSER_HALF)
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

/* Words that were checked when they were read. */
static int copy_words(cfg_t *cfg, struct settings *settings)
{
	int error = sandbox_parse(cfg_getstr(cfg, "sandbox"), &settings->sandbox);

	settings->as_requester = strcmp(cfg_getstr(cfg, "identity"), IDENTITY_REQUESTER) == 0;
	if (error == 0)
		error = log_level_parse(cfg_getstr(cfg, "log-level"), &settings->log_level);
	if (error == 0 && cfg_getstr(cfg, "key") != NULL)
		error = key_parse(cfg_getstr(cfg, "key"), &settings->key);
	return error;
}

/* name: of an export, whose section this is. */
static int copy_export(cfg_t *section, const char *name, struct settings *settings)
{
	int error = exports_add(&settings->exports, name, cfg_getstr(section, "path"));

	if (error == -EEXIST) { /* the command line has one of that name, and wins */
		setting_sources_drop(&settings->sources, name);
		return 0;
	}
	return error != 0 ? error : rules_copy(section, exports_find(&settings->exports, name));
}

static int copy_values(cfg_t *cfg, struct settings *settings)
{
	int error = copy_words(cfg, settings);

	copy_limits(cfg, &settings->limits);
	settings->drain_limit = (unsigned)cfg_getint(cfg, "drain-limit");
	settings->orphan_age = (unsigned)cfg_getint(cfg, "orphan-age");
	settings->access_log = cfg_getbool(cfg, "access-log") == cfg_true;
	settings->classic_clients = cfg_getbool(cfg, "classic-clients") == cfg_true;
	if (error == 0)
		error = set_string(&settings->user, cfg_getstr(cfg, "user"));
	if (error == 0)
		error = set_string(&settings->group, cfg_getstr(cfg, "group"));
	if (error == 0)
		error = rules_copy_users(cfg, "status-users", &settings->status_users);
	for (unsigned i = 0; error == 0 && i < cfg_size(cfg, "export"); i++) {
		cfg_t *section = cfg_getnsec(cfg, "export", i);

		error = copy_export(section, cfg_title(section), settings);
	}
	return error;
}

static int read_file(const struct options *options, const struct log *log,
		     struct settings *settings)
{
	cfg_t *cfg;
	int error = parser_read(options->config, log, &settings->sources, &cfg);

	if (error != 0)
		return error;
	error = copy_values(cfg, settings);
	cfg_free(cfg);
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

/* The command line's are the first ones. */
static int note_exports(struct settings *settings, size_t count)
{
	int error = 0;

	for (size_t i = 0; error == 0 && i < count; i++)
		error = setting_sources_note(&settings->sources, settings->exports.list[i].name,
					     "path", NULL, 0);
	return error;
}

static int apply_options(const struct options *options, const struct log *log,
			 struct settings *settings)
{
	struct setting_sources *sources = &settings->sources;
	int error = note_exports(settings, options->export_count);

	if (error == 0 && options->key != NULL) {
		error = key_parse(options->key, &settings->key);
		if (error != 0)
			log_write(log, LOG_ERR, "--key %s: %s", options->key, strerror(-error));
		else
			error = setting_sources_note(sources, NULL, "key", NULL, 0);
	}
	if (error == 0 && options->user != NULL) {
		error = set_string(&settings->user, options->user);
		if (error == 0)
			error = setting_sources_note(sources, NULL, "user", NULL, 0);
	}
	if (error == 0 && options->sandbox != NULL) {
		error = sandbox_parse(options->sandbox, &settings->sandbox);
		if (error != 0)
			log_write(log, LOG_ERR, "--sandbox %s: want strict, best-effort or off",
				  options->sandbox);
		else
			error = setting_sources_note(sources, NULL, "sandbox", NULL, 0);
	}
	if (error == 0 && options->verbose) {
		settings->log_level = LOG_INFO;
		error = setting_sources_note(sources, NULL, "log-level", NULL, 0);
	}
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
		.log_level = LOG_NOTICE,
		.drain_limit = DEFAULT_DRAIN_LIMIT,
		.orphan_age = DEFAULT_JANITOR_AGE,
	};
	error = sandbox_parse(SANDBOX_DEFAULT, &settings->sandbox);
	/* First come, first named: so the command line's exports go first, the rest last. */
	if (error == 0)
		error = add_exports(options, log, settings);
	if (error == 0 && options->config != NULL)
		error = read_file(options, log, settings);
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
	free(settings->status_users.ids);
	setting_sources_free(&settings->sources);
	exports_free(&settings->exports);
	*settings = (struct settings){0};
}
