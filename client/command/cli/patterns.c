/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/command/cli/patterns.h"

#include "client/command/base/wildmatch.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

int patterns_add(struct patterns *patterns, const char *pattern, bool include)
{
	struct patterns_rule *rules;

	if (pattern[strspn(pattern, "/")] == '\0')
		return -EINVAL;
	rules = reallocarray(patterns->rules, patterns->count + 1, sizeof(*rules));
	if (rules == NULL)
		return -ENOMEM;
	patterns->rules = rules;
	rules[patterns->count++] =
		(struct patterns_rule){.pattern = pattern, .include = include};
	return 0;
}

int patterns_add_line(struct patterns *patterns, const char *line, bool include)
{
	if (line[0] == '#' || line[0] == ';')
		return 0;
	if (strcmp(line, "!") == 0) {
		patterns->count = 0;
		return 0;
	}
	if ((line[0] == '+' || line[0] == '-') && line[1] == ' ')
		return patterns_add(patterns, line + 2, line[0] == '+');
	return patterns_add(patterns, line, include);
}

int patterns_keep(struct patterns *patterns, char *text)
{
	char **texts = reallocarray(patterns->texts, patterns->text_count + 1, sizeof(*texts));

	if (texts == NULL) {
		free(text);
		return -ENOMEM;
	}
	patterns->texts = texts;
	texts[patterns->text_count++] = text;
	return 0;
}

/* Matches pattern with the end of name, from the start of any component on. */
static bool floats(const char *pattern, const char *name)
{
	while (!wildmatch(pattern, name)) {
		name = strchr(name, '/');
		if (name == NULL)
			return false;
		name++;
	}
	return true;
}

/* Matches a pattern without a slash at its end. */
static bool matches_name(const char *pattern, const char *name)
{
	const char *slash = strrchr(name, '/');

	if (pattern[0] == '/')
		return wildmatch(pattern + strspn(pattern, "/"), name);
	if (strchr(pattern, '/') != NULL || strstr(pattern, "**") != NULL)
		return floats(pattern, name);
	return wildmatch(pattern, slash != NULL ? slash + 1 : name);
}

static bool matches(const char *pattern, const char *name, bool is_directory)
{
	static const char all[] = "/***";
	size_t length = strlen(pattern), end = length - strlen(all);
	char kept[PATH_MAX];

	if (strlcpy(kept, pattern, sizeof(kept)) >= sizeof(kept))
		return false;
	/* Three stars after a slash stand for the directory and everything below. */
	if (length > strlen(all) && strcmp(kept + end, all) == 0) {
		if (matches_name(kept, name))
			return true;
		kept[end + 1] = '\0';
		length = end + 1;
	}
	if (kept[length - 1] == '/' && !is_directory)
		return false;
	while (kept[length - 1] == '/')
		kept[--length] = '\0';
	return matches_name(kept, name);
}

static bool wants_alone(const struct patterns *patterns, const char *name, bool is_directory)
{
	for (size_t i = 0; i < patterns->count; i++) {
		if (matches(patterns->rules[i].pattern, name, is_directory))
			return patterns->rules[i].include;
	}
	return true;
}

bool patterns_wants(const struct patterns *patterns, const char *name, bool is_directory)
{
	char parent[PATH_MAX];

	if (patterns->count == 0)
		return true;
	if (strlcpy(parent, name, sizeof(parent)) >= sizeof(parent))
		return false;
	for (char *slash = strchr(parent, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		bool wanted;

		*slash = '\0';
		wanted = wants_alone(patterns, parent, true);
		*slash = '/';
		if (!wanted)
			return false;
	}
	return wants_alone(patterns, name, is_directory);
}

void patterns_free(struct patterns *patterns)
{
	for (size_t i = 0; i < patterns->text_count; i++)
		free(patterns->texts[i]);
	free(patterns->texts);
	free(patterns->rules);
	*patterns = (struct patterns){0};
}
