/* SPDX-License-Identifier: ISC */
/* unit/junk: one log line per sender and second, and every message counted. */
#include "config.h"

#include "server/request/junk.h"

#include "tests/support/harness.h"

#include <errno.h>

#define START 5000u

static struct junk junk;
static struct junk_sender sender;

static bool note(uid_t uid, uint64_t now)
{
	return junk_note(&junk, uid, 10, -EBADMSG, now);
}

TEST(the_first_message_is_logged_at_once)
{
	ck_assert(note(1, START));
	ck_assert(!junk_held(&junk));
}

TEST(more_within_a_second_are_held_back)
{
	note(1, START);
	for (unsigned i = 0; i < 10; i++)
		ck_assert(!note(1, START + i));
	ck_assert(junk_held(&junk));
	ck_assert(!junk_due(&junk, START + JUNK_WINDOW_MS - 1, &sender));
}

TEST(held_messages_are_counted_after_the_window)
{
	note(1, START);
	for (unsigned i = 0; i < 10; i++)
		junk_note(&junk, 1, (pid_t)(20 + i), -EINVAL, START + i);
	ck_assert(junk_due(&junk, START + JUNK_WINDOW_MS, &sender));
	ck_assert_uint_eq(sender.uid, 1);
	ck_assert_uint_eq(sender.held, 10);
	ck_assert_int_eq(sender.pid, 29);
	ck_assert_int_eq(sender.error, -EINVAL);
	ck_assert(!junk_held(&junk));
	ck_assert(!junk_due(&junk, START + JUNK_WINDOW_MS, &sender));
}

TEST(a_count_begins_a_new_second)
{
	note(1, START);
	note(1, START);
	junk_due(&junk, START + JUNK_WINDOW_MS, &sender);
	ck_assert(!note(1, START + JUNK_WINDOW_MS + 1));
	ck_assert(!junk_due(&junk, START + JUNK_WINDOW_MS + 2, &sender));
	ck_assert(junk_due(&junk, START + 2 * JUNK_WINDOW_MS, &sender));
	ck_assert_uint_eq(sender.held, 1);
}

TEST(a_sender_that_was_quiet_is_logged_at_once)
{
	note(1, START);
	ck_assert(note(1, START + JUNK_WINDOW_MS));
}

TEST(senders_are_counted_apart)
{
	ck_assert(note(1, START));
	ck_assert(note(2, START));
	ck_assert(note(JUNK_UID_UNKNOWN, START));
	ck_assert(!note(1, START));
	ck_assert(junk_due(&junk, START + JUNK_WINDOW_MS, &sender));
	ck_assert_uint_eq(sender.uid, 1);
	ck_assert(!junk_due(&junk, START + JUNK_WINDOW_MS, &sender));
}

TEST(uid_0_is_a_sender_like_any_other)
{
	ck_assert(note(0, START));
	ck_assert(!note(0, START));
}

TEST(more_senders_than_entries_are_still_logged)
{
	for (uid_t uid = 0; uid < 3 * JUNK_SENDERS; uid++)
		ck_assert(note(uid, START + uid));
}

TEST(every_sender_with_a_count_is_due)
{
	unsigned due = 0;

	for (uid_t uid = 0; uid < JUNK_SENDERS; uid++) {
		note(uid, START);
		note(uid, START);
	}
	while (junk_due(&junk, START + JUNK_WINDOW_MS, &sender))
		due += sender.held;
	ck_assert_uint_eq(due, JUNK_SENDERS);
}

int main(void)
{
	return harness_main("unit/junk", HARNESS_PURE);
}
