/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/config/dump.h"

#include "server/config/parser.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

/* Where the settings of an export stand, and those of none. */
struct where {
	const struct setting_sources *sources;
	const char *section; /* NULL: none */
	FILE *out;
};

static void write_origin(const struct where *where, const char *setting)
{
	const struct setting_source *source =
		setting_sources_find(where->sources, where->section, setting);
	char file[PATH_MAX];

	if (source == NULL)
		fputs("  # default\n", where->out);
	else if (source->file == NULL)
		fputs("  # command line\n", where->out);
	else
		fprintf(where->out, "  # %s:%d\n", log_quote(file, sizeof(file), source->file),
			source->line);
}

static void write_name(const struct where *where, const char *setting)
{
	fprintf(where->out, "%s%s = ", where->section != NULL ? "\t" : "", setting);
}

/* libconfuse's escapes; a dollar would begin the name of a variable. */
static void write_quoted(FILE *out, const char *text)
{
	fputc('"', out);
	for (; *text != '\0'; text++) {
		unsigned char byte = (unsigned char)*text;

		if (byte == '"' || byte == '\\' || byte == '$')
			fprintf(out, "\\%c", byte);
		else if (byte < ' ' || byte == 0x7f)
			fprintf(out, "\\x%02x", byte);
		else
			fputc(byte, out);
	}
	fputc('"', out);
}

static void write_string(const struct where *where, const char *setting, const char *value)
{
	write_name(where, setting);
	write_quoted(where->out, value);
	write_origin(where, setting);
}

/* What is not set cannot be written as a value. */
static void write_optional(const struct where *where, const char *setting, const char *value)
{
	if (value != NULL) {
		write_string(where, setting, value);
	} else {
		fprintf(where->out, "# %s is not set", setting);
		write_origin(where, setting);
	}
}

static void write_number(const struct where *where, const char *setting, uint64_t value)
{
	write_name(where, setting);
	fprintf(where->out, "%ju", (uintmax_t)value);
	write_origin(where, setting);
}

static void write_flag(const struct where *where, const char *setting, bool value)
{
	write_name(where, setting);
	fputs(value ? "true" : "false", where->out);
	write_origin(where, setting);
}

static void write_ids(const struct where *where, const char *setting,
		      const struct id_list *list)
{
	write_name(where, setting);
	fputc('{', where->out);
	for (size_t i = 0; i < list->count; i++)
		fprintf(where->out, "%s\"%ju\"", i > 0 ? ", " : "", (uintmax_t)list->ids[i]);
	fputc('}', where->out);
	write_origin(where, setting);
}

static void write_hidden(const struct where *where, const struct patterns *hide)
{
	write_name(where, "hide");
	fputc('{', where->out);
	for (size_t i = 0; i < hide->count; i++) {
		fputs(i > 0 ? ", " : "", where->out);
		write_quoted(where->out, hide->list[i]);
	}
	fputc('}', where->out);
	write_origin(where, "hide");
}

/* The command line's may be relative, a file's may not. */
static void write_path(const struct where *where, const char *path)
{
	char whole[2 * PATH_MAX], here[PATH_MAX];

	if (path[0] == '/' || getcwd(here, sizeof(here)) == NULL)
		strlcpy(whole, path, sizeof(whole));
	else
		snprintf(whole, sizeof(whole), "%s/%s", here, path);
	write_string(where, "path", whole);
}

static void write_export(const struct export *export, const struct where *outside)
{
	const struct access *access = &export->access;
	const struct where where = {
		.sources = outside->sources, .section = export->name, .out = outside->out};

	fputs("\nexport ", where.out);
	write_quoted(where.out, export->name);
	fputs(" {\n", where.out);
	write_path(&where, export->path);
	write_ids(&where, "allow-users", &access->allow_users);
	write_ids(&where, "allow-groups", &access->allow_groups);
	write_ids(&where, "deny-users", &access->deny_users);
	write_string(&where, "default-access", access->closed ? "none" : "all");
	write_hidden(&where, &export->hide);
	write_string(&where, "follow-symlinks", export->no_links ? "no" : "beneath");
	fputs("}\n", where.out);
}

static void write_limits(const struct where *where, const struct limits *limits)
{
	write_number(where, "max-workers", limits->workers);
	write_number(where, "max-waiting", limits->waiting);
	write_number(where, "max-workers-per-user", limits->user_workers);
	write_number(where, "max-waiting-per-user", limits->user_waiting);
	write_flag(where, "limit-root", limits->root_too);
	write_number(where, "transfer-limit", limits->transfer);
	write_number(where, "rate-limit", limits->rate);
	write_number(where, "stall-limit", limits->stall);
}

int dump(const struct settings *settings, FILE *out)
{
	const struct where where = {.sources = &settings->sources, .out = out};
	char key[16];

	snprintf(key, sizeof(key), "0x%08x", (unsigned)settings->key);
	fputs("# msgfetchd " PACKAGE_VERSION
	      ": what is in force, and where each value came from.\n",
	      out);
	write_string(&where, "key", key);
	write_optional(&where, "user", settings->user);
	write_optional(&where, "group", settings->group);
	write_limits(&where, &settings->limits);
	write_number(&where, "drain-limit", settings->drain_limit);
	write_number(&where, "orphan-age", settings->orphan_age);
	write_flag(&where, "access-log", settings->access_log);
	write_string(&where, "log-level", log_level_name(settings->log_level));
	write_ids(&where, "status-users", &settings->status_users);
	write_flag(&where, "classic-clients", settings->classic_clients);
	write_string(&where, "identity",
		     settings->as_requester ? IDENTITY_REQUESTER : IDENTITY_SERVICE);
	write_string(&where, "sandbox", sandbox_mode_name(settings->sandbox));
	for (size_t i = 0; i < settings->exports.count; i++)
		write_export(&settings->exports.list[i], &where);
	return ferror(out) != 0 ? -EIO : 0;
}
