/* SPDX-License-Identifier: ISC */
/* unit/parser: comments become blanks; line ends and strings stay. */
#include "config.h"

#include "server/config/parser.h"

#include "tests/support/harness.h"

#include <string.h>

/* Prepares text.  open: the kind of thing without an end, or NULL. */
static void expect_open(const char *text, const char *blanked, const char *open)
{
	char buffer[256];
	const char *start;

	ck_assert_uint_lt(strlen(text), sizeof(buffer));
	memcpy(buffer, text, strlen(text) + 1);
	ck_assert_pstr_eq(parser_prepare(buffer, &start), open);
	ck_assert_str_eq(buffer, blanked);
}

static void expect(const char *text, const char *blanked)
{
	expect_open(text, blanked, NULL);
}

TEST(text_without_comments_stays)
{
	expect("", "");
	expect("a = 1\nb = 2\n", "a = 1\nb = 2\n");
}

TEST(a_hash_comment_ends_with_its_line)
{
	expect("# c\na = 1\n", "   \na = 1\n");
	expect("a = 1 # c\nb", "a = 1    \nb");
	expect("#", " ");
}

TEST(a_slash_comment_ends_with_its_line)
{
	expect("// c\na", "    \na");
	expect("a // c\nb", "a     \nb");
}

TEST(a_block_comment_keeps_its_line_ends)
{
	expect("a /* b\nc */ d", "a     \n     d");
	expect("/**/a", "    a");
}

TEST(strings_stay)
{
	expect("a = \"# // /* b\" # c", "a = \"# // /* b\"    ");
	expect("a = '# // /* b' # c", "a = '# // /* b'    ");
}

TEST(an_escaped_quote_does_not_end_a_string)
{
	expect("a = \"b\\\" # c\" # d", "a = \"b\\\" # c\"    ");
}

TEST(a_quote_in_a_comment_begins_no_string)
{
	expect("# it's\na # b\n", "      \na    \n");
	expect("/* \" */ a # b", "        a    ");
}

TEST(text_that_ends_within_something_is_reported)
{
	expect_open("a = \"b", "a = \"b", "string");
	expect_open("a = 'b\\", "a = 'b\\", "string");
	expect_open("a /* b", "a /* b", "comment");
	expect_open("a {", "a {", "section");
	expect_open("a = ${B", "a = ${B", "variable");
	expect("a /", "a /");
}

TEST(comments_begin_as_for_libconfuse)
{
	expect("a = b#c", "a = b  ");
	expect("a = b//c", "a = b//c");
	expect("a = b/*c", "a = b/*c");
	expect("a*/*b*/c", "a*     c");
}

int main(void)
{
	return harness_main("unit/parser", HARNESS_PURE);
}
