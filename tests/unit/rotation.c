/* SPDX-License-Identifier: ISC */
/* unit/rotation: what happened to a followed file. */
#include "config.h"

#include "server/transfer/rotation.h"

#include "tests/support/harness.h"

static enum rotation of_open(uint64_t size, uint64_t position)
{
	return rotation_decide(
		&(struct rotation_view){.open = true, .size = size, .position = position});
}

static enum rotation with_successor(uint64_t size, uint64_t position, uint64_t next_size)
{
	return rotation_decide(&(struct rotation_view){.open = true,
						       .size = size,
						       .position = position,
						       .successor = true,
						       .next_size = next_size});
}

TEST(a_longer_file_grew)
{
	ck_assert_int_eq(of_open(101, 100), ROTATION_GREW);
	ck_assert_int_eq(of_open(1, 0), ROTATION_GREW);
}

TEST(a_file_sent_to_its_end_needs_nothing)
{
	ck_assert_int_eq(of_open(100, 100), ROTATION_NONE);
	ck_assert_int_eq(of_open(0, 0), ROTATION_NONE);
}

TEST(a_shorter_file_was_truncated)
{
	ck_assert_int_eq(of_open(99, 100), ROTATION_TRUNCATED);
	ck_assert_int_eq(of_open(0, 100), ROTATION_TRUNCATED);
}

TEST(the_rest_of_a_replaced_file_comes_first)
{
	ck_assert_int_eq(with_successor(101, 100, 50), ROTATION_GREW);
	ck_assert_int_eq(with_successor(100, 100, 50), ROTATION_REPLACED);
}

TEST(an_empty_successor_can_wait)
{
	ck_assert_int_eq(with_successor(100, 100, 0), ROTATION_NONE);
}

TEST(a_first_file_starts_even_if_empty)
{
	const struct rotation_view view = {.successor = true};

	ck_assert_int_eq(rotation_decide(&view), ROTATION_REPLACED);
}

TEST(without_any_file_the_name_is_missing)
{
	const struct rotation_view view = {.open = false};

	ck_assert_int_eq(rotation_decide(&view), ROTATION_MISSING);
}

int main(void)
{
	return harness_main("unit/rotation", HARNESS_PURE);
}
