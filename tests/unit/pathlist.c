/* SPDX-License-Identifier: ISC */
/* unit/pathlist: reading lists of paths. */
#include "config.h"

#include "client/command/cli/pathlist.h"

#include "tests/support/harness.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct pathlist list;

static int read_text(const char *text, size_t length, char end)
{
	FILE *file = fopen("list", "we");

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(text, 1, length, file), length);
	ck_assert_int_eq(fclose(file), 0);
	return pathlist_read(&list, "list", end, NULL, 0);
}

#define READ(text, end) read_text(text, sizeof(text) - 1, end)

/* Compares the paths, each followed by a bar. */
static void expect(const char *joined)
{
	char all[256] = "";

	for (size_t i = 0; i < list.count; i++) {
		strlcat(all, list.paths[i], sizeof(all));
		strlcat(all, "|", sizeof(all));
	}
	ck_assert_str_eq(all, joined);
	ck_assert_ptr_null(list.paths[list.count]);
	free(list.paths);
	free(list.text);
}

TEST(a_line_is_a_path)
{
	ck_assert_int_eq(READ("one\ntwo words\n", '\n'), 0);
	expect("one|two words|");
}

TEST(the_last_line_needs_no_end)
{
	ck_assert_int_eq(READ("one\ntwo", '\n'), 0);
	expect("one|two|");
}

TEST(empty_lines_are_passed_over)
{
	ck_assert_int_eq(READ("\n\none\n\n", '\n'), 0);
	expect("one|");
}

TEST(lines_may_come_from_other_systems)
{
	ck_assert_int_eq(READ("\xef\xbb\xbf"
			      "one\r\n\r\ntwo\r",
			      '\n'),
			 0);
	expect("one|two|");
	ck_assert_int_eq(READ("\xef\xbb\xbf", '\n'), 0);
	expect("");
}

TEST(paths_that_end_in_nul_are_taken_as_they_are)
{
	ck_assert_int_eq(READ("\xef\xbb\xbf"
			      "one\r\0",
			      '\0'),
			 0);
	expect("\xef\xbb\xbf"
	       "one\r|");
}

TEST(a_number_sign_is_part_of_a_path)
{
	ck_assert_int_eq(READ("#one\n", '\n'), 0);
	expect("#one|");
}

TEST(an_empty_list_has_no_paths)
{
	ck_assert_int_eq(READ("", '\n'), 0);
	expect("");
}

TEST(paths_may_end_in_nul_and_have_newlines)
{
	ck_assert_int_eq(READ("one\nline\0two\0", '\0'), 0);
	expect("one\nline|two|");
}

TEST(a_nul_in_a_line_is_refused)
{
	ck_assert_int_eq(READ("one\0two\n", '\n'), -EILSEQ);
}

TEST(paths_of_the_command_line_come_first)
{
	char first[] = "first";
	char *const paths[] = {first};

	harness_write("list", "one\n");
	ck_assert_int_eq(pathlist_read(&list, "list", '\n', paths, 1), 0);
	expect("first|one|");
}

TEST(a_list_may_be_long)
{
	enum { LINES = 100000 };
	char *text = harness_keep(malloc(2 * LINES + 1));

	for (size_t i = 0; i < LINES; i++)
		strlcpy(text + 2 * i, "x\n", 2 * LINES + 1 - 2 * i);
	ck_assert_int_eq(read_text(text, 2 * LINES, '\n'), 0);
	ck_assert_uint_eq(list.count, LINES);
	free(list.paths);
	free(list.text);
}

/* The buffer has 8192 bytes at first, and doubles.  The sanitizers see a byte too much. */
TEST(a_list_may_end_anywhere_in_the_buffer)
{
	for (size_t length = 8180; length < 8200; length++) {
		char *text = harness_keep(malloc(length));

		memset(text, 'x', length);
		ck_assert_int_eq(read_text(text, length, '\n'), 0);
		ck_assert_uint_eq(list.count, 1);
		ck_assert_uint_eq(strlen(list.paths[0]), length);
		free(list.paths);
		free(list.text);
	}
}

TEST(a_list_that_is_not_there_is_an_error)
{
	ck_assert_int_eq(pathlist_read(&list, "missing", '\n', NULL, 0), -ENOENT);
	ck_assert_int_eq(pathlist_read(&list, ".", '\n', NULL, 0), -EISDIR);
}

int main(void)
{
	return harness_main("unit/pathlist", HARNESS_IPC);
}
