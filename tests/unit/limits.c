/* SPDX-License-Identifier: ISC */
/* unit/limits: limits per user and for all, and the pauses of a rate limit. */
#include "config.h"

#include "server/request/limits.h"

#include "tests/support/harness.h"

#define NS_PER_S UINT64_C(1000000000)

static const struct limits limits = {.workers = 10,
				     .waiting = 20,
				     .user_workers = 5,
				     .user_waiting = 7,
				     .followers = 30,
				     .user_followers = 9};

TEST(a_user_has_a_share_and_root_has_all)
{
	ck_assert_uint_eq(limits_workers_of(&limits, 1000), 5);
	ck_assert_uint_eq(limits_waiting_of(&limits, 1000), 7);
	ck_assert_uint_eq(limits_followers_of(&limits, 1000), 9);
	ck_assert_uint_eq(limits_workers_of(&limits, 0), 10);
	ck_assert_uint_eq(limits_waiting_of(&limits, 0), 20);
	ck_assert_uint_eq(limits_followers_of(&limits, 0), 30);
}

TEST(root_is_limited_if_configured)
{
	struct limits strict = limits;

	strict.root_too = true;
	ck_assert_uint_eq(limits_workers_of(&strict, 0), 5);
	ck_assert_uint_eq(limits_waiting_of(&strict, 0), 7);
	ck_assert_uint_eq(limits_followers_of(&strict, 0), 9);
}

TEST(bytes_take_the_time_of_the_rate)
{
	struct pace pace = {0};

	ck_assert_uint_eq(pace_count(&pace, 1000, 1, 500, 10 * NS_PER_S), NS_PER_S / 2);
}

TEST(sharers_wait_longer_and_zero_counts_as_one)
{
	struct pace one = {0}, four = {0}, none = {0};

	ck_assert_uint_eq(pace_count(&one, 1000, 1, 1000, NS_PER_S), NS_PER_S);
	ck_assert_uint_eq(pace_count(&four, 1000, 4, 1000, NS_PER_S), 4 * NS_PER_S);
	ck_assert_uint_eq(pace_count(&none, 1000, 0, 1000, NS_PER_S), NS_PER_S);
}

TEST(pending_pauses_add_up)
{
	struct pace pace = {0};

	pace_count(&pace, 1000, 1, 1000, NS_PER_S);
	ck_assert_uint_eq(pace_count(&pace, 1000, 1, 1000, NS_PER_S), 2 * NS_PER_S);
	ck_assert_uint_eq(pace_count(&pace, 1000, 1, 1000, 2 * NS_PER_S), 2 * NS_PER_S);
}

TEST(unused_time_is_not_saved)
{
	struct pace pace = {0};

	pace_count(&pace, 1000, 1, 1000, NS_PER_S);
	ck_assert_uint_eq(pace_count(&pace, 1000, 1, 1000, 100 * NS_PER_S), NS_PER_S);
}

TEST(extreme_numbers_do_not_overflow)
{
	struct pace pace = {0};

	ck_assert_uint_le(pace_count(&pace, 1, 32768, UINT64_MAX, 0), 60 * NS_PER_S);
	pace = (struct pace){0};
	ck_assert_uint_le(pace_count(&pace, UINT64_MAX, 1, UINT64_MAX, 0), NS_PER_S);
	pace = (struct pace){0};
	ck_assert_uint_le(pace_count(&pace, UINT64_MAX - 1, 1, UINT64_MAX / 2, 0), NS_PER_S);
}

TEST(pieces_are_a_quarter_of_a_second_and_never_too_small)
{
	ck_assert_uint_eq(pace_piece(400000, 1), 100000);
	ck_assert_uint_eq(pace_piece(400000, 4), 25000);
	ck_assert_uint_eq(pace_piece(1, 100), 512);
	ck_assert_uint_ge(pace_piece(UINT64_MAX, 1), 1 << 20);
}

int main(void)
{
	return harness_main("unit/limits", HARNESS_PURE);
}
