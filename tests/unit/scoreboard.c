/* SPDX-License-Identifier: ISC */
/* unit/scoreboard: the daemon reads a worker's entry, and survives every forged value. */
#include "config.h"

#include "server/stats/scoreboard.h"

#include "tests/support/harness.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct scoreboard scoreboard;
static struct score_view view;

/* Runs in a child, like a worker. */
static void work(unsigned place, void (*write)(struct score *score))
{
	pid_t child = fork();
	int status;

	ck_assert_int_ge(child, 0);
	if (child == 0) {
		write(scoreboard_at(&scoreboard, place));
		_exit(0);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	score_read(scoreboard_at(&scoreboard, place), &view);
}

static void begin(struct score *score)
{
	score_begin(score, "pub", "pub/file", 2);
	counter_add(&score->counters.bytes, 7);
}

static void finish(struct score *score)
{
	begin(score);
	counters_fail(&score->counters, 2, CAUSE_RULE);
	score_end(score, TRANSFER_PARTIAL);
}

TEST(the_daemon_reads_a_workers_progress)
{
	ck_assert_int_eq(scoreboard_grow(&scoreboard, 1), 0);
	work(0, begin);
	ck_assert_uint_eq(view.bytes, 7);
	ck_assert(view.exported);
	ck_assert_str_eq(view.export, "pub");
	ck_assert_str_eq(view.path, "pub/file");
	ck_assert_uint_eq(view.paths, 2);
	ck_assert(!view.ended);
	scoreboard_free(&scoreboard);
}

TEST(the_daemon_reads_the_outcome)
{
	ck_assert_int_eq(scoreboard_grow(&scoreboard, 1), 0);
	work(0, finish);
	ck_assert(view.ended);
	ck_assert_int_eq(view.outcome, TRANSFER_PARTIAL);
	ck_assert_uint_eq(view.failures[ENTRY_NOT_FOUND], 1);
	ck_assert_int_eq(view.error, 2);
	ck_assert_int_eq(view.cause, CAUSE_RULE);
	scoreboard_free(&scoreboard);
}

TEST(a_cleared_entry_tells_nothing_of_the_worker_before)
{
	ck_assert_int_eq(scoreboard_grow(&scoreboard, 1), 0);
	work(0, finish);
	score_clear(scoreboard_at(&scoreboard, 0));
	score_read(scoreboard_at(&scoreboard, 0), &view);
	ck_assert_uint_eq(view.bytes, 0);
	ck_assert(!view.ended);
	ck_assert(!view.exported);
	ck_assert_str_eq(view.path, "");
	ck_assert_str_eq(view.export, "");
	scoreboard_free(&scoreboard);
}

/* Overwrites the whole entry, as a worker under an attacker's control can. */
static void scribble(struct score *score)
{
	memset(score, 0xff, sizeof(*score));
}

TEST(a_forged_entry_is_read_within_its_bounds)
{
	ck_assert_int_eq(scoreboard_grow(&scoreboard, 1), 0);
	work(0, scribble);
	ck_assert_uint_eq(strlen(view.export), SCORE_EXPORT_MAX - 1);
	ck_assert_uint_eq(strlen(view.path), PATH_MAX - 1);
	ck_assert_int_eq(view.outcome, TRANSFER_BROKEN);
	ck_assert_int_lt(view.cause, CAUSES);
	scoreboard_free(&scoreboard);
}

static void claim_to_be_killed(struct score *score)
{
	begin(score);
	score_end(score, TRANSFER_KILLED);
}

TEST(a_worker_cannot_report_itself_killed)
{
	ck_assert_int_eq(scoreboard_grow(&scoreboard, 1), 0);
	work(0, claim_to_be_killed);
	ck_assert_int_eq(view.outcome, TRANSFER_BROKEN);
	scoreboard_free(&scoreboard);
}

TEST(entries_do_not_move_when_the_scoreboard_grows)
{
	struct score *first;

	ck_assert_int_eq(scoreboard_grow(&scoreboard, 2), 0);
	first = scoreboard_at(&scoreboard, 1);
	ck_assert_int_eq(scoreboard_grow(&scoreboard, 5 * SCOREBOARD_CHUNK), 0);
	ck_assert_ptr_eq(scoreboard_at(&scoreboard, 1), first);
	work(5 * SCOREBOARD_CHUNK - 1, begin);
	ck_assert_uint_eq(view.bytes, 7);
	scoreboard_free(&scoreboard);
}

int main(void)
{
	return harness_main("unit/score", HARNESS_PURE);
}
