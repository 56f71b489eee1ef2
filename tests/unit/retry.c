/* SPDX-License-Identifier: ISC */
/* unit/retry: the number of retries and the waits between them. */
#include "config.h"

#include "client/lib/outcome.h"

#include "tests/support/harness.h"

static struct retry retry;

/* Asserts that exactly count attempts in a row may be retried. */
static void expect_tries(unsigned count, enum attempt_result result)
{
	for (unsigned i = 0; i < count; i++)
		ck_assert_msg(retry_allow(&retry, result, 0), "refused try %u", i + 1);
	ck_assert(!retry_allow(&retry, result, 0));
}

TEST(a_final_failure_is_not_retried)
{
	retry = (struct retry){.limit = 5, .asked = true};
	ck_assert(!retry_allow(&retry, ATTEMPT_FINAL, 0));
	ck_assert(!retry_allow(&retry, ATTEMPT_DONE, 0));
}

TEST(a_passing_failure_is_retried_up_to_the_limit)
{
	retry = (struct retry){.limit = 3, .asked = true};
	expect_tries(3, ATTEMPT_AGAIN);
}

TEST(a_limit_of_zero_means_never)
{
	retry = (struct retry){.limit = 0, .asked = true};
	expect_tries(0, ATTEMPT_AGAIN);
}

TEST(no_daemon_at_first_is_not_asked_again)
{
	retry = (struct retry){.limit = 5};
	expect_tries(0, ATTEMPT_ABSENT);
}

TEST(no_daemon_at_first_is_asked_again_when_wanted)
{
	retry = (struct retry){.limit = 5, .absent_too = true};
	expect_tries(5, ATTEMPT_ABSENT);
}

TEST(no_daemon_any_more_is_asked_again)
{
	retry = (struct retry){.limit = 5, .asked = true};
	expect_tries(5, ATTEMPT_ABSENT);
}

TEST(progress_clears_the_count)
{
	retry = (struct retry){.limit = 1, .asked = true};
	ck_assert(retry_allow(&retry, ATTEMPT_AGAIN, 0));
	ck_assert(retry_allow(&retry, ATTEMPT_AGAIN, 100));
	ck_assert_uint_eq(retry.used, 0);
	ck_assert(retry_allow(&retry, ATTEMPT_AGAIN, 100));
	ck_assert(!retry_allow(&retry, ATTEMPT_AGAIN, 100));
}

TEST(the_same_bytes_again_are_no_progress)
{
	retry = (struct retry){.limit = 2, .asked = true};
	ck_assert(retry_allow(&retry, ATTEMPT_AGAIN, 100));
	ck_assert(retry_allow(&retry, ATTEMPT_AGAIN, 50));
	ck_assert(retry_allow(&retry, ATTEMPT_AGAIN, 100));
	ck_assert(!retry_allow(&retry, ATTEMPT_AGAIN, 100));
}

TEST(another_file_is_asked_for_at_once)
{
	retry = (struct retry){.limit = 1, .asked = true, .used = 1};
	ck_assert(retry_allow(&retry, ATTEMPT_OTHER_FILE, 0));
}

TEST(the_wait_doubles_up_to_two_seconds)
{
	ck_assert_uint_eq(retry_longest_wait(1), 100);
	ck_assert_uint_eq(retry_longest_wait(2), 200);
	ck_assert_uint_eq(retry_longest_wait(3), 400);
	for (unsigned used = 6; used < 1000000; used *= 3)
		ck_assert_uint_eq(retry_longest_wait(used), 2000);
}

TEST(a_daemon_cannot_ask_for_more_than_a_minute)
{
	ck_assert_uint_eq(retry_hint(0), 0);
	ck_assert_uint_eq(retry_hint(200), 200);
	ck_assert_uint_eq(retry_hint(60001), 60000);
	ck_assert_uint_eq(retry_hint(UINT32_MAX), 60000);
}

int main(void)
{
	return harness_main("unit/retry", HARNESS_PURE);
}
