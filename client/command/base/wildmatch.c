/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/command/base/wildmatch.h"

#include <fnmatch.h>
#include <stddef.h>
#include <string.h>

enum { MOST_SET = 256 };

/* Returns the length of the set "[...]" at pattern; 0: the set is not closed. */
static size_t set_length(const char *pattern)
{
	const char *at = pattern + 1;

	if (*at == '!' || *at == '^')
		at++;
	if (*at == ']')
		at++;
	while (*at != '\0' && *at != ']') {
		const char *end = at[0] == '[' && at[1] == ':' ? strstr(at, ":]") : NULL;

		if (end != NULL)
			at = end + 2;
		else
			at += at[0] == '\\' && at[1] != '\0' ? 2 : 1;
	}
	return *at == ']' ? (size_t)(at - pattern) + 1 : 0;
}

/* Returns whether the set of length bytes at pattern has the letter. */
static bool in_set(const char *pattern, size_t length, char letter)
{
	const char text[] = {letter, '\0'};
	char set[MOST_SET];

	if (length >= sizeof(set) || letter == '/')
		return false;
	memcpy(set, pattern, length);
	set[length] = '\0';
	return fnmatch(set, text, 0) == 0;
}

static bool match(const char *pattern, const char *text, const char *start);

/* Matches a pattern that begins with stars. */
static bool match_stars(const char *pattern, const char *text, const char *start)
{
	size_t stars = strspn(pattern, "*");
	const char *rest = pattern + stars;
	bool at_component = text == start || text[-1] == '/';

	if (stars > 1 && rest[0] == '/' && at_component && match(rest + 1, text, start))
		return true;
	for (;; text++) {
		if (match(rest, text, start))
			return true;
		if (*text == '\0' || (stars == 1 && *text == '/'))
			return false;
	}
}

static bool match(const char *pattern, const char *text, const char *start)
{
	for (; *pattern != '\0' && *pattern != '*'; text++) {
		size_t length = *pattern == '[' ? set_length(pattern) : 0;

		if (*text == '\0')
			return false;
		if (length > 0) {
			if (!in_set(pattern, length, *text))
				return false;
			pattern += length;
			continue;
		}
		if (*pattern == '?' && *text != '/') {
			pattern++;
			continue;
		}
		if (*pattern == '\\' && pattern[1] != '\0')
			pattern++;
		else if (*pattern == '?')
			return false;
		if (*pattern++ != *text)
			return false;
	}
	return *pattern == '*' ? match_stars(pattern, text, start) : *text == '\0';
}

bool wildmatch(const char *pattern, const char *text)
{
	return match(pattern, text, text);
}
