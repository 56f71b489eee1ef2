/* SPDX-License-Identifier: ISC */
/* unit/mtime: modification times never wrap around, and compare across file systems. */
#include "config.h"

#include "common/mtime.h"

#include "tests/support/harness.h"

static struct timespec at(int64_t seconds, long nanoseconds)
{
	return (struct timespec){.tv_sec = seconds, .tv_nsec = nanoseconds};
}

static void expect_same(int64_t mtime_ns)
{
	ck_assert_int_eq(mtime_join(mtime_split(mtime_ns)), mtime_ns);
}

TEST(a_time_is_joined)
{
	ck_assert_int_eq(mtime_join(at(1, 2)), 1000000002);
	ck_assert_int_eq(mtime_join(at(0, 0)), 0);
}

TEST(a_time_before_the_epoch_is_split)
{
	const struct timespec time = mtime_split(-1);

	ck_assert_int_eq(time.tv_sec, -1);
	ck_assert_int_eq(time.tv_nsec, 999999999);
}

TEST(a_split_time_joins_to_itself)
{
	expect_same(0);
	expect_same(-1);
	expect_same(-1000000000);
	expect_same(INT64_MAX);
	expect_same(INT64_MIN);
}

TEST(a_time_after_2262_is_the_latest_time)
{
	ck_assert_int_eq(mtime_join(at(9223372036, 854775807)), INT64_MAX);
	ck_assert_int_eq(mtime_join(at(9223372036, 854775808)), INT64_MAX);
	ck_assert_int_eq(mtime_join(at(9223372037, 0)), INT64_MAX);
	ck_assert_int_eq(mtime_join(at(INT64_MAX, 0)), INT64_MAX);
}

TEST(a_time_before_1677_is_the_earliest_time)
{
	ck_assert_int_eq(mtime_join(at(-9223372038, 0)), INT64_MIN);
	ck_assert_int_eq(mtime_join(at(INT64_MIN, 0)), INT64_MIN);
}

static void expect_equal(bool equal, int64_t remote, int64_t local, int64_t window)
{
	ck_assert_msg(mtime_is_same(remote, local, window) == equal, "%jd %jd %jd",
		      (intmax_t)remote, (intmax_t)local, (intmax_t)window);
}

TEST(a_time_equals_itself_cut_to_the_precision_of_a_file_system)
{
	expect_equal(true, 3123456789, 3123456789, 0);
	expect_equal(true, 3123456789, 3123456700, 0); /* NTFS */
	expect_equal(true, 3123456789, 3120000000, 0); /* exFAT */
	expect_equal(true, 3123456789, 3000000000, 0); /* ext4 with small inodes */
	expect_equal(true, -1, -1000000000, 0);
}

TEST(other_times_are_not_equal)
{
	expect_equal(false, 3123456789, 3123456788, 0);
	expect_equal(false, 3123456789, 4000000000, 0);
	expect_equal(false, 3123456789, 2000000000, 0);
	expect_equal(false, 3000000000, 3000000001, 0);
	expect_equal(false, INT64_MAX, INT64_MIN, 0);
	expect_equal(false, INT64_MIN, INT64_MAX, INT64_MAX);
}

TEST(times_in_a_window_are_equal)
{
	expect_equal(true, 5000000000, 6000000000, 1000000000);
	expect_equal(true, 6000000000, 5000000000, 1000000000);
	expect_equal(false, 5000000000, 6000000001, 1000000000);
	expect_equal(false, 6000000001, 5000000000, 1000000000);
}

int main(void)
{
	return harness_main("unit/mtime", HARNESS_PURE);
}
