/* SPDX-License-Identifier: ISC */
/* unit_slate: what a worker leaves for the daemon, and how little of it is believed. */
#include "config.h"

#include "server/stats/slate.h"

#include "tests/support/harness.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct slates slates;
static struct slate_view view;

/* In a process of its own, as a worker is. */
static void work(unsigned place, void (*write)(struct slate *slate))
{
	pid_t child = fork();
	int status;

	ck_assert_int_ge(child, 0);
	if (child == 0) {
		write(slates_at(&slates, place));
		_exit(0);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	slate_read(slates_at(&slates, place), &view);
}

static void begin(struct slate *slate)
{
	slate_begin(slate, "pub", "pub/file", 2);
	tally_add(&slate->tally.bytes, 7);
}

static void finish(struct slate *slate)
{
	begin(slate);
	tally_fail(&slate->tally, 2);
	slate_end(slate, SLATE_PARTIAL);
}

TEST(the_daemon_reads_what_a_worker_has_done_so_far)
{
	ck_assert_int_eq(slates_grow(&slates, 1), 0);
	work(0, begin);
	ck_assert_uint_eq(view.bytes, 7);
	ck_assert(view.exported);
	ck_assert_str_eq(view.export, "pub");
	ck_assert_str_eq(view.path, "pub/file");
	ck_assert_uint_eq(view.paths, 2);
	ck_assert(!view.ended);
	slates_free(&slates);
}

TEST(and_what_came_of_it)
{
	ck_assert_int_eq(slates_grow(&slates, 1), 0);
	work(0, finish);
	ck_assert(view.ended);
	ck_assert_int_eq(view.outcome, SLATE_PARTIAL);
	ck_assert_uint_eq(view.failures[TALLY_NOT_FOUND], 1);
	ck_assert_int_eq(view.error, 2);
	slates_free(&slates);
}

TEST(a_cleared_slate_says_nothing_of_the_worker_before)
{
	ck_assert_int_eq(slates_grow(&slates, 1), 0);
	work(0, finish);
	slate_clear(slates_at(&slates, 0));
	slate_read(slates_at(&slates, 0), &view);
	ck_assert_uint_eq(view.bytes, 0);
	ck_assert(!view.ended);
	ck_assert(!view.exported);
	ck_assert_str_eq(view.path, "");
	ck_assert_str_eq(view.export, "");
	slates_free(&slates);
}

/* All that a worker which was taken over could do. */
static void scribble(struct slate *slate)
{
	memset(slate, 0xff, sizeof(*slate));
}

TEST(a_slate_full_of_lies_is_read_within_its_bounds)
{
	ck_assert_int_eq(slates_grow(&slates, 1), 0);
	work(0, scribble);
	ck_assert_uint_eq(strlen(view.export), SLATE_EXPORT_MAX - 1);
	ck_assert_uint_eq(strlen(view.path), PATH_MAX - 1);
	ck_assert_int_eq(view.outcome, SLATE_BROKEN);
	slates_free(&slates);
}

static void claim_to_be_killed(struct slate *slate)
{
	begin(slate);
	slate_end(slate, SLATE_KILLED);
}

TEST(that_a_worker_was_killed_is_not_its_own_to_say)
{
	ck_assert_int_eq(slates_grow(&slates, 1), 0);
	work(0, claim_to_be_killed);
	ck_assert_int_eq(view.outcome, SLATE_BROKEN);
	slates_free(&slates);
}

TEST(slates_stay_where_they_are_when_more_are_added)
{
	struct slate *first;

	ck_assert_int_eq(slates_grow(&slates, 2), 0);
	first = slates_at(&slates, 1);
	ck_assert_int_eq(slates_grow(&slates, 5 * SLATE_CHUNK), 0);
	ck_assert_ptr_eq(slates_at(&slates, 1), first);
	work(5 * SLATE_CHUNK - 1, begin);
	ck_assert_uint_eq(view.bytes, 7);
	slates_free(&slates);
}

int main(void)
{
	return harness_main("unit/slate", HARNESS_PURE);
}
