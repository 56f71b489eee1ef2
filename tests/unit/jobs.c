/* SPDX-License-Identifier: ISC */
/* unit/jobs: distribution of paths among jobs. */
#include "config.h"

#include "client/command/select/jobs.h"

#include "tests/support/harness.h"

static struct jobs_board board;
static struct options options, batch;

TEST(every_path_is_taken_once)
{
	char path[] = "path";
	char *paths[1000];
	size_t next = 0;
	struct jobs_part parts[3];

	for (size_t i = 0; i < 1000; i++)
		paths[i] = path;
	options = (struct options){.paths = paths, .path_count = 1000, .jobs = 3};
	for (size_t i = 0; i < 3; i++)
		parts[i] = (struct jobs_part){
			.options = &options, .board = &board, .place = &board.places[i]};
	for (size_t turn = 0; jobs_take(&parts[turn % 3], &batch); turn++) {
		ck_assert_ptr_eq(batch.paths, paths + next);
		ck_assert_uint_gt(batch.path_count, 0);
		ck_assert_uint_eq(parts[turn % 3].place->first, next);
		next += batch.path_count;
		ck_assert_uint_eq(parts[turn % 3].place->end, next);
	}
	ck_assert_uint_eq(next, 1000);
}

static size_t take_of(size_t left, unsigned jobs)
{
	struct jobs_part part = {.options = &options, .board = &board, .place = board.places};

	options = (struct options){.path_count = left, .jobs = jobs};
	board.next = 0;
	ck_assert(jobs_take(&part, &batch));
	return batch.path_count;
}

TEST(shares_become_smaller)
{
	ck_assert_uint_eq(take_of(1000, 4), 125);
	ck_assert_uint_eq(take_of(100, 4), 12);
	ck_assert_uint_eq(take_of(7, 4), 1);
	ck_assert_uint_eq(take_of(1, 4), 1);
}

int main(void)
{
	return harness_main("unit/jobs", HARNESS_PURE);
}
