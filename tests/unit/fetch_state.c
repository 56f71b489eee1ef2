/* SPDX-License-Identifier: ISC */
/* unit/fetch_state: the requests that a call sends, and how a retry continues. */
#include "config.h"

#include "client/lib/fetch_state.h"

#include "tests/support/harness.h"

#include <errno.h>
#include <string.h>

#define ROOM REQUEST_PATH_BYTES_MAX

static const struct stamp stamp = {1, 2, 3, 100};
static const struct msgfetch_stamp kept = {1, 2, 3, 100};
static const char *const one[] = {"pub/one"};
static const char *const three[] = {"pub/one", "pub/two", "pub/three"};

static struct fetch_state state;
static struct request asked;
static char paths[REQUEST_PATH_BYTES_MAX];

static struct msgfetch_request want(const char *const names[], size_t count)
{
	struct msgfetch_request request;

	msgfetch_request_init(&request);
	request.paths = names;
	request.count = count;
	return request;
}

static void ask(size_t room)
{
	asked = (struct request){.operation = OPERATION_PING};
	fetch_state_ask(&state, room, paths, &asked);
}

/* Simulates the path's own file, received up to position. */
static void begin_file(uint64_t position)
{
	fetch_state_begin(&state);
	fetch_state_file(&state, &stamp, 0, stamp.size);
	state.position = position;
}

static void expect_refused(const struct msgfetch_request *request)
{
	ck_assert_int_eq(fetch_state_init(&state, request), -EINVAL);
}

static void expect_taken(const struct msgfetch_request *request)
{
	ck_assert_int_eq(fetch_state_init(&state, request), 0);
}

TEST(all_paths_are_asked_for_in_one_request)
{
	struct msgfetch_request request = want(three, 3);

	expect_taken(&request);
	ask(ROOM);
	ck_assert_int_eq(asked.operation, OPERATION_FETCH);
	ck_assert_uint_eq(asked.flags, REQUEST_HOLES | REQUEST_PACK | REQUEST_LIST);
	ck_assert_uint_eq(asked.path_count, 3);
	ck_assert_uint_eq(asked.path_bytes, sizeof("pub/one") * 2 + sizeof("pub/three"));
	ck_assert_mem_eq(asked.paths, "pub/one\0pub/two\0pub/three", asked.path_bytes);
}

TEST(paths_that_do_not_fit_are_left_for_the_next_request)
{
	struct msgfetch_request request = want(three, 3);

	expect_taken(&request);
	ask(sizeof("pub/one") * 2);
	ck_assert_uint_eq(asked.path_count, 2);
	fetch_state_next(&state);
	fetch_state_next(&state);
	ask(sizeof("pub/one") * 2);
	ck_assert_uint_eq(asked.path_count, 1);
	ck_assert_str_eq(asked.paths, "pub/three");
}

TEST(one_path_is_asked_for_even_without_room)
{
	struct msgfetch_request request = want(three, 3);

	expect_taken(&request);
	ask(0);
	ck_assert_uint_eq(asked.path_count, 1);
}

TEST(directories_are_asked_for_with_all_beneath)
{
	struct msgfetch_request request = want(one, 1);

	request.flags = MSGFETCH_RECURSE;
	expect_taken(&request);
	ask(ROOM);
	ck_assert(asked.flags & REQUEST_RECURSE);
}

TEST(a_partial_file_is_resumed)
{
	struct msgfetch_request request = want(three, 3);

	expect_taken(&request);
	begin_file(60);
	ask(ROOM);
	ck_assert(asked.flags & REQUEST_RESUME);
	ck_assert_uint_eq(asked.offset, 60);
	ck_assert(stamp_equal(&asked.stamp, &stamp));
}

TEST(a_directory_that_was_begun_is_asked_for_again)
{
	struct msgfetch_request request = want(three, 3);

	expect_taken(&request);
	fetch_state_begin(&state);
	ask(ROOM);
	ck_assert(!(asked.flags & REQUEST_RESUME));
	ck_assert_uint_eq(asked.path_count, 3);
}

TEST(a_path_that_starts_over_is_asked_for_whole)
{
	struct msgfetch_request request = want(one, 1);

	expect_taken(&request);
	begin_file(60);
	fetch_state_start_over(&state);
	ask(ROOM);
	ck_assert(!(asked.flags & REQUEST_RESUME));
	ck_assert_uint_eq(asked.offset, 0);
}

TEST(an_earlier_call_can_be_resumed)
{
	struct msgfetch_request request = want(one, 1);

	request.resume = &kept;
	request.offset = 40;
	expect_taken(&request);
	ask(ROOM);
	ck_assert(asked.flags & REQUEST_RESUME);
	ck_assert_uint_eq(asked.offset, 40);
	ck_assert(stamp_equal(&asked.stamp, &stamp));
}

TEST(only_a_single_file_can_be_resumed)
{
	struct msgfetch_request request = want(three, 3);

	request.resume = &kept;
	expect_refused(&request);
	request.count = 1;
	expect_taken(&request);
	request.flags = MSGFETCH_RECURSE;
	expect_refused(&request);
}

TEST(a_resume_after_the_end_of_the_file_is_refused)
{
	struct msgfetch_request request = want(one, 1);

	request.resume = &kept;
	request.offset = 100;
	expect_taken(&request);
	request.offset = 101;
	expect_refused(&request);
}

TEST(a_replaced_file_is_asked_for_whole)
{
	struct msgfetch_request request = want(one, 1);

	request.resume = &kept;
	request.offset = 40;
	expect_taken(&request);
	fetch_state_start_over(&state);
	ask(ROOM);
	ck_assert(!(asked.flags & REQUEST_RESUME));
	ck_assert_uint_eq(asked.offset, 0);
}

/* Ranges. */

static struct msgfetch_request want_range(uint64_t offset, uint64_t length)
{
	struct msgfetch_request request = want(one, 1);

	request.flags = MSGFETCH_RANGE_SET;
	request.offset = offset;
	request.length = length;
	return request;
}

static void expect_asked(uint32_t flags, uint64_t offset, uint64_t length)
{
	ask(ROOM);
	ck_assert_uint_eq(asked.flags & (REQUEST_RANGE | REQUEST_TAIL | REQUEST_RESUME), flags);
	ck_assert_uint_eq(asked.offset, offset);
	ck_assert_uint_eq(asked.length, length);
}

TEST(a_range_is_requested_unchanged)
{
	struct msgfetch_request request = want_range(20, 30);

	expect_taken(&request);
	expect_asked(REQUEST_RANGE, 20, 30);
}

TEST(a_tail_is_resumed_as_a_range)
{
	struct msgfetch_request request = want_range(0, 30);

	request.flags |= MSGFETCH_TAIL;
	expect_taken(&request);
	expect_asked(REQUEST_RANGE | REQUEST_TAIL, 0, 30);
	fetch_state_begin(&state);
	fetch_state_file(&state, &stamp, 70, 100);
	state.position = 80;
	expect_asked(REQUEST_RANGE | REQUEST_RESUME, 80, 20);
}

TEST(the_rest_of_a_range_is_a_range)
{
	struct msgfetch_request request = want_range(20, 30);

	expect_taken(&request);
	fetch_state_begin(&state);
	fetch_state_file(&state, &stamp, 20, 50);
	state.position = 40;
	expect_asked(REQUEST_RANGE | REQUEST_RESUME, 40, 10);
}

TEST(a_complete_range_without_end_asks_for_its_last_byte)
{
	struct msgfetch_request request = want_range(20, 30);

	expect_taken(&request);
	fetch_state_begin(&state);
	fetch_state_file(&state, &stamp, 20, 50);
	state.position = 50;
	expect_asked(REQUEST_RANGE | REQUEST_RESUME, 49, 1);
	ck_assert_uint_eq(fetch_state_overlap(&state, 49, 1), 1);
}

TEST(an_empty_range_is_asked_for_again)
{
	struct msgfetch_request request = want_range(0, 30);

	expect_taken(&request);
	fetch_state_begin(&state);
	fetch_state_file(&state, &(struct stamp){1, 2, 3, 0}, 0, 0);
	expect_asked(REQUEST_RANGE, 0, 30);
}

TEST(a_range_with_a_stamp_is_a_resume)
{
	struct msgfetch_request request = want_range(20, 30);

	request.resume = &kept;
	expect_taken(&request);
	expect_asked(REQUEST_RANGE | REQUEST_RESUME, 20, 30);
	request = want_range(20, 0);
	request.resume = &kept;
	expect_taken(&request);
	expect_asked(REQUEST_RANGE | REQUEST_RESUME, 20, 80);
	request = want_range(90, 30);
	request.resume = &kept;
	expect_taken(&request);
	expect_asked(REQUEST_RANGE | REQUEST_RESUME, 90, 10);
}

TEST(a_range_of_an_empty_file_with_a_stamp_is_empty)
{
	const struct msgfetch_stamp empty = {1, 2, 3, 0};
	struct msgfetch_request request = want_range(0, 30);

	request.resume = &empty;
	expect_taken(&request);
	expect_asked(REQUEST_RANGE | REQUEST_RESUME, 0, 0);
}

TEST(overlap_counts_only_bytes_received_before)
{
	struct msgfetch_request request = want(one, 1);

	expect_taken(&request);
	begin_file(60);
	ck_assert_uint_eq(fetch_state_overlap(&state, 60, 10), 0);
	ck_assert_uint_eq(fetch_state_overlap(&state, 59, 10), 1);
	ck_assert_uint_eq(fetch_state_overlap(&state, 10, 10), 10);
}

TEST(a_range_is_of_one_file)
{
	struct msgfetch_request request = want_range(0, 1);

	expect_taken(&request);
	request.flags |= MSGFETCH_RECURSE;
	expect_refused(&request);
	request = want_range(0, 1);
	request.count = 2;
	request.paths = three;
	expect_refused(&request);
}

TEST(a_range_ends_at_the_largest_file_size)
{
	struct msgfetch_request request = want_range(INT64_MAX, 0);

	expect_taken(&request);
	request.length = 1;
	expect_refused(&request);
	request = want_range((uint64_t)INT64_MAX + 1, 0);
	expect_refused(&request);
}

TEST(a_tail_has_a_length_and_no_offset)
{
	struct msgfetch_request request = want_range(0, 0);

	request.flags |= MSGFETCH_TAIL;
	expect_refused(&request);
	request.length = 1;
	expect_taken(&request);
	request.offset = 1;
	expect_refused(&request);
	request.offset = 0;
	request.resume = &kept;
	expect_refused(&request);
}

TEST(a_length_or_tail_without_a_range_means_nothing)
{
	struct msgfetch_request request = want(one, 1);

	request.length = 1;
	expect_refused(&request);
	request.length = 0;
	request.flags = MSGFETCH_TAIL;
	expect_refused(&request);
}

/* Digests. */

TEST(a_digest_is_asked_for_of_each_file)
{
	struct msgfetch_request request = want(three, 3);

	request.digest = MSGFETCH_DIGEST_XXH3;
	expect_taken(&request);
	ask(ROOM);
	ck_assert(asked.flags & REQUEST_XXH3);
	request.digest = MSGFETCH_DIGEST_SHA256;
	expect_taken(&request);
	ask(ROOM);
	ck_assert(asked.flags & REQUEST_SHA256);
}

TEST(a_digest_of_a_range_is_refused)
{
	struct msgfetch_request request = want_range(0, 1);

	request.digest = MSGFETCH_DIGEST_XXH3;
	expect_refused(&request);
}

TEST(a_digest_of_a_later_version_is_refused)
{
	struct msgfetch_request request = want(one, 1);

	request.digest = (enum msgfetch_digest)(MSGFETCH_DIGEST_SHA256 + 1);
	expect_refused(&request);
}

/* Names. */

TEST(names_are_another_operation)
{
	struct msgfetch_request request = want(one, 1);

	request.flags = MSGFETCH_NAMES | MSGFETCH_CHILDREN | MSGFETCH_RECURSE;
	expect_taken(&request);
	ask(ROOM);
	ck_assert_int_eq(asked.operation, OPERATION_LIST);
	ck_assert_uint_eq(asked.flags,
			  REQUEST_PACK | REQUEST_LIST | REQUEST_CHILDREN | REQUEST_RECURSE);
}

TEST(the_empty_path_is_for_names_alone)
{
	static const char *const names[] = {"", "pub/one"};
	struct msgfetch_request request = want(names, 2);

	expect_taken(&request);
	ck_assert_int_eq(fetch_state_path_error(&state, 0), -EINVAL);
	ck_assert_int_eq(fetch_state_path_error(&state, 1), 0);
	request.flags = MSGFETCH_NAMES;
	expect_taken(&request);
	ck_assert_int_eq(fetch_state_path_error(&state, 0), 0);
}

TEST(children_are_for_names_alone)
{
	struct msgfetch_request request = want(one, 1);

	request.flags = MSGFETCH_CHILDREN;
	expect_refused(&request);
}

TEST(names_refuse_digest_and_resume)
{
	struct msgfetch_request request = want(one, 1);

	request.flags = MSGFETCH_NAMES;
	request.digest = MSGFETCH_DIGEST_XXH3;
	expect_refused(&request);
	request.digest = MSGFETCH_DIGEST_NONE;
	request.resume = &kept;
	expect_refused(&request);
	request.resume = NULL;
	request.flags |= MSGFETCH_RANGE_SET;
	expect_refused(&request);
}

TEST(an_offset_alone_means_nothing)
{
	struct msgfetch_request request = want(one, 1);

	request.offset = 1;
	expect_refused(&request);
}

static struct msgfetch_request want_follow(unsigned flags, uint64_t length)
{
	struct msgfetch_request request = want(one, 1);

	request.flags = MSGFETCH_FOLLOW | flags;
	request.length = length;
	return request;
}

TEST(a_follow_is_asked_for_with_its_start)
{
	struct msgfetch_request request = want_follow(MSGFETCH_LINES, 10);
	const uint32_t common = REQUEST_PACK | REQUEST_LIST | REQUEST_FOLLOW;

	expect_taken(&request);
	ask(ROOM);
	ck_assert_uint_eq(asked.flags, common | REQUEST_LINES);
	ck_assert_uint_eq(asked.length, 10);
	request = want_follow(MSGFETCH_RANGE_SET | MSGFETCH_TAIL | MSGFETCH_AWAIT, 7);
	expect_taken(&request);
	ask(ROOM);
	ck_assert_uint_eq(asked.flags, common | REQUEST_RANGE | REQUEST_TAIL | REQUEST_AWAIT);
	ck_assert_uint_eq(asked.length, 7);
}

TEST(a_follow_goes_on_at_its_byte_and_waits_for_the_file)
{
	struct msgfetch_request request = want_follow(MSGFETCH_LINES, 10);

	expect_taken(&request);
	begin_file(250);
	ask(ROOM);
	ck_assert_uint_eq(asked.flags, REQUEST_PACK | REQUEST_LIST | REQUEST_FOLLOW |
					       REQUEST_AWAIT | REQUEST_RESUME);
	ck_assert_uint_eq(asked.offset, 250);
	ck_assert_uint_eq(asked.length, 0);
	ck_assert_uint_eq(asked.stamp.inode, stamp.inode);
	ck_assert_uint_eq(asked.stamp.size, 250);
}

TEST(a_follow_takes_nothing_that_needs_an_end)
{
	static const unsigned flags[] = {MSGFETCH_RECURSE, MSGFETCH_NAMES, MSGFETCH_STRICT,
					 MSGFETCH_NAMES | MSGFETCH_CHILDREN};
	struct msgfetch_request request = want_follow(0, 0);

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		request = want_follow(flags[i], 0);
		expect_refused(&request);
	}
	request = want_follow(0, 0);
	request.digest = MSGFETCH_DIGEST_XXH3;
	expect_refused(&request);
	request = want_follow(0, 0);
	request.resume = &kept;
	expect_refused(&request);
	request = want_follow(MSGFETCH_RANGE_SET, 100);
	expect_refused(&request);
	request = want_follow(MSGFETCH_RANGE_SET | MSGFETCH_LINES, 0);
	expect_refused(&request);
}

TEST(lines_and_waiting_are_for_a_follow)
{
	struct msgfetch_request request = want(one, 1);

	request.flags = MSGFETCH_LINES;
	expect_refused(&request);
	request.flags = MSGFETCH_AWAIT;
	expect_refused(&request);
}

TEST(an_answer_to_a_follow_is_progress)
{
	struct msgfetch_request request = want_follow(0, 0);
	uint64_t before;

	expect_taken(&request);
	before = fetch_state_reached(&state);
	fetch_state_answered(&state);
	ck_assert_uint_gt(fetch_state_reached(&state), before);
}

TEST(a_flag_of_a_later_version_is_refused)
{
	struct msgfetch_request request = want(one, 1);

	request.flags = 1u << 31;
	expect_refused(&request);
}

TEST(progress_counts_over_all_paths)
{
	struct msgfetch_request request = want(three, 3);

	expect_taken(&request);
	begin_file(0);
	state.come = 100;
	ck_assert_uint_eq(fetch_state_reached(&state), 100);
	fetch_state_next(&state);
	ck_assert_uint_eq(fetch_state_reached(&state), 101);
	state.come = 10;
	fetch_state_start_over(&state);
	ck_assert_uint_eq(fetch_state_reached(&state), 101);
}

int main(void)
{
	return harness_main("unit/state", HARNESS_PURE);
}
