/* SPDX-License-Identifier: ISC */
/* unit/last_lines: where the last lines of a file begin. */
#include "config.h"

#include "server/transfer/last_lines.h"

#include "tests/support/harness.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static struct outbox outbox;

static uint64_t find_in(const char *name, uint64_t size, uint64_t count)
{
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	uint64_t start = UINT64_MAX;
	int read_error = 0;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(last_lines_find(&outbox, fd, size, count, &start, &read_error), 0);
	ck_assert_int_eq(read_error, 0);
	close(fd);
	return start;
}

static uint64_t find(const char *text, uint64_t count)
{
	harness_write("file", text);
	return find_in("file", strlen(text), count);
}

TEST(lines_are_counted_from_the_end)
{
	ck_assert_uint_eq(find("a\nbc\nd\n", 1), 5);
	ck_assert_uint_eq(find("a\nbc\nd\n", 2), 2);
	ck_assert_uint_eq(find("a\nbc\nd\n", 3), 0);
}

TEST(fewer_lines_are_the_whole_file)
{
	ck_assert_uint_eq(find("a\nbc\nd\n", 4), 0);
	ck_assert_uint_eq(find("a\nbc\nd\n", UINT64_MAX), 0);
	ck_assert_uint_eq(find("", 3), 0);
}

TEST(no_lines_are_the_end)
{
	ck_assert_uint_eq(find("a\nbc\n", 0), 5);
	ck_assert_uint_eq(find("", 0), 0);
}

TEST(an_unfinished_line_counts)
{
	ck_assert_uint_eq(find("a\nbc\nd", 1), 5);
	ck_assert_uint_eq(find("a\nbc\nd", 2), 2);
	ck_assert_uint_eq(find("a", 1), 0);
}

TEST(empty_lines_count)
{
	ck_assert_uint_eq(find("a\n\n\n", 1), 3);
	ck_assert_uint_eq(find("a\n\n\n", 2), 2);
	ck_assert_uint_eq(find("\n", 1), 0);
}

TEST(lines_longer_than_a_block_are_found)
{
	enum { LONG = 200000 };
	static char text[LONG + 3];

	memset(text, 'x', LONG);
	text[1] = '\n';
	text[LONG] = '\n';
	text[LONG + 1] = 'y';
	ck_assert_uint_eq(find(text, 1), LONG + 1);
	ck_assert_uint_eq(find(text, 2), 2);
	ck_assert_uint_eq(find(text, 3), 0);
}

TEST(only_the_first_bytes_count)
{
	harness_write("file", "a\nb\nc\nd\n");
	ck_assert_uint_eq(find_in("file", 4, 1), 2);
}

TEST(a_file_that_got_shorter_cannot_be_read)
{
	int fd, read_error = 0;
	uint64_t start;

	harness_write("file", "a\n");
	fd = open("file", O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(last_lines_find(&outbox, fd, 100, 1, &start, &read_error), -EIO);
	ck_assert_int_eq(read_error, EIO);
	close(fd);
}

int main(void)
{
	return harness_main("unit/last_lines", HARNESS_IPC);
}
