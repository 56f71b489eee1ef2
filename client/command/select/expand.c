/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/command/select/expand.h"

#include "client/command/base/report.h"
#include "client/command/base/target.h"
#include "client/command/base/wildmatch.h"
#include "client/command/select/catalog.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MOST_BRACES = 16 }; /* pairs in one path */

/* One path with wildcards. */
struct glob {
	struct expand *expand;
	char *directory; /* owned: the components before the first wildcard */
	struct catalog catalog;
	bool *taken; /* owned: the entries that have matched */
	bool recursive;
};

static bool has_wildcard(const char *path)
{
	return strpbrk(path, "*?[{") != NULL;
}

bool expand_applies(const struct options *options)
{
	for (size_t i = 0; !options->no_glob && i < options->argument_count; i++) {
		if (has_wildcard(options->paths[i]))
			return true;
	}
	return false;
}

/* Appends path, which the expansion owns from now on; NULL fails.  Returns 0 or -ENOMEM. */
static int add(struct expand *expand, char *path)
{
	size_t capacity = 2 * expand->capacity + 16;
	char **larger = expand->paths;

	if (path != NULL && expand->count == expand->capacity) {
		larger = reallocarray(expand->paths, capacity, sizeof(*larger));
		if (larger != NULL) {
			expand->paths = larger;
			expand->capacity = capacity;
		}
	}
	if (path == NULL || larger == NULL) {
		free(path);
		return -ENOMEM;
	}
	expand->paths[expand->count++] = path;
	return 0;
}

/* Returns whether name has a hidden component that pattern does not ask for. */
static bool is_hidden(const char *pattern, const char *name)
{
	if (pattern[0] == '.' || strstr(pattern, "/.") != NULL)
		return false;
	return name[0] == '.' || strstr(name, "/.") != NULL;
}

static bool is_candidate(const struct glob *glob, size_t index)
{
	const struct catalog_entry *entry = &glob->catalog.entries[index];

	return entry->code == MSGFETCH_OK && entry->file.name[0] != '\0' &&
	       !glob->taken[index] && (glob->recursive || !S_ISDIR(entry->file.mode));
}

/* Adds the names that match a pattern without braces, or else the pattern. */
static int add_matches(struct glob *glob, const char *pattern)
{
	bool any = false;
	int result = 0;

	for (size_t i = 0; i < glob->catalog.count && result == 0; i++) {
		const char *name = glob->catalog.entries[i].file.name;

		if (!is_candidate(glob, i) || is_hidden(pattern, name) ||
		    !wildmatch(pattern, name))
			continue;
		any = glob->taken[i] = true;
		result = add(glob->expand, target_beneath(glob->directory, name));
	}
	if (result != 0 || any)
		return result;
	return add(glob->expand, target_beneath(glob->directory, pattern));
}

/* Returns the end of an alternative at text: a comma or brace at its level, or NULL. */
static const char *alternative_end(const char *text)
{
	for (unsigned depth = 0; *text != '\0'; text++) {
		if (depth == 0 && (*text == ',' || *text == '}'))
			return text;
		if (*text == '{')
			depth++;
		if (*text == '}')
			depth--;
	}
	return NULL;
}

/* Returns the brace at open's end if it has a comma at its level, or NULL. */
static const char *closing_brace(const char *open)
{
	const char *end = alternative_end(open + 1);
	bool comma = end != NULL && *end == ',';

	while (end != NULL && *end == ',')
		end = alternative_end(end + 1);
	return comma ? end : NULL;
}

/* Adds the names that match pattern, whose braces list alternatives. */
static int add_alternatives(struct glob *glob, const char *pattern, unsigned left)
{
	const char *open = strchr(pattern, '{');
	const char *close = open != NULL && left > 0 ? closing_brace(open) : NULL;
	int result = 0;

	if (close == NULL)
		return add_matches(glob, pattern);
	for (const char *at = open; at < close && result == 0;) {
		const char *end = alternative_end(at + 1);
		char *one;

		if (asprintf(&one, "%.*s%.*s%s", (int)(open - pattern), pattern,
			     (int)(end - at - 1), at + 1, close + 1) < 0)
			return -ENOMEM;
		result = add_alternatives(glob, one, left - 1);
		free(one);
		at = end;
	}
	return result;
}

static bool has_name(const struct catalog *catalog, const char *name)
{
	for (size_t i = 0; i < catalog->count; i++) {
		if (catalog->entries[i].code == MSGFETCH_OK &&
		    strcmp(catalog->entries[i].file.name, name) == 0)
			return true;
	}
	return false;
}

/* Lists the directory of a pattern.  A failure leaves no names: the fetch reports it. */
static int list(struct glob *glob, struct msgfetch *session, const char *pattern)
{
	const char *const directory[] = {glob->directory};
	bool deep = strchr(pattern, '/') != NULL || strstr(pattern, "**") != NULL;

	if (catalog_ask(&glob->catalog, session, directory, 1,
			deep ? MSGFETCH_RECURSE : MSGFETCH_CHILDREN) == -ENOMEM)
		return -ENOMEM;
	catalog_sort(&glob->catalog, OPTIONS_BY_NAME);
	glob->taken = calloc(glob->catalog.count + 1, sizeof(*glob->taken));
	return glob->taken != NULL ? 0 : -ENOMEM;
}

/* Expands one path with wildcards.  Returns 0 or -ENOMEM. */
static int expand_path(struct expand *expand, struct msgfetch *session, const char *path,
		       bool recursive)
{
	struct glob glob = {.expand = expand, .recursive = recursive};
	size_t fixed = strcspn(path, "*?[{");
	int result = -ENOMEM;

	while (fixed > 0 && path[fixed - 1] != '/')
		fixed--;
	glob.directory = strndup(path, fixed > 0 ? fixed - 1 : 0);
	if (glob.directory != NULL)
		result = list(&glob, session, path + fixed);
	if (result == 0 && has_name(&glob.catalog, path + fixed))
		result = add(expand, strdup(path));
	else if (result == 0)
		result = add_alternatives(&glob, path + fixed, MOST_BRACES);
	catalog_free(&glob.catalog);
	free(glob.taken);
	free(glob.directory);
	return result;
}

int expand_paths(struct expand *expand, const struct options *options, struct msgfetch *session)
{
	bool recursive = options->recursive || options->action == OPTIONS_LIST;
	int result = 0;

	for (size_t i = 0; i < options->path_count && result == 0; i++) {
		const char *path = options->paths[i];

		if (i < options->argument_count && has_wildcard(path))
			result = expand_path(expand, session, path, recursive);
		else
			result = add(expand, strdup(path));
	}
	return result;
}

void expand_free(struct expand *expand)
{
	for (size_t i = 0; i < expand->count; i++)
		free(expand->paths[i]);
	free(expand->paths);
	*expand = (struct expand){0};
}
