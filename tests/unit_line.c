/* SPDX-License-Identifier: ISC */
/* unit_line: jobs wait in their order, with paths of their own, up to a bound. */
#include "config.h"

#include "server/line.h"

#include "harness.h"

#include <errno.h>
#include <string.h>

static struct line line;

static int push(const char *path, size_t limit)
{
	struct job job = {
		.request = {.path_count = 1,
			    .path_bytes = (uint32_t)strlen(path) + 1,
			    .paths = path},
	};

	return line_push(&line, &job, limit);
}

static void expect_first(const char *path)
{
	const struct job *job = line_first(&line);

	ck_assert_ptr_nonnull(job);
	ck_assert_str_eq(job->request.paths, path);
	line_pop(&line);
}

TEST(an_empty_line_has_no_first)
{
	ck_assert_ptr_null(line_first(&line));
}

TEST(jobs_leave_in_the_order_they_came)
{
	ck_assert_int_eq(push("one", 3), 0);
	ck_assert_int_eq(push("two", 3), 0);
	ck_assert_int_eq(push("three", 3), 0);
	ck_assert_uint_eq(line.length, 3);
	expect_first("one");
	expect_first("two");
	expect_first("three");
	ck_assert_ptr_null(line_first(&line));
	ck_assert_uint_eq(line.length, 0);
}

TEST(past_the_bound_a_job_is_refused)
{
	ck_assert_int_eq(push("one", 1), 0);
	ck_assert_int_eq(push("two", 1), -ENOSPC);
	ck_assert_uint_eq(line.length, 1);
	expect_first("one");
}

TEST(a_bound_of_zero_lets_nobody_wait)
{
	ck_assert_int_eq(push("one", 0), -ENOSPC);
	ck_assert_ptr_null(line_first(&line));
}

TEST(an_emptied_line_can_be_filled_again)
{
	push("one", 1);
	expect_first("one");
	ck_assert_int_eq(push("two", 1), 0);
	expect_first("two");
}

TEST(paths_are_copied)
{
	char path[] = "pub/file";

	push(path, 1);
	path[0] = 'x';
	expect_first("pub/file");
}

TEST(all_of_a_jobs_paths_are_copied)
{
	struct job job = {.request = {.path_count = 2, .path_bytes = 4, .paths = "a\0b"}};

	ck_assert_int_eq(line_push(&line, &job, 1), 0);
	ck_assert_str_eq(request_next_path(line_first(&line)->request.paths), "b");
	line_free(&line);
}

TEST(freeing_empties_the_line)
{
	push("one", 2);
	push("two", 2);
	line_free(&line);
	ck_assert_ptr_null(line_first(&line));
	ck_assert_uint_eq(line.length, 0);
}

int main(void)
{
	return harness_main("unit_line", HARNESS_PURE);
}
