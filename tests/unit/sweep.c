/* SPDX-License-Identifier: ISC */
/* unit_sweep: when the daemon looks for requests that found no room, and what it remembers. */
#include "config.h"

#include "server/request/sweep.h"

#include "common/clock.h"

#include "tests/support/harness.h"

static struct sweep sweep;

static void count(unsigned messages, size_t length)
{
	for (unsigned i = 0; i < messages; i++)
		sweep_count(&sweep, length, false);
}

TEST(a_queue_that_was_never_full_is_no_reason)
{
	count(20, 152);
	ck_assert(!sweep_due(&sweep, false));
	ck_assert(!sweep_due(&sweep, true));
}

TEST(few_messages_between_empty_queues_never_add_up)
{
	for (unsigned i = 0; i < 1000; i++) {
		count(20, 152);
		ck_assert(!sweep_due(&sweep, true));
	}
}

TEST(as_much_as_may_have_filled_the_queue_is_a_reason)
{
	count(1, 8192);
	ck_assert(sweep_due(&sweep, true));
}

TEST(messages_of_no_length_count_too)
{
	count(1024, 0);
	ck_assert(sweep_due(&sweep, false));
}

TEST(in_a_flood_it_rests_longer_than_it_sweeps)
{
	uint64_t now = clock_ns();

	sweep_done(&sweep, now - 1000000000, now);
	count(1024, 100);
	ck_assert(!sweep_due(&sweep, false));
	sweep_done(&sweep, now - 2000000000, now - 1000000000);
	count(1024, 100);
	ck_assert(!sweep_due(&sweep, false));
	sweep_done(&sweep, now - 10000000000, now - 9900000000);
	count(1024, 100);
	ck_assert(sweep_due(&sweep, false));
}

TEST(before_the_daemon_sleeps_it_does_not_rest)
{
	uint64_t now = clock_ns();

	sweep_done(&sweep, now - 1000000000, now);
	count(1024, 100);
	ck_assert(sweep_due(&sweep, true));
}

TEST(one_request_among_junk_means_that_there_is_work)
{
	count(10, 100);
	ck_assert(sweep.idle);
	sweep_count(&sweep, 152, true);
	count(10, 100);
	ck_assert(!sweep.idle);
	sweep_done(&sweep, 0, 0);
	count(1, 100);
	ck_assert(sweep.idle);
}

TEST(a_request_that_was_taken_is_known_once)
{
	sweep_remember(&sweep, 32768, 7);
	ck_assert(!sweep_recall(&sweep, 32768, 8));
	ck_assert(!sweep_recall(&sweep, 0, 7));
	ck_assert(sweep_recall(&sweep, 32768, 7));
	ck_assert(!sweep_recall(&sweep, 32768, 7));
}

TEST(nothing_is_known_that_was_not_taken)
{
	ck_assert(!sweep_recall(&sweep, 0, 0));
	ck_assert(!sweep_recall(&sweep, -1, 0));
}

int main(void)
{
	return harness_main("unit/sweep", HARNESS_PURE);
}
