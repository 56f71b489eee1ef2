/* SPDX-License-Identifier: ISC */
/* unit_errand: what is asked for, and what is asked for next. */
#include "config.h"

#include "client/lib/errand.h"

#include "harness.h"

#include <errno.h>
#include <string.h>

#define ROOM REQUEST_PATH_BYTES_MAX

static const struct stamp stamp = {1, 2, 3, 100};
static const struct msgfetch_stamp kept = {1, 2, 3, 100};
static const char *const one[] = {"pub/one"};
static const char *const three[] = {"pub/one", "pub/two", "pub/three"};

static struct errand errand;
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
	errand_ask(&errand, room, paths, &asked);
}

static void expect_refused(const struct msgfetch_request *request)
{
	ck_assert_int_eq(errand_init(&errand, request), -EINVAL);
}

static void expect_taken(const struct msgfetch_request *request)
{
	ck_assert_int_eq(errand_init(&errand, request), 0);
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
	errand_next(&errand);
	errand_next(&errand);
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

TEST(a_file_that_was_begun_is_gone_on_with)
{
	struct msgfetch_request request = want(three, 3);

	expect_taken(&request);
	errand_begin(&errand, true, &stamp);
	errand.position = 60;
	ask(ROOM);
	ck_assert(asked.flags & REQUEST_RESUME);
	ck_assert_uint_eq(asked.offset, 60);
	ck_assert(stamp_equal(&asked.stamp, &stamp));
}

TEST(a_directory_that_was_begun_is_asked_for_again)
{
	struct msgfetch_request request = want(three, 3);

	expect_taken(&request);
	errand_begin(&errand, false, &stamp);
	ask(ROOM);
	ck_assert(!(asked.flags & REQUEST_RESUME));
	ck_assert_uint_eq(asked.path_count, 3);
}

TEST(a_path_that_starts_over_is_asked_for_whole)
{
	struct msgfetch_request request = want(one, 1);

	expect_taken(&request);
	errand_begin(&errand, true, &stamp);
	errand.position = 60;
	errand_start_over(&errand);
	ask(ROOM);
	ck_assert(!(asked.flags & REQUEST_RESUME));
	ck_assert_uint_eq(asked.offset, 0);
}

TEST(what_the_caller_has_from_an_earlier_call_is_gone_on_with)
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

TEST(only_one_file_can_be_gone_on_with)
{
	struct msgfetch_request request = want(three, 3);

	request.resume = &kept;
	expect_refused(&request);
	request.count = 1;
	expect_taken(&request);
	request.flags = MSGFETCH_RECURSE;
	expect_refused(&request);
}

TEST(more_than_the_file_had_cannot_be_there)
{
	struct msgfetch_request request = want(one, 1);

	request.resume = &kept;
	request.offset = 100;
	expect_taken(&request);
	request.offset = 101;
	expect_refused(&request);
}

TEST(an_offset_alone_means_nothing)
{
	struct msgfetch_request request = want(one, 1);

	request.offset = 1;
	expect_refused(&request);
}

TEST(a_flag_of_a_later_version_is_refused)
{
	struct msgfetch_request request = want(one, 1);

	request.flags = 1u << 31;
	expect_refused(&request);
}

TEST(what_comes_counts_over_all_paths)
{
	struct msgfetch_request request = want(three, 3);

	expect_taken(&request);
	errand_begin(&errand, true, &stamp);
	errand.come = 100;
	ck_assert_uint_eq(errand_reached(&errand), 100);
	errand_next(&errand);
	ck_assert_uint_eq(errand_reached(&errand), 101);
	errand.come = 10;
	errand_start_over(&errand);
	ck_assert_uint_eq(errand_reached(&errand), 101);
}

int main(void)
{
	return harness_main("unit_errand", HARNESS_PURE);
}
