/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/command/cli/patterns.h"

#include <errno.h>
#include <fnmatch.h>
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

/*
 * Copies the pattern without slashes at its ends.  Returns whether the pattern matches whole
 * names.
 */
static bool trim(char kept[PATH_MAX], const char *pattern)
{
	bool rooted = pattern[0] == '/';
	size_t length;

	length = strlcpy(kept, pattern + strspn(pattern, "/"), PATH_MAX);
	if (length >= PATH_MAX)
		length = PATH_MAX - 1;
	while (length > 0 && kept[length - 1] == '/')
		kept[--length] = '\0';
	return rooted || strchr(kept, '/') != NULL;
}

static bool matches(const char *pattern, const char *name, bool is_directory)
{
	bool directories = pattern[strlen(pattern) - 1] == '/';
	const char *slash = strrchr(name, '/');
	char kept[PATH_MAX];

	if (directories && !is_directory)
		return false;
	if (!trim(kept, pattern))
		return fnmatch(kept, slash != NULL ? slash + 1 : name, 0) == 0;
	return fnmatch(kept, name, strstr(kept, "**") != NULL ? 0 : FNM_PATHNAME) == 0;
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
	free(patterns->rules);
	*patterns = (struct patterns){0};
}
