/* SPDX-License-Identifier: ISC */
/*
 * unit/wait_queue: jobs wait in order, with their own copies of paths, up to a limit; users
 * take turns.
 */
#include "config.h"

#include "server/request/wait_queue.h"

#include "tests/support/harness.h"

#include <errno.h>
#include <string.h>

static struct wait_queue jobs;

static int push_for(uid_t uid, const char *path, size_t limit, size_t user_limit)
{
	struct job job = {
		.client = {.account = uid},
		.request = {.path_count = 1,
			    .path_bytes = (uint32_t)strlen(path) + 1,
			    .paths = path},
	};

	return wait_queue_push(&jobs, &job, limit, user_limit);
}

static int push(const char *path, size_t limit)
{
	return push_for(0, path, limit, limit);
}

static void expect_first(const char *path)
{
	const struct job *job = wait_queue_next(&jobs, NULL, NULL);

	ck_assert_ptr_nonnull(job);
	ck_assert_str_eq(job->request.paths, path);
	wait_queue_pop(&jobs, job);
}

TEST(an_empty_wait_queue_has_no_first)
{
	ck_assert_ptr_null(wait_queue_next(&jobs, NULL, NULL));
}

TEST(jobs_leave_in_the_order_they_came)
{
	ck_assert_int_eq(push("one", 3), 0);
	ck_assert_int_eq(push("two", 3), 0);
	ck_assert_int_eq(push("three", 3), 0);
	ck_assert_uint_eq(jobs.length, 3);
	expect_first("one");
	expect_first("two");
	expect_first("three");
	ck_assert_ptr_null(wait_queue_next(&jobs, NULL, NULL));
	ck_assert_uint_eq(jobs.length, 0);
}

TEST(above_the_limit_a_job_is_refused)
{
	ck_assert_int_eq(push("one", 1), 0);
	ck_assert_int_eq(push("two", 1), -ENOSPC);
	ck_assert_uint_eq(jobs.length, 1);
	expect_first("one");
}

TEST(a_limit_of_zero_lets_nobody_wait)
{
	ck_assert_int_eq(push("one", 0), -ENOSPC);
	ck_assert_ptr_null(wait_queue_next(&jobs, NULL, NULL));
}

TEST(an_emptied_wait_queue_can_be_filled_again)
{
	push("one", 1);
	expect_first("one");
	ck_assert_int_eq(push("two", 1), 0);
	expect_first("two");
}

TEST(paths_are_copied)
{
	char path[] = "pub/file";

	push(path, 1);
	path[0] = 'x';
	expect_first("pub/file");
}

TEST(all_of_a_jobs_paths_are_copied)
{
	struct job job = {.request = {.path_count = 2, .path_bytes = 4, .paths = "a\0b"}};

	ck_assert_int_eq(wait_queue_push(&jobs, &job, 1, 1), 0);
	ck_assert_str_eq(request_next_path(wait_queue_next(&jobs, NULL, NULL)->request.paths),
			 "b");
	wait_queue_free(&jobs);
}

TEST(freeing_empties_the_wait_queue)
{
	push("one", 2);
	push("two", 2);
	wait_queue_free(&jobs);
	ck_assert_ptr_null(wait_queue_next(&jobs, NULL, NULL));
	ck_assert_uint_eq(jobs.length, 0);
}

TEST(users_take_turns)
{
	push_for(1, "one a", 9, 9);
	push_for(1, "one b", 9, 9);
	push_for(1, "one c", 9, 9);
	push_for(2, "two a", 9, 9);
	push_for(3, "three a", 9, 9);
	push_for(2, "two b", 9, 9);
	expect_first("one a");
	expect_first("two a");
	expect_first("three a");
	expect_first("one b");
	expect_first("two b");
	expect_first("one c");
	ck_assert_uint_eq(jobs.length, 0);
}

TEST(a_user_who_returns_waits_after_all_others)
{
	push_for(1, "one a", 9, 9);
	push_for(2, "two a", 9, 9);
	expect_first("one a");
	push_for(1, "one b", 9, 9);
	expect_first("two a");
	expect_first("one b");
}

static bool is_not(const void *context, uid_t uid)
{
	return uid != *(const uid_t *)context;
}

TEST(a_skipped_user_keeps_the_turn)
{
	const uid_t full = 1, nobody = 9;
	const struct job *job;

	push_for(1, "one", 9, 9);
	push_for(2, "two a", 9, 9);
	push_for(2, "two b", 9, 9);
	job = wait_queue_next(&jobs, is_not, &full);
	ck_assert_str_eq(job->request.paths, "two a");
	wait_queue_pop(&jobs, job);
	job = wait_queue_next(&jobs, is_not, &full);
	ck_assert_str_eq(job->request.paths, "two b");
	wait_queue_pop(&jobs, job);
	ck_assert_ptr_null(wait_queue_next(&jobs, is_not, &full));
	ck_assert_str_eq(wait_queue_next(&jobs, is_not, &nobody)->request.paths, "one");
	wait_queue_free(&jobs);
}

TEST(a_user_at_the_limit_leaves_room_for_others)
{
	ck_assert_int_eq(push_for(1, "one a", 4, 2), 0);
	ck_assert_int_eq(push_for(1, "one b", 4, 2), 0);
	ck_assert_int_eq(push_for(1, "one c", 4, 2), -ENOSPC);
	ck_assert_int_eq(push_for(2, "two a", 4, 2), 0);
	ck_assert_uint_eq(wait_queue_waiting(&jobs, 1), 2);
	ck_assert_uint_eq(wait_queue_waiting(&jobs, 2), 1);
	ck_assert_uint_eq(wait_queue_waiting(&jobs, 3), 0);
	wait_queue_free(&jobs);
}

TEST(a_thousand_users_take_turns)
{
	for (uid_t round = 0; round < 2; round++)
		for (uid_t uid = 1; uid <= 1000; uid++)
			ck_assert_int_eq(push_for(uid, "x", 2000, 2), 0);
	for (uid_t round = 0; round < 2; round++)
		for (uid_t uid = 1; uid <= 1000; uid++) {
			const struct job *job = wait_queue_next(&jobs, NULL, NULL);

			ck_assert_uint_eq(job->client.account, uid);
			wait_queue_pop(&jobs, job);
		}
	ck_assert_uint_eq(jobs.length, 0);
}

/* Users 10 to 19 have accounts of their own; the others share an account. */
static uid_t account(const void *context, uid_t uid)
{
	return uid / 10 == 1 ? uid : *(const uid_t *)context;
}

TEST(jobs_of_a_shared_account_move_to_the_accounts_of_their_users)
{
	static const uid_t shared = 99;
	static const uid_t users[] = {1, 10, 2, 10, 11};

	for (size_t i = 0; i < 5; i++) {
		const struct job job = {.client = {.uid = users[i], .account = shared},
					.request = {.paths = "x", .path_bytes = 2}};

		ck_assert_int_eq(wait_queue_push(&jobs, &job, 9, 9), 0);
	}
	wait_queue_reassign(&jobs, shared, account, &shared);
	ck_assert_uint_eq(wait_queue_waiting(&jobs, shared), 2);
	ck_assert_uint_eq(wait_queue_waiting(&jobs, 10), 2);
	ck_assert_uint_eq(wait_queue_waiting(&jobs, 11), 1);
	ck_assert_uint_eq(jobs.length, 5);
	for (unsigned i = 0; i < 5; i++)
		wait_queue_pop(&jobs, wait_queue_next(&jobs, NULL, NULL));
	ck_assert_uint_eq(jobs.length, 0);
}

TEST(a_job_that_comes_after_a_move_waits_with_the_jobs_that_stayed)
{
	static const uid_t shared = 99;
	const struct job stays = {.client = {.uid = 1, .account = shared},
				  .request = {.paths = "stays", .path_bytes = 6}};
	const struct job moves = {.client = {.uid = 10, .account = shared},
				  .request = {.paths = "moves", .path_bytes = 6}};

	ck_assert_int_eq(wait_queue_push(&jobs, &stays, 9, 9), 0);
	ck_assert_int_eq(wait_queue_push(&jobs, &moves, 9, 9), 0);
	wait_queue_reassign(&jobs, shared, account, &shared);
	ck_assert_int_eq(push_for(shared, "late", 9, 9), 0);
	ck_assert_uint_eq(wait_queue_waiting(&jobs, shared), 2);
	expect_first("stays");
	expect_first("moves");
	expect_first("late");
}

int main(void)
{
	return harness_main("unit/wait_queue", HARNESS_PURE);
}
