/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/command/cli/options.h"

#include "client/command/base/nearest.h"
#include "client/command/base/target.h"
#include "client/command/cli/optionvalues.h"
#include "client/command/cli/pathlist.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Sets of actions. */
#define WITH(action) (1u << (action))
#define FETCH WITH(OPTIONS_FETCH)
#define LIST WITH(OPTIONS_LIST)
#define DOCTOR WITH(OPTIONS_DOCTOR)
#define STAT WITH(OPTIONS_STAT)
#define ALL UINT_MAX

#define FIELD(name) offsetof(struct options, name)

/* One option.  Has one of take, flag, text and action; an action may have take as well. */
struct row {
	const char *name;
	int option;
	int argument;     /* no_argument and the like */
	unsigned actions; /* a set: the actions that the option has a meaning with */
	optionvalue_take *take;
	size_t flag;                /* the offset of a bool to set; 0: none */
	size_t text;                /* the offset of a string that must not be empty; 0: none */
	enum options_action action; /* FETCH: none */
};

static const struct row rows[] = {
	{"continue", 'c', no_argument, FETCH, .flag = FIELD(continued)},
	{"create-dirs", LONG_CREATE_DIRS, no_argument, FETCH, .flag = FIELD(create_dirs)},
	{"digest", LONG_DIGEST, optional_argument, FETCH, .take = optionvalue_digest},
	{"doctor", LONG_DOCTOR, no_argument, ALL, .action = OPTIONS_DOCTOR},
	{"dry-run", 'n', no_argument, FETCH, .flag = FIELD(dry_run)},
	{"exclude", LONG_EXCLUDE, required_argument, FETCH, .take = optionvalue_exclude},
	{"exclude-from", LONG_EXCLUDE_FROM, required_argument, FETCH,
	 .take = optionvalue_exclude_from},
	{"existing", LONG_EXISTING, no_argument, FETCH, .flag = FIELD(existing)},
	{"fail-early", LONG_FAIL_EARLY, no_argument, FETCH, .flag = FIELD(fail_early)},
	{"files-from", 'T', required_argument, FETCH | LIST | STAT, .text = FIELD(files_from)},
	{"follow", 'f', no_argument, FETCH, .flag = FIELD(follow)},
	{"help", 'h', no_argument, ALL, .action = OPTIONS_HELP},
	{"human", LONG_HUMAN, no_argument, LIST, .flag = FIELD(human)},
	{"include", LONG_INCLUDE, required_argument, FETCH, .take = optionvalue_include},
	{"include-from", LONG_INCLUDE_FROM, required_argument, FETCH,
	 .take = optionvalue_include_from},
	{"inplace", LONG_INPLACE, no_argument, FETCH, .flag = FIELD(in_place)},
	{"jobs", 'j', required_argument, FETCH, .take = optionvalue_jobs},
	{"json", LONG_JSON, no_argument, FETCH | LIST | STAT | DOCTOR, .flag = FIELD(json)},
	{"key", 'k', required_argument, ALL, .take = optionvalue_key},
	{"lines", LONG_LINES, required_argument, FETCH, .take = optionvalue_lines},
	{"list", 'l', no_argument, LIST, .action = OPTIONS_LIST},
	{"long", LONG_LONG, no_argument, LIST, .flag = FIELD(list_long)},
	{"max-size", LONG_MAX_SIZE, required_argument, FETCH, .take = optionvalue_max_size},
	{"min-size", LONG_MIN_SIZE, required_argument, FETCH, .take = optionvalue_min_size},
	{"modify-window", LONG_MODIFY_WINDOW, required_argument, FETCH,
	 .take = optionvalue_modify_window},
	{"no-glob", LONG_NO_GLOB, no_argument, FETCH | LIST | STAT, .flag = FIELD(no_glob)},
	{"null", '0', no_argument, FETCH | LIST | STAT, .flag = FIELD(null)},
	{"output", 'o', required_argument, FETCH, .text = FIELD(output)},
	{"output-dir", 'D', required_argument, FETCH, .text = FIELD(directory)},
	{"ping", 'P', no_argument, ALL, .action = OPTIONS_PING},
	{"preserve", 'p', no_argument, FETCH, .flag = FIELD(preserve)},
	{"print-digest", LONG_PRINT_DIGEST, no_argument, FETCH, .flag = FIELD(print_digest)},
	{"progress", LONG_PROGRESS, required_argument, ALL, .take = optionvalue_progress},
	{"quiet", 'q', no_argument, ALL, .flag = FIELD(quiet)},
	{"range", LONG_RANGE, required_argument, FETCH, .take = optionvalue_range},
	{"recursive", 'r', no_argument, FETCH | LIST, .flag = FIELD(recursive)},
	{"remote-name", 'O', no_argument, FETCH, .take = optionvalue_remote_name},
	{"retry", LONG_RETRY, required_argument, ALL, .take = optionvalue_retry},
	{"ring", LONG_RING, required_argument, ALL, .take = optionvalue_ring},
	{"server-user", LONG_SERVER_USER, required_argument, ALL,
	 .text = FIELD(session.server_user)},
	{"skip-existing", LONG_SKIP_EXISTING, no_argument, FETCH, .flag = FIELD(skip_existing)},
	{"sort", LONG_SORT, required_argument, LIST, .take = optionvalue_sort},
	{"stall-timeout", LONG_STALL_TIMEOUT, required_argument, ALL,
	 .take = optionvalue_stall_timeout},
	{"stat", 's', no_argument, STAT, .action = OPTIONS_STAT},
	{"status", LONG_STATUS, optional_argument, ALL, .take = optionvalue_format,
	 .action = OPTIONS_STATUS},
	{"strict", LONG_STRICT, no_argument, FETCH, .flag = FIELD(strict)},
	{"timeout", 'w', required_argument, ALL, .take = optionvalue_timeout},
	{"top", LONG_TOP, no_argument, ALL, .action = OPTIONS_TOP},
	{"transport", LONG_TRANSPORT, required_argument, ALL, .take = optionvalue_transport},
	{"update", 'u', no_argument, FETCH, .flag = FIELD(update)},
	{"verbose", 'v', no_argument, ALL, .flag = FIELD(verbose)},
	{"version", 'V', no_argument, ALL, .action = OPTIONS_VERSION},
};
enum { ROW_COUNT = sizeof(rows) / sizeof(rows[0]) };

static const struct row *find_row(int option)
{
	for (size_t i = 0; i < ROW_COUNT; i++) {
		if (rows[i].option == option)
			return &rows[i];
	}
	return NULL;
}

const char *options_name(int option)
{
	const struct row *row = find_row(option);

	return row != NULL ? row->name : NULL;
}

bool options_apply(int option, enum options_action action)
{
	const struct row *row = find_row(option);

	return row != NULL && (row->actions & WITH(action)) != 0;
}

/* The table in the form of getopt_long(3). */
struct grammar {
	char letters[3 * ROW_COUNT + 2];
	struct option names[ROW_COUNT + 1];
};

static void describe(struct grammar *grammar)
{
	char *at = grammar->letters + 1; /* after the colon */

	for (size_t i = 0; i < ROW_COUNT; i++) {
		grammar->names[i] = (struct option){
			.name = rows[i].name,
			.has_arg = rows[i].argument,
			.val = rows[i].option,
		};
		if (rows[i].option > UCHAR_MAX)
			continue;
		*at++ = (char)rows[i].option;
		if (rows[i].argument == required_argument)
			*at++ = ':';
	}
	*at = '\0';
	grammar->names[ROW_COUNT] = (struct option){0};
}

/* Words the error for an argument that is no option, with a suggestion if one is near. */
static int refuse_name(char **error, const char *argument)
{
	struct nearest nearest = {.word = argument + strspn(argument, "-")};
	char reason[128] = "is not an option, or abbreviates several";

	nearest.length = strcspn(nearest.word, "=");
	for (size_t i = 0; i < ROW_COUNT; i++)
		nearest_add(&nearest, rows[i].name);
	if (nearest.name != NULL)
		(void)snprintf(reason, sizeof(reason), "is not an option; did you mean --%s?",
			       nearest.name);
	return usage_error_value(error, NULL, argument, reason);
}

/* Words the error for a '?' of getopt_long(), which stopped at argument. */
static int refuse_option(char **error, int option, const char *argument)
{
	const char *name = options_name(option);
	const char letter[] = {'-', (char)option, '\0'};

	if (option == 0)
		return refuse_name(error, argument);
	if (name != NULL)
		return usage_error(error, "--%s takes no value", name);
	return usage_error_value(error, NULL, letter, "is not an option");
}

static int take_text(struct options *options, const struct row *row, const char *text,
		     char **error)
{
	if (text[0] == '\0')
		return usage_error(error, "--%s: the value is empty", row->name);
	memcpy((char *)options + row->text, &text, sizeof(text));
	return 0;
}

/* Returns the name of the option that stands for the action. */
static const char *action_option(enum options_action action)
{
	for (size_t i = 0; i < ROW_COUNT; i++) {
		if (rows[i].action == action)
			return rows[i].name;
	}
	return NULL;
}

static int take_action(struct options *options, const struct row *row, char **error)
{
	if (options->action != OPTIONS_FETCH && options->action != row->action &&
	    row->action != OPTIONS_HELP && row->action != OPTIONS_VERSION)
		return usage_error(error, "--%s excludes --%s", action_option(options->action),
				   row->name);
	options->action = row->action;
	return 0;
}

/* Stores one option found by getopt_long(). */
static int take_option(struct options *options, const struct row *row, const char *text,
		       char **error)
{
	static const bool yes = true;
	char name[64];
	int result;

	options->given[row->option] = true;
	if (row->action != OPTIONS_FETCH) {
		result = take_action(options, row, error);
		if (result != 0 || row->take == NULL)
			return result;
	}
	if (row->text != 0)
		return take_text(options, row, text, error);
	if (row->flag != 0) {
		memcpy((char *)options + row->flag, &yes, sizeof(yes));
		return 0;
	}
	(void)snprintf(name, sizeof(name), "--%s", row->name);
	return row->take(&(struct optionvalue){
		.options = options, .name = name, .text = text, .error = error});
}

/*
 * Takes argv's options, up to --help or --version.  Sets *letter_h if -h is among them: its
 * meaning depends on the action.
 */
static int take_each(struct options *options, int argc, char *argv[], bool *letter_h,
		     char **error)
{
	struct grammar grammar = {.letters = ":"};
	int result = 0;

	describe(&grammar);
	optind = 0; /* glibc: start over */
	opterr = 0;
	while (result == 0 && options->action != OPTIONS_HELP &&
	       options->action != OPTIONS_VERSION) {
		int index = -1; /* stays for a letter */
		int option = getopt_long(argc, argv, grammar.letters, grammar.names, &index);
		const struct row *row = find_row(option);

		if (option < 0)
			break;
		if (option == ':')
			return usage_error(error, "--%s needs a value", options_name(optopt));
		if (row == NULL) /* option is '?' */
			return refuse_option(error, optopt, argv[optind - 1]);
		if (option == 'h' && index < 0)
			*letter_h = true;
		else
			result = take_option(options, row, optarg, error);
	}
	return result;
}

/* Takes argv's options.  -h means --human with --list, and --help otherwise. */
static int take_options(struct options *options, int argc, char *argv[], char **error)
{
	bool letter_h = false;
	int result = take_each(options, argc, argv, &letter_h, error);

	if (letter_h && options->action == OPTIONS_LIST) {
		options->human = true;
	} else if (letter_h && result != -ENOMEM) {
		free(*error);
		*error = NULL;
		options->action = OPTIONS_HELP;
		result = 0;
	}
	if (options->human)
		options->list_long = true;
	return result;
}

/*
 * Drops repeated paths of a list, and notes paths whose local name an earlier path has: such
 * a path fails, and the others of the list do not.  Returns 0 or -ENOMEM.
 */
static int resolve_collisions(struct options *options)
{
	size_t kept = 0;

	options->earlier = calloc(options->path_count + 1, sizeof(*options->earlier));
	if (options->earlier == NULL ||
	    target_find_earlier(options->paths, options->path_count, options->earlier) != 0)
		return -ENOMEM;
	for (size_t i = 0; i < options->path_count; i++) {
		const char *earlier = options->earlier[i];

		if (earlier != NULL && strcmp(earlier, options->paths[i]) == 0)
			continue;
		options->earlier[kept] = earlier;
		options->paths[kept++] = options->paths[i];
	}
	options->path_count = kept;
	return 0;
}

/* Takes the paths after the options, and those of --files-from. */
static int take_paths(struct options *options, int argc, char *argv[], char **error)
{
	struct pathlist list;
	char reason[128];
	int result;

	options->paths = argv + optind;
	options->path_count = (size_t)(argc - optind);
	options->argument_count = options->path_count;
	if (options->files_from == NULL)
		return 0;
	result = pathlist_read(&list, options->files_from, options->null ? '\0' : '\n',
			       options->paths, options->path_count);
	if (result == -ENOMEM)
		return result;
	if (result == -EILSEQ)
		return usage_error_value(error, "--files-from", options->files_from,
					 "has a NUL in a line; --null reads such lists");
	if (result != 0) {
		(void)snprintf(reason, sizeof(reason), "cannot be read: %s", strerror(-result));
		return usage_error_value(error, "--files-from", options->files_from, reason);
	}
	options->paths = list.paths;
	options->path_count = list.count;
	options->list = list.text;
	return options->directory != NULL ? resolve_collisions(options) : 0;
}

int options_parse(struct options *options, int argc, char *argv[], const char *key,
		  char **error)
{
	int result;

	*options = (struct options){
		.action = OPTIONS_FETCH,
		.jobs = 1,
		.max_size = UINT64_MAX,
	};
	msgfetch_options_init(&options->session);
	result = take_options(options, argc, argv, error);
	if (result != 0 || options->action == OPTIONS_HELP ||
	    options->action == OPTIONS_VERSION)
		return result;
	if (!options->given['k'] && key != NULL && key[0] != '\0')
		result = optionvalue_key(&(struct optionvalue){.options = options,
							       .name = "MSGFETCH_KEY",
							       .text = key,
							       .error = error});
	if (result == 0)
		result = take_paths(options, argc, argv, error);
	if (result != 0)
		return result;
	if (options->output != NULL && strcmp(options->output, "-") == 0 &&
	    options->directory == NULL)
		options->output = NULL;
	if (options->print_digest && options->digest == MSGFETCH_DIGEST_NONE)
		options->digest = MSGFETCH_DIGEST_SHA256;
	return 0;
}

void options_free(struct options *options)
{
	if (options->list != NULL)
		free(options->paths);
	free(options->list);
	free(options->earlier);
	patterns_free(&options->patterns);
	options->paths = NULL;
	options->list = NULL;
	options->earlier = NULL;
}
