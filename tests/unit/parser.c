/* SPDX-License-Identifier: ISC */
/* unit_parser: comments become blanks; line ends and strings stay. */
#include "config.h"

#include "server/config/parser.h"

#include "tests/support/harness.h"

#include <string.h>

static void expect(const char *text, const char *blanked)
{
	char buffer[256];

	ck_assert_uint_lt(strlen(text), sizeof(buffer));
	memcpy(buffer, text, strlen(text) + 1);
	parser_blank_comments(buffer);
	ck_assert_str_eq(buffer, blanked);
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

TEST(text_that_ends_within_something_does_no_harm)
{
	expect("a = \"b", "a = \"b");
	expect("a = 'b\\", "a = 'b\\");
	expect("a /* b", "a     ");
	expect("a /", "a /");
}

int main(void)
{
	return harness_main("unit/parser", HARNESS_PURE);
}
