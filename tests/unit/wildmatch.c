/* SPDX-License-Identifier: ISC */
/* unit/wildmatch: patterns and names, with the answers of rsync's wildmatch. */
#include "config.h"

#include "client/command/base/wildmatch.h"

#include "tests/support/harness.h"

struct row {
	const char *pattern, *text;
	bool matches;
};

static void check(const struct row rows[])
{
	for (size_t i = 0; rows[i].pattern != NULL; i++)
		ck_assert_msg(wildmatch(rows[i].pattern, rows[i].text) == rows[i].matches,
			      "\"%s\" and \"%s\"", rows[i].pattern, rows[i].text);
}

TEST(letters_match_themselves)
{
	check((const struct row[]){{"foo", "foo", true},
				   {"foo", "fo", false},
				   {"foo", "foobar", false},
				   {"", "", true},
				   {"f\\oo", "foo", true},
				   {"f\\*", "f*", true},
				   {"f\\*", "fo", false},
				   {"\\", "\\", true},
				   {NULL, NULL, false}});
}

TEST(wildcards_match_within_a_component)
{
	check((const struct row[]){{"???", "foo", true},
				   {"??", "foo", false},
				   {"*", "foo", true},
				   {"*", "", true},
				   {"f*", "foo", true},
				   {"*f", "foo", false},
				   {"*foo*", "foo", true},
				   {"*ob*a*r*", "foobar", true},
				   {"*ab", "aaaaaaabababab", true},
				   {"foo?bar", "foo/bar", false},
				   {"foo*bar", "foo/baz/bar", false},
				   {"*/*", "foo/bar", true},
				   {"*/*", "foo/bar/baz", false},
				   {".*", ".hidden", true},
				   {"*", ".hidden", true},
				   {NULL, NULL, false}});
}

TEST(two_stars_match_slashes)
{
	check((const struct row[]){{"foo**bar", "foo/baz/bar", true},
				   {"**/foo", "foo", true},
				   {"**/foo", "a/b/foo", true},
				   {"**/foo", "afoo", false},
				   {"a/**/b", "a/b", true},
				   {"a/**/b", "a/x/y/b", true},
				   {"a/**", "a/x/y", true},
				   {"a/**", "a", false},
				   {"**.gz", "a/b.gz", true},
				   {"**/*/*.c", "x/y/z.c", true},
				   {NULL, NULL, false}});
}

TEST(sets_match_one_letter)
{
	check((const struct row[]){{"[a-c]x", "bx", true},
				   {"[a-c]x", "dx", false},
				   {"[!a-c]x", "dx", true},
				   {"[^a-c]x", "ax", false},
				   {"[0-9][0-9]", "42", true},
				   {"[]]", "]", true},
				   {"[[:digit:]]", "7", true},
				   {"[[:digit:]]", "x", false},
				   {"a[b", "a[b", true},
				   {"a[b", "ab", false},
				   {"a[/]b", "a/b", false},
				   {"[!a]", "/", false},
				   {NULL, NULL, false}});
}

int main(void)
{
	return harness_main("unit/wildmatch", HARNESS_PURE);
}
