/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/config/parser.h"

#include "common/suggest.h"
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
#define PLACE_BYTES 512
#define TEXT_BYTES 1024
#define NAME_BYTES 64 /* of "export|allow-groups" and the like */
#define SUFFIX ".conf"

struct fragments {
	char **paths;
	size_t count;
};

/*
 * The context of libconfuse's callbacks, which take none.  Valid while parser_read() runs;
 * only first is used later.
 */
static struct {
	const struct log *log;
	struct settings *settings;
	cfg_t *section; /* the section that is open; NULL until its first setting */
	unsigned errors;
	char last[PLACE_BYTES + TEXT_BYTES]; /* the last error: libconfuse checks lists twice */
	char first[PLACE_BYTES];             /* place of the first error; "" without one */
} parsing;

/* Bytes that end a word of libconfuse's. */
#define DELIMITERS " \t\r\n\"'={}()+,*#"

/* A walk through the text of a file. */
struct scan {
	char *at;
	const char *section; /* the brace that opened the outermost section; NULL: none */
	unsigned depth;      /* of braces */
	const char *open;    /* the start of a thing without an end; NULL: none */
	const char *what;    /* the name of this thing */
};

/* Ends the walk at start, a thing without an end. */
static void stop(struct scan *scan, const char *start, const char *what)
{
	scan->open = start;
	scan->what = what;
}

/* Skips ${NAME}.  Without an end on its line, libconfuse would take far too much for NAME. */
static void skip_variable(struct scan *scan)
{
	char *end = scan->at + strcspn(scan->at, "}\"'\n");

	if (*end == '}')
		scan->at = end + 1;
	else
		stop(scan, scan->at, "variable");
}

static void skip_string(struct scan *scan)
{
	const char *start = scan->at;
	char quote = *scan->at++;

	while (scan->open == NULL && *scan->at != quote) {
		if (*scan->at == '\0')
			stop(scan, start, "string");
		else if (quote == '"' && strncmp(scan->at, "${", 2) == 0)
			skip_variable(scan);
		else
			scan->at += scan->at[0] == '\\' && scan->at[1] != '\0' ? 2 : 1;
	}
	if (scan->open == NULL)
		scan->at++;
}

static void blank_block(struct scan *scan)
{
	const char *start = scan->at, *end = strstr(scan->at + 2, "*/");

	if (end == NULL) {
		stop(scan, start, "comment");
		return;
	}
	for (end += 2; scan->at < end; scan->at++)
		if (*scan->at != '\n')
			*scan->at = ' ';
}

static void blank_line(struct scan *scan)
{
	size_t length = strcspn(scan->at, "\n");

	memset(scan->at, ' ', length);
	scan->at += length;
}

static void count_brace(struct scan *scan)
{
	if (*scan->at == '{' && scan->depth++ == 0)
		scan->section = scan->at;
	else if (*scan->at == '}' && scan->depth > 0)
		scan->depth--;
	scan->at++;
}

/* Steps over one token, as libconfuse's lexer sees it. */
static void step(struct scan *scan)
{
	if (*scan->at == '#' || strncmp(scan->at, "//", 2) == 0)
		blank_line(scan);
	else if (strncmp(scan->at, "/*", 2) == 0)
		blank_block(scan);
	else if (strncmp(scan->at, "${", 2) == 0)
		skip_variable(scan);
	else if (*scan->at == '"' || *scan->at == '\'')
		skip_string(scan);
	else if (*scan->at == '{' || *scan->at == '}')
		count_brace(scan);
	else if (strchr(DELIMITERS, *scan->at) != NULL)
		scan->at++;
	else
		scan->at += strcspn(scan->at, DELIMITERS);
}

const char *parser_prepare(char *text, const char **start)
{
	struct scan scan = {.at = text};

	while (*scan.at != '\0' && scan.open == NULL)
		step(&scan);
	if (scan.open == NULL && scan.depth > 0)
		stop(&scan, scan.section, "section");
	*start = scan.open;
	return scan.what;
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

/* Logs an error at a place, unless the last error was the same. */
static void log_error(const char *path, unsigned line, const char *text)
{
	char place[PLACE_BYTES], whole[PLACE_BYTES + TEXT_BYTES];

	snprintf(place, sizeof(place), "%s:%u", path, line);
	snprintf(whole, sizeof(whole), "%s: %s", place, text);
	if (strcmp(whole, parsing.last) == 0)
		return;
	if (parsing.errors++ == 0)
		strlcpy(parsing.first, place, sizeof(parsing.first));
	strlcpy(parsing.last, whole, sizeof(parsing.last));
	log_write(parsing.log, LOG_ERR, "%s", whole);
}

/* Takes an error of libconfuse or of a callback. */
static void report(cfg_t *cfg, const char *format, va_list arguments)
{
	char text[512], quoted[TEXT_BYTES];

	vsnprintf(text, sizeof(text), format, arguments);
	log_error(cfg->filename != NULL ? cfg->filename : "configuration", (unsigned)cfg->line,
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
	/* Go on after an error, to find all errors. */
	if (error != 0)
		cfg_error(cfg, "%s = %s: %s", name, text, problem);
	return 0;
}

static int check_setting(cfg_t *cfg, cfg_opt_t *option)
{
	return note(cfg, NULL, cfg_opt_name(option)) != 0
		       ? -1
		       : check_value(cfg, option, settings_table, settings_count);
}

/* Refuses a second section of the same name.  The command line's exports are no sections. */
static void check_unique(cfg_t *section)
{
	const char *name = cfg_title(section);
	const struct setting_source *first =
		setting_sources_find(&parsing.settings->sources, name, "path");

	if (exports_find(&parsing.settings->exports, name) == NULL || first->file == NULL)
		return;
	cfg_error(section, "export \"%s\" is already defined at %s:%d", name, first->file,
		  first->line);
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
	if (strcmp(cfg_opt_name(option), "path") == 0)
		check_unique(section);
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
		return 0;
	}
	name = cfg_title(section);
	path = cfg_getstr(section, "path");
	if (!export_name_valid(name)) {
		cfg_error(cfg,
			  "export \"%s\": a name must be \"/\", or 1 to 255 bytes without a "
			  "slash",
			  name);
		return 0;
	}
	if (path == NULL || path[0] != '/') {
		cfg_error(cfg, "export \"%s\": path must be an absolute path", name);
		return 0;
	}
	if (parsing.errors > 0 || is_overridden(name))
		return 0;
	return add_export(section) == 0 ? 0 : out_of_memory(cfg);
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

/*
 * Returns the text of a file up to its first NUL, to be freed; or NULL with errno.  *length
 * includes the NUL if the file has one.
 */
static char *read_text(const char *path, size_t *length)
{
	FILE *file = fopen(path, "re");
	char *text = NULL;
	size_t size = 0;
	ssize_t got;
	int error;

	if (file == NULL)
		return NULL;
	errno = 0;
	got = getdelim(&text, &size, '\0', file);
	error = errno;
	if (got < 0) {
		free(text);
		/* An empty file is no error, but has no text. */
		text = ferror(file) ? NULL : strdup("\n");
	}
	*length = got < 0 ? 1 : (size_t)got;
	(void)fclose(file);
	errno = error;
	return text;
}

/* Logs an error at a place in text, a file's. */
static void refuse(const char *path, const char *text, const char *place, const char *problem)
{
	unsigned line = 1;

	for (; text < place; text++)
		line += *text == '\n';
	log_error(path, line, problem);
}

/* Refuses a word that is followed by '=' and is no setting. */
static void check_name(const char *path, const char *text, const struct scan *after,
		       const char *word)
{
	const struct setting *table = after->depth > 0 ? rules_table : settings_table;
	size_t count = after->depth > 0 ? rules_count : settings_count;
	const char *next = after->at + strspn(after->at, " \t\r\n"), *meant;
	char name[NAME_BYTES], quoted[2 * NAME_BYTES], problem[4 * NAME_BYTES];

	if (strchr(DELIMITERS, *word) != NULL || (*next != '=' && strncmp(next, "+=", 2) != 0))
		return;
	snprintf(name, sizeof(name), "%.*s", (int)(after->at - word), word);
	if (value_find(table, count, name) != NULL)
		return;
	meant = suggest(name, table, count, sizeof(*table));
	snprintf(problem, sizeof(problem), "%s: no such setting%s%s%s",
		 log_quote(quoted, sizeof(quoted), name),
		 meant != NULL ? "; did you mean " : "", meant != NULL ? meant : "",
		 meant != NULL ? "?" : "");
	refuse(path, text, word, problem);
}

/* Refuses all unknown settings of a prepared text: libconfuse would stop at the first. */
static void check_names(const char *path, char *text)
{
	struct scan scan = {.at = text};

	while (*scan.at != '\0') {
		const char *word = scan.at;

		step(&scan);
		check_name(path, text, &scan, word);
	}
}

static void cannot_read(const char *path, int error)
{
	parsing.errors++;
	log_write(parsing.log, LOG_ERR, "%s: cannot read the configuration: %s", path,
		  strerror(error));
}

static void parse_text(cfg_t *cfg, const char *path, char *text)
{
	FILE *file;

	free(cfg->filename);
	cfg->filename = strdup(path);
	/* Not cfg_parse_buf(), which would replace the file's name. */
	file = fmemopen(text, strlen(text), "r");
	if (cfg->filename == NULL || file == NULL)
		cannot_read(path, errno);
	else if (cfg_parse_fp(cfg, file) != CFG_SUCCESS && parsing.errors == 0)
		log_error(path, (unsigned)cfg->line, "cannot parse the file");
	if (file != NULL)
		(void)fclose(file);
}

/* Parses a file, and counts its errors. */
static void parse_file(cfg_t *cfg, const char *path)
{
	size_t length;
	char *text = read_text(path, &length), problem[64];
	const char *open, *start;
	unsigned before = parsing.errors;

	if (text == NULL) {
		cannot_read(path, errno);
		return;
	}
	open = parser_prepare(text, &start);
	if (strlen(text) < length) {
		refuse(path, text, text + strlen(text), "the file has a NUL byte");
	} else if (open != NULL) {
		snprintf(problem, sizeof(problem), "unterminated %s", open);
		refuse(path, text, start, problem);
	} else {
		check_names(path, text);
		/* The names are reported; let libconfuse find the errors in values. */
		if (parsing.errors > before)
			cfg->flags |= CFGF_IGNORE_UNKNOWN;
		parse_text(cfg, path, text);
	}
	free(text);
}

static void parse_fragments(cfg_t *cfg, const char *file)
{
	struct fragments fragments;
	int error = fragments_find(file, &fragments);

	if (error != 0) {
		parsing.errors++;
		log_write(parsing.log, LOG_ERR, "%s.d: cannot read the directory: %s", file,
			  strerror(-error));
		return;
	}
	for (size_t i = 0; i < fragments.count; i++)
		parse_file(cfg, fragments.paths[i]);
	fragments_free(&fragments);
}

int parser_read(const char *file, const struct log *log, struct settings *settings)
{
	cfg_t *cfg = new_parser();
	int error = 0;

	if (cfg == NULL)
		return -ENOMEM;
	parsing.log = log;
	parsing.settings = settings;
	parsing.errors = 0;
	parsing.last[0] = parsing.first[0] = '\0';
	parse_file(cfg, file);
	parse_fragments(cfg, file);
	if (parsing.errors > 0)
		error = -EINVAL;
	else
		error = read_values(cfg, settings_table, settings_count, settings);
	cfg_free(cfg);
	parsing.log = NULL;
	parsing.settings = NULL;
	parsing.section = NULL;
	return error;
}

const char *parser_first_error(void)
{
	return parsing.first[0] != '\0' ? parsing.first : NULL;
}
