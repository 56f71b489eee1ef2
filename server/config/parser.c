/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/config/parser.h"

#include "server/config/rules.h"
#include "server/config/settings.h"

#include <confuse.h>
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT "export"
#define NAME_BYTES 64 /* of "export|allow-groups" and the like */
#define SUFFIX ".conf"

struct fragments {
	char **paths;
	size_t count;
};

/*
 * The context of libconfuse's callbacks, which take none.  Valid while parser_read() runs;
 * nothing else may use it.
 */
static struct {
	const struct log *log;
	struct settings *settings;
	cfg_t *section; /* the section that is open; NULL until its first setting */
} parsing;

/* Returns the end of the quoted string at text, or the end of the text. */
static char *skip_string(char *text)
{
	char quote = *text++;

	while (*text != '\0' && *text != quote)
		text += text[0] == '\\' && text[1] != '\0' ? 2 : 1;
	return *text != '\0' ? text + 1 : text;
}

static char *blank_block(char *text)
{
	char *end = strstr(text + 2, "*/");

	end = end != NULL ? end + 2 : text + strlen(text);
	for (; text < end; text++)
		if (*text != '\n')
			*text = ' ';
	return end;
}

static char *blank_line(char *text)
{
	size_t length = strcspn(text, "\n");

	memset(text, ' ', length);
	return text + length;
}

void parser_blank_comments(char *text)
{
	bool word_begins = true;

	while (*text != '\0') {
		bool comment = *text == '#' || strncmp(text, "//", 2) == 0;

		if (word_begins && comment) {
			text = blank_line(text);
			continue;
		}
		if (strncmp(text, "/*", 2) == 0 && word_begins) {
			text = blank_block(text);
		} else if (*text == '"' || *text == '\'') {
			text = skip_string(text);
			word_begins = true;
		} else {
			word_begins = strchr(" \t\r\n{}(),=", *text) != NULL;
			text++;
		}
	}
}

static int is_fragment(const struct dirent *entry)
{
	size_t length = strlen(entry->d_name), suffix = strlen(SUFFIX);

	if (entry->d_type != DT_REG && entry->d_type != DT_LNK && entry->d_type != DT_UNKNOWN)
		return 0;
	return entry->d_name[0] != '.' && length > suffix &&
	       strcmp(entry->d_name + length - suffix, SUFFIX) == 0;
}

/* Compares bytes: the order of alphasort(3) depends on the locale. */
static int by_name(const struct dirent **one, const struct dirent **other)
{
	return strcmp((*one)->d_name, (*other)->d_name);
}

static int join_all(const char *directory, struct dirent **entries, int count,
		    struct fragments *fragments)
{
	fragments->paths = calloc((size_t)count, sizeof(*fragments->paths));
	if (fragments->paths == NULL)
		return -ENOMEM;
	for (int i = 0; i < count; i++) {
		char *path;

		if (asprintf(&path, "%s/%s", directory, entries[i]->d_name) < 0)
			return -ENOMEM;
		fragments->paths[fragments->count++] = path;
	}
	return 0;
}

static void fragments_free(struct fragments *fragments)
{
	for (size_t i = 0; i < fragments->count; i++)
		free(fragments->paths[i]);
	free(fragments->paths);
	*fragments = (struct fragments){0};
}

/*
 * Finds the fragments of file.  Returns 0 and *fragments, which may be empty, to be freed with
 * fragments_free(); or a negative errno if the directory exists but cannot be read.
 */
static int fragments_find(const char *file, struct fragments *fragments)
{
	struct dirent **entries = NULL;
	char *directory;
	int count, error = 0;

	*fragments = (struct fragments){0};
	if (asprintf(&directory, "%s.d", file) < 0)
		return -ENOMEM;
	count = scandir(directory, &entries, is_fragment, by_name);
	if (count < 0 && errno != ENOENT && errno != ENOTDIR)
		error = -errno;
	if (count > 0)
		error = join_all(directory, entries, count, fragments);
	for (int i = 0; i < count; i++)
		free(entries[i]);
	free(entries);
	free(directory);
	if (error != 0)
		fragments_free(fragments);
	return error;
}

/* Logs an error of libconfuse or of a callback, with file and line. */
static void report(cfg_t *cfg, const char *format, va_list arguments)
{
	char text[512], quoted[1024];

	vsnprintf(text, sizeof(text), format, arguments);
	log_write(parsing.log, LOG_ERR, "%s:%d: %s",
		  cfg->filename != NULL ? cfg->filename : "configuration", cfg->line,
		  log_quote(quoted, sizeof(quoted), text));
}

static int out_of_memory(cfg_t *cfg)
{
	cfg_error(cfg, "out of memory");
	return -1;
}

static int note(cfg_t *cfg, const char *section, const char *setting)
{
	return setting_sources_note(&parsing.settings->sources, section, setting, cfg->filename,
				    cfg->line) == 0
		       ? 0
		       : out_of_memory(cfg);
}

/* Checks the value of option, or the last one of its list, against its row. */
static int check_value(cfg_t *cfg, cfg_opt_t *option, const struct setting table[],
		       size_t count)
{
	const char *name = cfg_opt_name(option);
	const char *text = cfg_opt_getnstr(option, cfg_opt_size(option) - 1);
	char problem[VALUE_PROBLEM_BYTES];
	int error = value_check(value_find(table, count, name), text, problem);

	if (error == -ENOMEM)
		return out_of_memory(cfg);
	if (error != 0)
		cfg_error(cfg, "%s = %s: %s", name, text, problem);
	return error;
}

static int check_setting(cfg_t *cfg, cfg_opt_t *option)
{
	return note(cfg, NULL, cfg_opt_name(option)) != 0
		       ? -1
		       : check_value(cfg, option, settings_table, settings_count);
}

/* Refuses a second section of the same name.  The command line's exports are no sections. */
static int check_unique(cfg_t *section)
{
	const char *name = cfg_title(section);
	const struct setting_source *first =
		setting_sources_find(&parsing.settings->sources, name, "path");

	if (exports_find(&parsing.settings->exports, name) == NULL || first->file == NULL)
		return 0;
	cfg_error(section, "export \"%s\" is already defined at %s:%d", name, first->file,
		  first->line);
	return -1;
}

/* Returns true if the command line defines the export: its rules in the file do not count. */
static bool is_overridden(const char *name)
{
	return exports_find(&parsing.settings->exports, name) != NULL;
}

static int check_rule(cfg_t *section, cfg_opt_t *option)
{
	const char *name = cfg_title(section);

	parsing.section = section;
	if (check_unique(section) != 0)
		return -1;
	if (!is_overridden(name) && note(section, name, cfg_opt_name(option)) != 0)
		return -1;
	return check_value(section, option, rules_table, rules_count);
}

/* Reads all values of a section, which were checked one by one. */
static int read_values(cfg_t *cfg, const struct setting table[], size_t count, void *base)
{
	char problem[VALUE_PROBLEM_BYTES];
	int error = 0;

	for (size_t i = 0; i < count; i++) {
		const char *name = table[i].name;

		for (unsigned n = 0; error == 0 && n < cfg_size(cfg, name); n++)
			if (cfg_getnstr(cfg, name, n) != NULL)
				error = value_read(&table[i], cfg_getnstr(cfg, name, n), base,
						   problem);
	}
	return error;
}

static int add_export(cfg_t *section)
{
	struct exports *exports = &parsing.settings->exports;
	const char *name = cfg_title(section);
	struct rules rules = {0};
	int error = read_values(section, rules_table, rules_count, &rules);

	if (error == 0)
		error = exports_add(exports, name, rules.path);
	if (error == 0)
		rules_move(&rules, exports_find(exports, name));
	rules_free(&rules);
	return error;
}

/* Called at the end of a section. */
static int check_export(cfg_t *cfg, cfg_opt_t *option)
{
	cfg_t *section = parsing.section;
	const char *name, *path;

	(void)option;
	parsing.section = NULL;
	if (section == NULL) {
		cfg_error(cfg, "export: path must be set");
		return -1;
	}
	name = cfg_title(section);
	path = cfg_getstr(section, "path");
	if (!export_name_valid(name)) {
		cfg_error(cfg,
			  "export \"%s\": a name must be \"/\", or 1 to 255 bytes without a "
			  "slash",
			  name);
		return -1;
	}
	if (path == NULL || path[0] != '/') {
		cfg_error(cfg, "export \"%s\": path must be an absolute path", name);
		return -1;
	}
	return is_overridden(name) || add_export(section) == 0 ? 0 : out_of_memory(cfg);
}

static void set_checks(cfg_t *cfg)
{
	char name[NAME_BYTES];

	for (size_t i = 0; i < settings_count; i++)
		cfg_set_validate_func(cfg, settings_table[i].name, check_setting);
	for (size_t i = 0; i < rules_count; i++) {
		snprintf(name, sizeof(name), EXPORT "|%s", rules_table[i].name);
		cfg_set_validate_func(cfg, name, check_rule);
	}
	cfg_set_validate_func(cfg, EXPORT, check_export);
}

/* Fills options, which holds count + 1, from a table: all values are texts to libconfuse. */
static void describe(const struct setting table[], size_t count, cfg_opt_t options[])
{
	for (size_t i = 0; i < count; i++)
		options[i] = value_is_list(&table[i])
				     ? (cfg_opt_t)CFG_STR_LIST(table[i].name, NULL, CFGF_NONE)
				     : (cfg_opt_t)CFG_STR(table[i].name, NULL, CFGF_NONE);
	options[count] = (cfg_opt_t)CFG_END();
}

/* Returns a parser for both tables, or NULL: out of memory. */
static cfg_t *new_parser(void)
{
	cfg_opt_t *rules = calloc(rules_count + 1, sizeof(*rules));
	cfg_opt_t *options = calloc(settings_count + 2, sizeof(*options));
	cfg_t *cfg = NULL;

	if (rules != NULL && options != NULL) {
		describe(rules_table, rules_count, rules);
		describe(settings_table, settings_count, options + 1);
		options[0] = (cfg_opt_t)CFG_SEC(EXPORT, rules, CFGF_MULTI | CFGF_TITLE);
		cfg = cfg_init(options, CFGF_NONE);
	}
	free(rules);
	free(options);
	if (cfg == NULL)
		return NULL;
	cfg_set_error_function(cfg, report);
	set_checks(cfg);
	return cfg;
}

/* Returns the text of a file, NUL-terminated, to be freed; or NULL with errno. */
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
	if (length < 0 && !ferror(file)) { /* an empty file */
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

static int cannot_read(const char *path, int error)
{
	log_write(parsing.log, LOG_ERR, "%s: cannot read the configuration: %s", path,
		  strerror(error));
	return -EINVAL;
}

static int parse_text(cfg_t *cfg, const char *path, char *text)
{
	int result = CFG_PARSE_ERROR;
	FILE *file;

	parser_blank_comments(text);
	free(cfg->filename);
	cfg->filename = strdup(path);
	/* Not cfg_parse_buf(), which would replace the file's name. */
	file = fmemopen(text, strlen(text), "r");
	if (cfg->filename == NULL || file == NULL)
		cannot_read(path, errno);
	else
		result = cfg_parse_fp(cfg, file);
	if (file != NULL)
		(void)fclose(file);
	return result == CFG_SUCCESS ? 0 : -EINVAL;
}

static int parse_file(cfg_t *cfg, const char *path)
{
	char *text = read_text(path);
	int error;

	if (text == NULL)
		return cannot_read(path, errno);
	error = parse_text(cfg, path, text);
	free(text);
	return error;
}

static int parse_fragments(cfg_t *cfg, const char *file)
{
	struct fragments fragments;
	int error = fragments_find(file, &fragments);

	if (error != 0) {
		log_write(parsing.log, LOG_ERR, "%s.d: cannot read the directory: %s", file,
			  strerror(-error));
		return -EINVAL;
	}
	for (size_t i = 0; error == 0 && i < fragments.count; i++)
		error = parse_file(cfg, fragments.paths[i]);
	fragments_free(&fragments);
	return error;
}

int parser_read(const char *file, const struct log *log, struct settings *settings)
{
	cfg_t *cfg = new_parser();
	int error;

	if (cfg == NULL)
		return -ENOMEM;
	parsing.log = log;
	parsing.settings = settings;
	error = parse_file(cfg, file);
	if (error == 0)
		error = parse_fragments(cfg, file);
	if (error == 0)
		error = read_values(cfg, settings_table, settings_count, settings);
	cfg_free(cfg);
	parsing.log = NULL;
	parsing.settings = NULL;
	parsing.section = NULL;
	return error;
}
