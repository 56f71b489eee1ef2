/* SPDX-License-Identifier: ISC */
/* unit/queue_scan: the time of a scan, and the requests that a scan remembers. */
#include "config.h"

#include "common/sysv/queue_scan.h"

#include "common/clock.h"

#include "tests/support/harness.h"

static struct queue_scan scan;

static void count(unsigned messages, size_t length)
{
	for (unsigned i = 0; i < messages; i++)
		queue_scan_count(&scan, length, false);
}

TEST(a_queue_that_was_never_full_needs_no_scan)
{
	count(20, 152);
	ck_assert(!queue_scan_due(&scan, false));
	ck_assert(!queue_scan_due(&scan, true));
}

TEST(few_messages_between_empty_queues_never_add_up)
{
	for (unsigned i = 0; i < 1000; i++) {
		count(20, 152);
		ck_assert(!queue_scan_due(&scan, true));
	}
}

TEST(a_queue_that_may_have_been_full_needs_a_scan)
{
	count(1, 8192);
	ck_assert(queue_scan_due(&scan, true));
}

TEST(empty_messages_count)
{
	count(1024, 0);
	ck_assert(queue_scan_due(&scan, false));
}

TEST(in_a_flood_scans_take_a_fifth_of_the_time)
{
	uint64_t now = clock_ns();

	queue_scan_done(&scan, now - 1000000000, now);
	count(1024, 100);
	ck_assert(!queue_scan_due(&scan, false));
	queue_scan_done(&scan, now - 2000000000, now - 1000000000);
	count(1024, 100);
	ck_assert(!queue_scan_due(&scan, false));
	queue_scan_done(&scan, now - 10000000000, now - 9900000000);
	count(1024, 100);
	ck_assert(queue_scan_due(&scan, false));
}

TEST(an_empty_queue_ends_the_rest)
{
	uint64_t now = clock_ns();

	queue_scan_done(&scan, now - 1000000000, now);
	count(1024, 100);
	ck_assert(queue_scan_due(&scan, true));
}

TEST(one_request_among_junk_means_work)
{
	count(10, 100);
	ck_assert(scan.idle);
	queue_scan_count(&scan, 152, true);
	count(10, 100);
	ck_assert(!scan.idle);
	queue_scan_done(&scan, 0, 0);
	count(1, 100);
	ck_assert(scan.idle);
}

TEST(a_taken_request_is_recalled_once)
{
	queue_scan_remember(&scan, 32768, 7);
	ck_assert(!queue_scan_recall(&scan, 32768, 8));
	ck_assert(!queue_scan_recall(&scan, 0, 7));
	ck_assert(queue_scan_recall(&scan, 32768, 7));
	ck_assert(!queue_scan_recall(&scan, 32768, 7));
}

TEST(other_requests_are_not_recalled)
{
	ck_assert(!queue_scan_recall(&scan, 0, 0));
	ck_assert(!queue_scan_recall(&scan, -1, 0));
}

int main(void)
{
	return harness_main("unit/queue_scan", HARNESS_PURE);
}
