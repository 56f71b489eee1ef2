/* SPDX-License-Identifier: ISC */
/* unit/patterns: names wanted by --exclude and --include. */
#include "config.h"

#include "client/command/cli/patterns.h"

#include "tests/support/harness.h"

#include <errno.h>

static struct patterns patterns;

static void exclude(const char *pattern)
{
	ck_assert_int_eq(patterns_add(&patterns, pattern, false), 0);
}

static void include(const char *pattern)
{
	ck_assert_int_eq(patterns_add(&patterns, pattern, true), 0);
}

static void expect_file(const char *name, bool wanted)
{
	ck_assert_msg(patterns_wants(&patterns, name, false) == wanted, "%s", name);
}

static void expect_directory(const char *name, bool wanted)
{
	ck_assert_msg(patterns_wants(&patterns, name, true) == wanted, "%s/", name);
}

TEST(everything_is_wanted_without_rules)
{
	expect_file("file", true);
	expect_directory("sub", true);
}

TEST(a_pattern_without_a_slash_matches_the_last_component)
{
	exclude("*.o");
	expect_file("a.o", false);
	expect_file("sub/deep/a.o", false);
	expect_file("a.c", true);
	expect_file("sub.d/a", true);
	patterns_free(&patterns);
}

TEST(a_pattern_with_a_slash_inside_floats)
{
	exclude("sub/*.o");
	expect_file("sub/a.o", false);
	expect_file("a.o", true);
	expect_file("other/sub/a.o", false);
	expect_file("othersub/a.o", true);
	expect_file("sub/deep/a.o", true);
	patterns_free(&patterns);
}

TEST(a_slash_at_the_beginning_stands_for_the_top)
{
	exclude("/name");
	expect_file("name", false);
	expect_file("sub/name", true);
	patterns_free(&patterns);
}

TEST(a_slash_at_the_beginning_holds_a_longer_pattern_too)
{
	exclude("/sub/*.o");
	expect_file("sub/a.o", false);
	expect_file("other/sub/a.o", true);
	patterns_free(&patterns);
}

TEST(two_stars_and_a_slash_match_at_the_top_too)
{
	exclude("**/x");
	expect_file("x", false);
	expect_file("a/b/x", false);
	expect_file("ax", true);
	patterns_free(&patterns);
}

TEST(three_stars_match_a_directory_and_all_below)
{
	include("keep/***");
	exclude("*");
	expect_directory("keep", true);
	expect_file("keep/a", true);
	expect_file("keep/b/c", true);
	expect_file("keep", false);
	expect_file("other", false);
	patterns_free(&patterns);
}

TEST(two_stars_match_slashes)
{
	exclude("sub/**.o");
	expect_file("sub/a.o", false);
	expect_file("sub/deep/er/a.o", false);
	expect_file("other/a.o", true);
	patterns_free(&patterns);
}

TEST(a_slash_at_the_end_is_for_directories)
{
	exclude("cache/");
	expect_directory("cache", false);
	expect_file("cache", true);
	expect_directory("sub/cache", false);
	patterns_free(&patterns);
}

TEST(an_excluded_directory_excludes_all_beneath)
{
	exclude("cache");
	include("keep");
	expect_file("cache/keep", false);
	expect_file("sub/cache/deep/keep", false);
	patterns_free(&patterns);
}

TEST(the_first_rule_that_matches_decides)
{
	include("keep.o");
	exclude("*.o");
	include("*");
	expect_file("keep.o", true);
	expect_file("other.o", false);
	patterns_free(&patterns);
}

TEST(one_kind_of_file_can_be_had_from_all_directories)
{
	include("*/");
	include("*.c");
	exclude("*");
	expect_directory("sub/deep", true);
	expect_file("sub/deep/a.c", true);
	expect_file("sub/deep/a.h", false);
	patterns_free(&patterns);
}

static void line(const char *text, bool included)
{
	ck_assert_int_eq(patterns_add_line(&patterns, text, included), 0);
}

TEST(a_line_is_a_pattern)
{
	line("b.o", true);
	line("*.o", false);
	expect_file("a.o", false);
	expect_file("b.o", true);
}

TEST(a_sign_before_a_line_decides)
{
	line("+ b.o", false);
	line("- *.o", true);
	line("+c", false);
	expect_file("b.o", true);
	expect_file("a.o", false);
	expect_file("+c", false);
	expect_file("c", true);
}

TEST(comments_are_no_patterns)
{
	line("#a", false);
	line("; b", false);
	line(" #c", false);
	expect_file("#a", true);
	expect_file("; b", true);
	expect_file(" #c", false);
}

TEST(an_exclamation_mark_removes_earlier_rules)
{
	exclude("*.o");
	line("!", false);
	line("*.c", false);
	expect_file("a.o", true);
	expect_file("a.c", false);
}

TEST(a_star_matches_hidden_names)
{
	exclude("*");
	expect_file(".hidden", false);
	patterns_free(&patterns);
}

TEST(a_bracket_that_is_not_closed_is_a_character)
{
	exclude("a[b");
	expect_file("a[b", false);
	expect_file("ab", true);
	patterns_free(&patterns);
}

TEST(no_pattern_is_refused)
{
	ck_assert_int_eq(patterns_add(&patterns, "", false), -EINVAL);
	ck_assert_int_eq(patterns_add(&patterns, "//", false), -EINVAL);
	ck_assert_uint_eq(patterns.count, 0);
}

int main(void)
{
	return harness_main("unit/patterns", HARNESS_PURE);
}
