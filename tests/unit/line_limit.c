/* SPDX-License-Identifier: ISC */
/* unit/line_limit: few lines for each user and second, and every further line counted. */
#include "config.h"

#include "server/request/line_limit.h"

#include "tests/support/harness.h"

#define START 5000u

static struct line_limit limit;
static struct line_count due;

static bool note(uid_t uid, uint64_t now)
{
	const struct line_count line = {.uid = uid, .pid = 10, .detail = 1};

	return line_limit_note(&limit, 1, &line, now);
}

TEST(the_first_line_is_written_at_once)
{
	ck_assert(note(1, START));
	ck_assert(!line_limit_held(&limit));
}

TEST(more_within_a_second_are_held_back)
{
	note(1, START);
	for (unsigned i = 0; i < 10; i++)
		ck_assert(!note(1, START + i));
	ck_assert(line_limit_held(&limit));
	ck_assert(!line_limit_due(&limit, START + LINE_LIMIT_WINDOW_MS - 1, &due));
}

TEST(as_many_lines_are_written_as_the_caller_allows)
{
	const struct line_count line = {.uid = 1};
	unsigned written = 0;

	for (unsigned i = 0; i < 10; i++)
		written += line_limit_note(&limit, 3, &line, START);
	ck_assert_uint_eq(written, 3);
	ck_assert(line_limit_due(&limit, START + LINE_LIMIT_WINDOW_MS, &due));
	ck_assert_uint_eq(due.held, 7);
}

TEST(held_lines_are_counted_after_the_window)
{
	note(1, START);
	for (unsigned i = 0; i < 10; i++) {
		const struct line_count line = {.uid = 1, .pid = (pid_t)(20 + i), .detail = 2};

		line_limit_note(&limit, 1, &line, START + i);
	}
	ck_assert(line_limit_due(&limit, START + LINE_LIMIT_WINDOW_MS, &due));
	ck_assert_uint_eq(due.uid, 1);
	ck_assert_uint_eq(due.held, 10);
	ck_assert_int_eq(due.pid, 29);
	ck_assert_int_eq(due.detail, 2);
	ck_assert(!line_limit_held(&limit));
	ck_assert(!line_limit_due(&limit, START + LINE_LIMIT_WINDOW_MS, &due));
}

TEST(a_report_begins_a_new_second)
{
	note(1, START);
	note(1, START);
	line_limit_due(&limit, START + LINE_LIMIT_WINDOW_MS, &due);
	ck_assert(!note(1, START + LINE_LIMIT_WINDOW_MS + 1));
	ck_assert(!line_limit_due(&limit, START + LINE_LIMIT_WINDOW_MS + 2, &due));
	ck_assert(line_limit_due(&limit, START + 2 * LINE_LIMIT_WINDOW_MS, &due));
	ck_assert_uint_eq(due.held, 1);
}

TEST(a_user_who_was_quiet_is_written_at_once)
{
	note(1, START);
	ck_assert(note(1, START + LINE_LIMIT_WINDOW_MS));
}

TEST(users_are_counted_apart)
{
	ck_assert(note(1, START));
	ck_assert(note(2, START));
	ck_assert(note(LINE_LIMIT_UNKNOWN, START));
	ck_assert(!note(1, START));
	ck_assert(line_limit_due(&limit, START + LINE_LIMIT_WINDOW_MS, &due));
	ck_assert_uint_eq(due.uid, 1);
	ck_assert(!due.others);
	ck_assert(!line_limit_due(&limit, START + LINE_LIMIT_WINDOW_MS, &due));
}

TEST(uid_0_is_a_user_like_any_other)
{
	ck_assert(note(0, START));
	ck_assert(!note(0, START));
}

TEST(every_user_with_a_count_is_due)
{
	unsigned held = 0;

	for (uid_t uid = 0; uid < LINE_LIMIT_USERS; uid++) {
		note(uid, START);
		note(uid, START);
	}
	while (line_limit_due(&limit, START + LINE_LIMIT_WINDOW_MS, &due))
		held += due.held;
	ck_assert_uint_eq(held, LINE_LIMIT_USERS);
}

TEST(many_users_in_turn_cause_few_lines)
{
	unsigned lines = 0;

	for (unsigned i = 0; i < 100; i++)
		for (uid_t uid = 0; uid < 100; uid++)
			lines += note(uid, START);
	ck_assert_uint_eq(lines, LINE_LIMIT_USERS + 1);
}

TEST(no_line_of_many_users_is_lost)
{
	unsigned count = 0;

	for (uid_t uid = 0; uid < 3 * LINE_LIMIT_USERS; uid++) {
		count += note(uid, START + uid);
		count += note(uid, START + uid);
	}
	while (line_limit_due(&limit, START + 2 * LINE_LIMIT_WINDOW_MS, &due))
		count += due.held;
	ck_assert_uint_eq(count, 6 * LINE_LIMIT_USERS);
}

TEST(users_without_an_entry_are_reported_together)
{
	for (uid_t uid = 0; uid < LINE_LIMIT_USERS + 3; uid++)
		note(uid, START);
	ck_assert(line_limit_due(&limit, START + LINE_LIMIT_WINDOW_MS, &due));
	ck_assert(due.others);
	ck_assert_uint_eq(due.held, 2);
}

TEST(a_quiet_users_entry_goes_to_the_next_user)
{
	for (uid_t uid = 0; uid < LINE_LIMIT_USERS; uid++)
		note(uid, START);
	ck_assert(note(100, START + LINE_LIMIT_WINDOW_MS));
	ck_assert(!note(100, START + LINE_LIMIT_WINDOW_MS));
	ck_assert(line_limit_due(&limit, START + 2 * LINE_LIMIT_WINDOW_MS, &due));
	ck_assert_uint_eq(due.uid, 100);
	ck_assert(!due.others);
}

TEST(a_count_outlives_a_late_report)
{
	note(1, START);
	note(1, START);
	ck_assert(!note(1, START + LINE_LIMIT_WINDOW_MS));
	ck_assert(line_limit_due(&limit, START + LINE_LIMIT_WINDOW_MS, &due));
	ck_assert_uint_eq(due.held, 2);
}

int main(void)
{
	return harness_main("unit/line_limit", HARNESS_PURE);
}
