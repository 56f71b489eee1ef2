/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/config/load.h"

#include "server/config/parser.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Returns the error to report of two: out of memory, else the first. */
static int worse(int first, int second)
{
	return first == 0 || second == -ENOMEM ? second : first;
}

/* Adds an export of the command line.  A directory can hold '=', so the first '=' counts. */
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
		if (error == 0)
			error = setting_sources_note(&settings->sources, name, "path", NULL, 0);
		free(name);
	}
	if (error == -EINVAL)
		log_write(
			log, LOG_ERR,
			"--export %s: must be NAME=DIR; NAME must be \"/\", or without a slash",
			text);
	if (error == -EEXIST)
		log_write(log, LOG_ERR, "--export %s: an earlier --export has this name", text);
	return error;
}

static int add_exports(const struct options *options, const struct log *log,
		       struct settings *settings)
{
	int error = 0;

	for (size_t i = 0; i < options->export_count; i++)
		error = worse(error, add_export(options->exports[i], log, settings));
	return error;
}

/* Applies one option: the setting of this name takes text, which may be NULL. */
static int apply(const char *name, const char *text, const struct log *log,
		 struct settings *settings)
{
	char problem[VALUE_PROBLEM_BYTES];
	int error;

	if (text == NULL)
		return 0;
	error = value_read(value_find(settings_table, settings_count, name), text, settings,
			   problem);
	if (error == -EINVAL)
		log_write(log, LOG_ERR, "--%s %s: %s", name, text, problem);
	return error != 0 ? error
			  : setting_sources_note(&settings->sources, NULL, name, NULL, 0);
}

static int apply_options(const struct options *options, const struct log *log,
			 struct settings *settings)
{
	const struct {
		const char *name, *text;
	} given[] = {
		{"key", options->key},
		{"user", options->user},
		{"sandbox", options->sandbox},
		{"log-level", options->verbose ? "info" : NULL},
	};
	int error = 0;

	for (size_t i = 0; i < sizeof(given) / sizeof(given[0]); i++)
		error = worse(error, apply(given[i].name, given[i].text, log, settings));
	return error;
}

int load_settings(const struct options *options, const struct log *log,
		  struct settings *settings)
{
	int error = settings_init(settings);

	/* The parser keeps exports that exist, so the command line's come first. */
	error = worse(error, add_exports(options, log, settings));
	if (options->config != NULL)
		error = worse(error, parser_read(options->config, log, settings));
	error = worse(error, apply_options(options, log, settings));
	if (error == 0 && settings->exports.count == 0 && !options->clean) {
		log_write(log, LOG_ERR,
			  "nothing to serve: configure an export, or give --export NAME=DIR");
		error = -EINVAL;
	}
	settings_resolve_shares(settings);
	if (error == -ENOMEM)
		log_write(log, LOG_ERR, "cannot read the configuration: out of memory");
	if (error != 0)
		settings_free(settings);
	return error == 0 || error == -ENOMEM ? error : -EINVAL;
}
