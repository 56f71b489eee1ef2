/* SPDX-License-Identifier: ISC */
/* unit/orphan: the queues and segments that count as left by a dead client. */
#include "config.h"

#include "server/workers/orphan.h"

#include "tests/support/harness.h"

#include <sys/ipc.h>

enum { DAEMON = 990, CLIENT = 1000, PATIENCE = 60, AGE_LIMIT = 3600, NOW = 1000000 };

static const struct orphan_policy policy = {
	.self = DAEMON, .patience = PATIENCE, .age_limit = AGE_LIMIT};

/* A donated queue that still holds the ticket, with unknown pids. */
static struct queue_info queue = {
	.uid = DAEMON, .cuid = CLIENT, .key = IPC_PRIVATE, .mode = 0600, .touched = NOW};
static struct orphan_users users;
static struct ring_info segment = {
	.uid = DAEMON, .cuid = CLIENT, .key = IPC_PRIVATE, .mode = 0600, .touched = NOW};

static enum orphan judge(void)
{
	return orphan_classify_queue(&queue, &users, &policy, NOW);
}

static enum orphan judge_segment(enum life creator)
{
	return orphan_classify_segment(&segment, creator, &policy, NOW);
}

static void set_age(unsigned seconds)
{
	queue.touched = NOW - (time_t)seconds;
	segment.touched = NOW - (time_t)seconds;
}

/* Asserts that the queue stays, even when everything else asks for removal. */
static void expect_never_removed(void)
{
	set_age(100 * AGE_LIMIT);
	users.client = users.sender = users.receiver = LIFE_GONE;
	ck_assert_int_eq(judge(), ORPHAN_FOREIGN);
	ck_assert(!orphan_is_due(judge()));
	ck_assert(!orphan_is_watched(judge()));
}

TEST(a_queue_of_another_user_is_never_removed)
{
	queue.uid = CLIENT;
	expect_never_removed();
}

TEST(a_queue_with_a_key_is_never_removed)
{
	queue.key = 5;
	users.proved = true;
	expect_never_removed();
}

TEST(a_queue_that_is_open_to_others_is_never_removed)
{
	queue.mode = 0622;
	expect_never_removed();
}

TEST(a_queue_of_our_own_making_is_never_removed)
{
	queue.cuid = DAEMON;
	expect_never_removed();
}

TEST(a_queue_of_our_own_user_that_was_proved_may_be_removed)
{
	queue.cuid = DAEMON;
	users.proved = true;
	users.client = LIFE_GONE;
	ck_assert_int_eq(judge(), ORPHAN_DEAD);
}

TEST(a_queue_whose_client_is_known_to_be_dead_is_removed_at_once)
{
	users.proved = true;
	users.client = LIFE_GONE;
	ck_assert_int_eq(judge(), ORPHAN_DEAD);
	ck_assert(orphan_is_due(judge()));
}

TEST(a_queue_whose_client_is_known_to_live_is_kept_however_old)
{
	set_age(100 * AGE_LIMIT);
	users.proved = true;
	users.client = LIFE_LIVES;
	users.sender = users.receiver = LIFE_GONE;
	ck_assert_int_eq(judge(), ORPHAN_LIVE);
	ck_assert(orphan_is_watched(judge()));
}

TEST(a_queue_just_given_by_a_client_about_to_ask_is_kept)
{
	users.sender = LIFE_LIVES;
	ck_assert_int_eq(judge(), ORPHAN_LIVE);
	set_age(100 * AGE_LIMIT);
	ck_assert_int_eq(judge(), ORPHAN_LIVE);
}

TEST(a_queue_whose_client_died_before_it_asked_is_removed_at_once)
{
	users.sender = LIFE_GONE;
	ck_assert_int_eq(judge(), ORPHAN_DEAD);
}

TEST(a_queue_with_a_live_reader_is_kept)
{
	set_age(100 * AGE_LIMIT);
	queue.received = NOW;
	users.sender = LIFE_GONE;
	users.receiver = LIFE_LIVES;
	ck_assert_int_eq(judge(), ORPHAN_LIVE);
}

TEST(a_slow_reader_is_given_patience)
{
	queue.received = NOW;
	users.sender = users.receiver = LIFE_GONE;
	ck_assert_int_eq(judge(), ORPHAN_YOUNG);
	set_age(PATIENCE - 1);
	ck_assert_int_eq(judge(), ORPHAN_YOUNG);
	set_age(PATIENCE);
	ck_assert_int_eq(judge(), ORPHAN_DEAD);
}

TEST(without_known_pids_the_age_decides)
{
	set_age(AGE_LIMIT - 1);
	ck_assert_int_eq(judge(), ORPHAN_YOUNG);
	ck_assert(orphan_is_watched(judge()));
	set_age(AGE_LIMIT);
	ck_assert_int_eq(judge(), ORPHAN_OLD);
	ck_assert(orphan_is_due(judge()));
}

TEST(a_dead_worker_does_not_make_an_unseen_client_dead)
{
	queue.received = NOW;
	users.sender = LIFE_GONE;
	set_age(AGE_LIMIT - 1);
	ck_assert_int_eq(judge(), ORPHAN_YOUNG);
	set_age(AGE_LIMIT);
	ck_assert_int_eq(judge(), ORPHAN_OLD);
}

TEST(a_clock_that_was_set_back_makes_nothing_old)
{
	queue.touched = NOW + 100 * AGE_LIMIT;
	ck_assert_int_eq(judge(), ORPHAN_YOUNG);
}

TEST(a_segment_left_by_its_dead_creator_is_removed)
{
	ck_assert_int_eq(judge_segment(LIFE_GONE), ORPHAN_DEAD);
}

TEST(a_segment_is_kept_while_its_creator_lives_or_it_is_attached)
{
	set_age(100 * AGE_LIMIT);
	ck_assert_int_eq(judge_segment(LIFE_LIVES), ORPHAN_LIVE);
	segment.attached = true;
	ck_assert_int_eq(judge_segment(LIFE_GONE), ORPHAN_LIVE);
}

TEST(the_age_decides_if_the_creator_of_a_segment_is_hidden)
{
	ck_assert_int_eq(judge_segment(LIFE_UNKNOWN), ORPHAN_YOUNG);
	set_age(AGE_LIMIT);
	ck_assert_int_eq(judge_segment(LIFE_UNKNOWN), ORPHAN_OLD);
}

TEST(a_segment_that_was_not_given_or_is_already_removed_stays)
{
	segment.removed = true;
	ck_assert_int_eq(judge_segment(LIFE_GONE), ORPHAN_FOREIGN);
	segment.removed = false;
	segment.uid = CLIENT;
	ck_assert_int_eq(judge_segment(LIFE_GONE), ORPHAN_FOREIGN);
	segment.uid = segment.cuid = DAEMON;
	ck_assert_int_eq(judge_segment(LIFE_GONE), ORPHAN_FOREIGN);
	segment.cuid = CLIENT;
	segment.key = 5;
	ck_assert_int_eq(judge_segment(LIFE_GONE), ORPHAN_FOREIGN);
	segment.key = IPC_PRIVATE;
	segment.mode = 0644;
	ck_assert_int_eq(judge_segment(LIFE_GONE), ORPHAN_FOREIGN);
}

int main(void)
{
	return harness_main("unit/orphan", HARNESS_PURE);
}
