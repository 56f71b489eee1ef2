/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/config/dump.h"

#include "common/log.h"
#include "server/config/rules.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

/* A table and the struct that it describes. */
struct section {
	const char *name; /* of the export; NULL: none */
	const char *indent;
	const void *base;
	const struct setting_sources *sources;
};

static void write_source(const struct section *section, const char *setting, FILE *out)
{
	const struct setting_source *source =
		setting_sources_find(section->sources, section->name, setting);
	char file[PATH_MAX];

	if (source == NULL)
		fputs("  # default\n", out);
	else if (source->file == NULL)
		fputs("  # command line\n", out);
	else
		fprintf(out, "  # %s:%d\n", log_quote(file, sizeof(file), source->file),
			source->line);
}

static void write_setting(const struct section *section, const struct setting *setting,
			  FILE *out)
{
	if (value_is_set(setting, section->base)) {
		fprintf(out, "%s%s = ", section->indent, setting->name);
		value_write(setting, section->base, out);
	} else {
		fprintf(out, "%s# %s is not set", section->indent, setting->name);
	}
	write_source(section, setting->name, out);
}

/* Makes the path absolute: a path of the command line can be relative. */
static void resolve(const char *path, char *whole, size_t size)
{
	char here[PATH_MAX];

	if (path[0] == '/' || getcwd(here, sizeof(here)) == NULL)
		strlcpy(whole, path, size);
	else
		snprintf(whole, size, "%s/%s", here, path);
}

static void write_export(const struct export *export, const struct setting_sources *sources,
			 FILE *out)
{
	char path[2 * PATH_MAX];
	struct rules rules = rules_of(export);
	const struct section section = {export->name, "\t", &rules, sources};

	resolve(export->path, path, sizeof(path));
	rules.path = path;
	fputs("\nexport ", out);
	value_write_quoted(export->name, out);
	fputs(" {\n", out);
	for (size_t i = 0; i < rules_count; i++)
		write_setting(&section, &rules_table[i], out);
	fputs("}\n", out);
}

int dump(const struct settings *settings, FILE *out)
{
	const struct section section = {NULL, "", settings, &settings->sources};

	fputs("# msgfetchd " PACKAGE_VERSION
	      ": the settings in force, and the source of each value.\n",
	      out);
	for (size_t i = 0; i < settings_count; i++)
		write_setting(&section, &settings_table[i], out);
	for (size_t i = 0; i < settings->exports.count; i++)
		write_export(&settings->exports.list[i], &settings->sources, out);
	return ferror(out) != 0 ? -EIO : 0;
}
