/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/command/cli/option_rules.h"

#include "client/command/base/target.h"
#include "client/command/base/text.h"
#include "client/command/cli/optionvalues.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Two options that exclude each other. */
struct exclusion {
	int option, other;
};

static const struct exclusion exclusions[] = {
	{'q', 'v'},
	{'o', 'O'},
	{'o', 'D'},
	{'r', LONG_RANGE},
	{'c', 'r'},
	{'c', LONG_RANGE},
	{'c', LONG_INPLACE},
	{'u', LONG_RANGE},
	{LONG_RANGE, LONG_DIGEST},
	{LONG_RANGE, LONG_PRINT_DIGEST},
	{LONG_RANGE, LONG_MAX_SIZE},
	{LONG_RANGE, LONG_MIN_SIZE},
	{LONG_RANGE, LONG_EXISTING},
	{LONG_EXISTING, LONG_SKIP_EXISTING},
	{'f', 'o'},
	{'f', 'O'},
	{'f', 'D'},
	{'f', 'r'},
	{'f', 'c'},
	{'f', 'p'},
	{'f', 'u'},
	{'f', 'n'},
	{'f', 'j'},
	{'f', LONG_CREATE_DIRS},
	{'f', LONG_DIGEST},
	{'f', LONG_PRINT_DIGEST},
	{'f', LONG_MAX_SIZE},
	{'f', LONG_MIN_SIZE},
	{'f', LONG_EXISTING},
	{'f', LONG_SKIP_EXISTING},
	{'f', LONG_STRICT},
	{LONG_LINES, LONG_RANGE},
	{LONG_RANGE, LONG_SKIP_EXISTING},
	{LONG_JSON, LONG_LONG},
	{LONG_JSON, LONG_PRINT_DIGEST},
	{'n', LONG_DIGEST},
	{'n', LONG_PRINT_DIGEST},
	{'n', LONG_RANGE},
	{'n', 'j'},
	{'j', LONG_FAIL_EARLY},
};

/* An option, and the other option that it needs. */
struct need {
	int option, other;
};

static const struct need needs[] = {
	{LONG_EXCLUDE, 'r'},      {LONG_INCLUDE, 'r'},      {LONG_LINES, 'f'},
	{LONG_EXCLUDE_FROM, 'r'}, {LONG_INCLUDE_FROM, 'r'},
};

/* An option of fetching that needs a target file or directory, and the reason. */
struct target_need {
	int option;
	bool always; /* also with --dry-run */
	const char *reason;
};

static const struct target_need target_needs[] = {
	{'r', false, "a directory cannot go to standard output"},
	{'c', false, "standard output cannot be resumed"},
	{'p', false, "standard output has no mode and no time"},
	{'j', false, "on standard output the files would be mixed"},
	{'u', true, "the comparison needs a local file"},
	{LONG_SKIP_EXISTING, true, "the check needs the name of a local file"},
	{LONG_EXISTING, true, "the check needs the name of a local file"},
	{LONG_INPLACE, true, "the bytes go into a local file"},
	{LONG_CREATE_DIRS, true, "standard output needs no directory"},
	{LONG_JSON, false, "standard output takes the lines of this option"},
	{LONG_PRINT_DIGEST, false, "standard output takes the lines of this option"},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *action_name(enum options_action action)
{
	switch (action) {
	case OPTIONS_LIST:
		return "list";
	case OPTIONS_STAT:
		return "stat";
	case OPTIONS_PING:
		return "ping";
	case OPTIONS_DOCTOR:
		return "doctor";
	case OPTIONS_STATUS:
		return "status";
	case OPTIONS_TOP:
		return "top";
	case OPTIONS_FETCH:
	case OPTIONS_HELP:
	case OPTIONS_VERSION:
		break;
	}
	return NULL;
}

/* Refuses options without a meaning for the action. */
static int check_action(const struct options *options, char **error)
{
	const char *action = action_name(options->action);

	for (int option = 0; option < LONG_END; option++) {
		if (!options->given[option] || options_apply(option, options->action))
			continue;
		if (action == NULL)
			return usage_error(error, "--%s needs --list", options_name(option));
		return usage_error(error, "--%s excludes --%s", action, options_name(option));
	}
	return 0;
}

static int check_pairs(const struct options *options, char **error)
{
	const bool *given = options->given;

	for (size_t i = 0; i < COUNT(exclusions); i++) {
		if (given[exclusions[i].option] && given[exclusions[i].other])
			return usage_error(error, "--%s excludes --%s",
					   options_name(exclusions[i].option),
					   options_name(exclusions[i].other));
	}
	for (size_t i = 0; i < COUNT(needs); i++) {
		if (given[needs[i].option] && !given[needs[i].other])
			return usage_error(error, "--%s needs --%s",
					   options_name(needs[i].option),
					   options_name(needs[i].other));
	}
	return 0;
}

static int check_target(const struct options *options, char **error)
{
	if (options->output != NULL || options->directory != NULL || options->follow)
		return 0;
	for (size_t i = 0; i < COUNT(target_needs); i++) {
		if (options->given[target_needs[i].option] &&
		    (target_needs[i].always || !options->dry_run))
			return usage_error(error,
					   "--%s needs --remote-name, --output-dir or "
					   "--output: %s",
					   options_name(target_needs[i].option),
					   target_needs[i].reason);
	}
	return 0;
}

static int check_name_collision(const struct options *options, char **error)
{
	const char *first, *second;
	char *one, *other;
	int result;

	if (target_find_name_collision(options->paths, options->path_count, &first, &second) !=
	    0)
		return -ENOMEM;
	if (first == NULL)
		return 0;
	one = text_quote(first);
	other = text_quote(second);
	if (one == NULL || other == NULL)
		result = -ENOMEM;
	else
		result = usage_error(error,
				     "\"%s\" and \"%s\" would be written to the same file", one,
				     other);
	free(one);
	free(other);
	return result;
}

static int check_remote_names(const struct options *options, char **error)
{
	for (size_t i = 0; i < options->path_count; i++) {
		const char *path = options->paths[i];
		size_t length;
		const char *name = target_name(path, &length);

		if (name == NULL || (name[length] == '/' && !options->recursive))
			return usage_error_value(error, NULL, path,
						 "does not end in the name of a file");
	}
	return check_name_collision(options, error);
}

/*
 * Returns whether the last path is a local name, as cp(1) takes for a target.  A remote path
 * begins with an export, and never with a dot and a slash.
 */
static bool is_local(const struct options *options)
{
	static const char *const names[] = {".", "..", "./", "../"};
	const char *last = options->paths[options->path_count - 1];

	if (options->action != OPTIONS_FETCH || options->output != NULL ||
	    options->directory != NULL || options->files_from != NULL)
		return false;
	for (size_t i = 0; i < COUNT(names); i++) {
		size_t length = strlen(names[i]);

		if (strcmp(last, names[i]) == 0 ||
		    (names[i][length - 1] == '/' && strncmp(last, names[i], length) == 0))
			return true;
	}
	return false;
}

/* Checks what a follow makes of its paths and of its range. */
static int check_follow(const struct options *options, char **error)
{
	if (options->path_count > OPTIONS_MOST_JOBS)
		return usage_error(error, "--follow is for %d PATHs at most, not for %zu",
				   OPTIONS_MOST_JOBS, options->path_count);
	if (options->range.wanted && !options->range.tail && options->range.length != 0)
		return usage_error(error, "--follow needs a --range without an end");
	return 0;
}

/* Checks the number of paths. */
static int check_count(const struct options *options, char **error)
{
	size_t count = options->path_count;

	switch (options->action) {
	case OPTIONS_PING:
	case OPTIONS_DOCTOR:
	case OPTIONS_STATUS:
	case OPTIONS_TOP:
		return count == 0 ? 0
				  : usage_error(error, "--%s takes no PATH",
						action_name(options->action));
	case OPTIONS_LIST:
	case OPTIONS_HELP:
	case OPTIONS_VERSION:
		return 0;
	case OPTIONS_FETCH:
	case OPTIONS_STAT:
		break;
	}
	if (count == 0)
		return options->files_from != NULL ? 0 : usage_error(error, "no PATH given");
	if (options->output != NULL && count > 1)
		return usage_error(error,
				   "--output names one file for %zu paths; "
				   "use --output-dir, or --output - for all in a row",
				   count);
	if (count > 1 && is_local(options))
		return usage_error_value(error, NULL, options->paths[count - 1],
					 "looks like a local directory; -D writes files there");
	if (options->follow)
		return check_follow(options, error);
	if (options->range.wanted && count > 1)
		return usage_error(error, "--range is for one PATH, not for %zu", count);
	return 0;
}

int option_rules_check(const struct options *options, char **error)
{
	int result;

	if (options->action == OPTIONS_HELP || options->action == OPTIONS_VERSION)
		return 0;
	result = check_action(options, error);
	if (result == 0)
		result = check_pairs(options, error);
	if (result == 0)
		result = check_count(options, error);
	if (result == 0 && options->action == OPTIONS_FETCH)
		result = check_target(options, error);
	if (result == 0 && options->action == OPTIONS_FETCH && options->directory != NULL &&
	    options->earlier == NULL)
		result = check_remote_names(options, error);
	return result;
}
