/* SPDX-License-Identifier: ISC */
/* unit/bar: the text of the progress line, numbers, quoted names and local names. */
#include "config.h"

#include "client/command/base/report.h"
#include "client/command/base/target.h"
#include "client/command/base/text.h"
#include "client/command/show/bar.h"

#include "tests/support/harness.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

#define MIB (1024u * 1024u)

static char line[BAR_LINE_SIZE];

static const struct bar half = {
	.name = "pub/debian.iso",
	.index = 1,
	.count = 1,
	.done = 50 * (uint64_t)MIB,
	.size = 100 * (uint64_t)MIB,
	.rate = 10.0 * MIB,
};

static const char *draw(const struct bar *bar, unsigned columns)
{
	bar_line(line, sizeof(line), bar, columns, false);
	return line;
}

TEST(a_line_has_name_bar_percent_bytes_rate_and_time_left)
{
	draw(&half, 80);
	ck_assert_ptr_nonnull(strstr(line, "pub/debian.iso ["));
	ck_assert_ptr_nonnull(strstr(line, "=>"));
	ck_assert_ptr_nonnull(strstr(line, " 50%"));
	ck_assert_ptr_nonnull(strstr(line, "50 MiB"));
	ck_assert_ptr_nonnull(strstr(line, "10 MiB/s"));
	ck_assert_ptr_nonnull(strstr(line, "0:05"));
}

TEST(a_line_never_exceeds_its_columns)
{
	static const uint64_t done[] = {0, 1, 1000, 50 * (uint64_t)MIB, UINT64_MAX};
	struct bar bar = half;

	for (size_t i = 0; i < sizeof(done) / sizeof(done[0]); i++) {
		bar.done = done[i];
		bar.size = i % 2 == 0 ? done[i] : 2 * (done[i] / 2) + 2;
		for (unsigned columns = 5; columns < 300; columns++) {
			bar.count = columns % 3 == 0 ? 1000 : 1;
			bar.index = bar.count;
			ck_assert_msg(strlen(draw(&bar, columns)) <= columns, "%u: \"%s\"",
				      columns, line);
		}
	}
}

TEST(a_wide_terminal_is_filled)
{
	ck_assert_uint_eq(strlen(draw(&half, 120)), 120);
}

TEST(several_files_are_numbered)
{
	struct bar bar = half;

	bar.index = 2;
	bar.count = 5;
	ck_assert_int_eq(strncmp(draw(&bar, 80), "2/5 ", 4), 0);
}

TEST(an_unknown_size_has_no_percent_and_no_bar)
{
	struct bar bar = half;

	bar.size = 0;
	draw(&bar, 80);
	ck_assert_ptr_null(strchr(line, '%'));
	ck_assert_ptr_null(strchr(line, '['));
	ck_assert_ptr_nonnull(strstr(line, "50 MiB"));
}

TEST(an_unknown_rate_has_no_time_left)
{
	struct bar bar = half;

	bar.rate = 0;
	draw(&bar, 80);
	ck_assert_ptr_null(strstr(line, "/s"));
	ck_assert_ptr_null(strchr(line, ':'));
}

TEST(a_complete_file_is_at_100_percent)
{
	struct bar bar = half;

	bar.done = bar.size;
	ck_assert_ptr_nonnull(strstr(draw(&bar, 80), "100%"));
	bar.done = bar.size + 1;
	ck_assert_ptr_nonnull(strstr(draw(&bar, 80), "100%"));
}

TEST(all_but_complete_is_not_100_percent)
{
	struct bar bar = half;

	bar.size = 1ull << 40;
	bar.done = bar.size - 1;
	ck_assert_ptr_nonnull(strstr(draw(&bar, 80), " 99%"));
}

TEST(a_long_name_is_cut_at_its_start)
{
	struct bar bar = half;

	bar.name =
		"pub/a/very/long/path/that/does/not/fit/into/a/line/of/eighty/columns/file.iso";
	draw(&bar, 60);
	ck_assert_ptr_nonnull(strstr(line, "file.iso"));
	ck_assert_ptr_nonnull(strstr(line, "..."));
	ck_assert_uint_le(strlen(line), 60);
}

TEST(a_narrow_terminal_loses_the_bar_first)
{
	draw(&half, 40);
	ck_assert_ptr_null(strchr(line, '['));
	ck_assert_ptr_nonnull(strstr(line, "50%"));
}

TEST(color_is_used_only_on_request)
{
	bar_line(line, sizeof(line), &half, 80, true);
	ck_assert_ptr_nonnull(strchr(line, '\033'));
	bar_line(line, sizeof(line), &half, 80, false);
	ck_assert_ptr_null(strchr(line, '\033'));
}

TEST(a_buffer_that_is_too_small_is_not_overrun)
{
	char small[20 + 1];

	memset(small, 'x', sizeof(small));
	bar_line(small, sizeof(small) - 1, &half, 500, true);
	ck_assert_int_eq(small[sizeof(small) - 1], 'x');
	ck_assert_ptr_nonnull(memchr(small, '\0', sizeof(small) - 1));
}

TEST(names_count_by_columns_not_bytes)
{
	struct bar bar = half;

	if (setlocale(LC_ALL, "C.UTF-8") == NULL)
		SKIP("no UTF-8 locale");
	bar.name = "pub/\xe6\x97\xa5\xe6\x9c\xac"; /* 4 columns, and two characters of 2 */
	ck_assert_uint_eq(strlen(draw(&bar, 80)), 80 + 2);
}

TEST(a_log_line_has_the_same_figures)
{
	bar_plain(line, sizeof(line), &half);
	ck_assert_str_eq(line, "pub/debian.iso: 50%, 50 MiB, 10 MiB/s, 0:05 left");
}

/* Numbers. */

static void expect_bytes(uint64_t bytes, const char *text)
{
	char buffer[TEXT_NUMBER_SIZE];

	text_bytes(buffer, bytes);
	ck_assert_str_eq(buffer, text);
}

TEST(bytes_have_units)
{
	expect_bytes(0, "0 B");
	expect_bytes(1, "1 B");
	expect_bytes(512, "512 B");
	expect_bytes(1536, "1.5 KiB");
	expect_bytes(123 * (uint64_t)MIB, "123 MiB");
	expect_bytes(3ull << 30, "3.0 GiB");
}

TEST(the_largest_number_of_bytes_fits)
{
	char buffer[TEXT_NUMBER_SIZE];

	text_bytes(buffer, UINT64_MAX);
	ck_assert_uint_le(strlen(buffer), strlen("123 MiB"));
	text_rate(buffer, 1e300);
	ck_assert_ptr_nonnull(strstr(buffer, "/s"));
}

static void expect_duration(double seconds, const char *text)
{
	char buffer[TEXT_NUMBER_SIZE];

	text_duration(buffer, seconds);
	ck_assert_str_eq(buffer, text);
}

TEST(durations_read_like_a_clock)
{
	expect_duration(0, "0:00");
	expect_duration(5.9, "0:05");
	expect_duration(12 * 60 + 34, "12:34");
	expect_duration(3723, "1:02:03");
	expect_duration(99.0 * 3600, "99:00:00");
	expect_duration(100.0 * 3600, "days");
	expect_duration(1e300, "days");
}

static void expect_summary(struct report_amount amount, const char *text)
{
	report_summary(line, sizeof(line), &amount);
	ck_assert_str_eq(line, text);
}

TEST(a_summary_has_bytes_time_and_rate)
{
	expect_summary((struct report_amount){.bytes = 100 * (uint64_t)MIB, .seconds = 2},
		       "100 MiB in 2.0 s, 50 MiB/s");
	expect_summary((struct report_amount){.bytes = 512}, "512 B");
}

TEST(the_summary_of_a_tree_has_its_files)
{
	expect_summary((struct report_amount){.tree = true,
					      .files = 1234,
					      .bytes = 100 * (uint64_t)MIB,
					      .seconds = 2},
		       "1,234 files, 100 MiB in 2.0 s, 50 MiB/s");
	expect_summary((struct report_amount){.tree = true, .files = 1, .bytes = 512},
		       "1 file, 512 B");
	expect_summary((struct report_amount){.tree = true}, "0 files, 0 B");
}

static void expect_quoted(const char *text, const char *expected)
{
	ck_assert_str_eq(harness_keep(text_quote(text)), expected);
}

TEST(names_are_escaped)
{
	expect_quoted("pub/a b", "pub/a b");
	expect_quoted("a\nb\tc", "a\\nb\\tc");
	expect_quoted("\033[2J", "\\033[2J");
	expect_quoted("", "");
}

TEST(names_in_the_locales_characters_stay_readable)
{
	if (setlocale(LC_ALL, "C.UTF-8") == NULL)
		SKIP("no UTF-8 locale");
	expect_quoted("gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f");
	expect_quoted("\xff", "\\377");
	expect_quoted("\xc2\x9b", "\\302\\233"); /* U+009B, a control character */
}

/* Local names. */

static void expect_local_name(const char *path, const char *expected)
{
	size_t length;
	const char *name = target_name(path, &length);

	ck_assert_ptr_nonnull(name);
	ck_assert_uint_eq(length, strlen(expected));
	ck_assert_mem_eq(name, expected, length);
}

TEST(the_last_component_is_the_local_name)
{
	expect_local_name("pub/a/b", "b");
	expect_local_name("b", "b");
	expect_local_name("/..b", "..b");
	expect_local_name("pub/", "pub");
	expect_local_name("pub/tree//", "tree");
}

static void expect_no_local_name(const char *path)
{
	size_t length;

	ck_assert_ptr_null(target_name(path, &length));
}

TEST(a_path_without_a_last_component_has_no_local_name)
{
	expect_no_local_name("");
	expect_no_local_name("/");
	expect_no_local_name("pub/.");
	expect_no_local_name("pub/..");
	expect_no_local_name("pub/../");
	expect_no_local_name("..");
}

TEST(a_directory_and_a_name_are_joined)
{
	ck_assert_str_eq(harness_keep(target_join("dir", "a")), "dir/a");
	ck_assert_str_eq(harness_keep(target_join("dir/", "a")), "dir/a");
	ck_assert_str_eq(harness_keep(target_join("/", "a")), "/a");
	ck_assert_str_eq(harness_keep(target_join("dir", "pub/tree/")), "dir/tree");
}

TEST(name_collisions_are_found_anywhere)
{
	char one[] = "pub/x", two[] = "pub/b", three[] = "other/x";
	char *paths[] = {one, two, three};
	const char *first, *second;

	ck_assert_int_eq(target_find_name_collision(paths, 3, &first, &second), 0);
	ck_assert_ptr_nonnull(first);
	ck_assert_ptr_nonnull(second);
	expect_local_name(first, "x");
	ck_assert_int_eq(target_find_name_collision(paths, 2, &first, &second), 0);
	ck_assert_ptr_null(first);
}

int main(void)
{
	return harness_main("unit/bar", HARNESS_PURE);
}
