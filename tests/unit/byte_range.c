/* SPDX-License-Identifier: ISC */
/* unit/byte_range: the bytes of a file that RESUME, RANGE and TAIL select. */
#include "config.h"

#include "server/transfer/file_data.h"

#include "tests/support/harness.h"

/* Returns the range of path 0, a file of size bytes; {1, 0}: out of range. */
static struct byte_range byte_range_of(uint32_t flags, uint64_t offset, uint64_t length,
				       uint64_t size)
{
	const struct request request = {.flags = flags, .offset = offset, .length = length};
	struct byte_range range;

	return byte_range_of_request(&request, 0, size, &range) ? range
								: (struct byte_range){1, 0};
}

static void expect(struct byte_range range, uint64_t from, uint64_t to)
{
	ck_assert_uint_eq(range.from, from);
	ck_assert_uint_eq(range.to, to);
}

TEST(a_request_without_flags_is_for_the_whole_file)
{
	expect(byte_range_of(0, 0, 0, 1000), 0, 1000);
	expect(byte_range_of(REQUEST_HOLES, 0, 0, 0), 0, 0);
}

TEST(a_resume_goes_to_the_end)
{
	expect(byte_range_of(REQUEST_RESUME, 10, 0, 1000), 10, 1000);
	expect(byte_range_of(REQUEST_RESUME, 1000, 0, 1000), 1000, 1000);
}

TEST(only_the_first_path_is_resumed)
{
	const struct request request = {.flags = REQUEST_RESUME, .offset = 10};
	struct byte_range range;

	ck_assert(byte_range_of_request(&request, 1, 5, &range));
	expect(range, 0, 5);
}

TEST(a_range_is_cut_at_the_end)
{
	expect(byte_range_of(REQUEST_RANGE, 0, 100, 1000), 0, 100);
	expect(byte_range_of(REQUEST_RANGE, 100, 0, 1000), 100, 1000);
	expect(byte_range_of(REQUEST_RANGE, 900, 100, 1000), 900, 1000);
	expect(byte_range_of(REQUEST_RANGE, 900, 101, 1000), 900, 1000);
	expect(byte_range_of(REQUEST_RANGE, 999, INT64_MAX - 999, 1000), 999, 1000);
	expect(byte_range_of(REQUEST_RANGE, 0, 100, 10), 0, 10);
}

TEST(a_range_past_the_last_byte_is_empty)
{
	expect(byte_range_of(REQUEST_RANGE, 1000, 0, 1000), 1, 0);
	expect(byte_range_of(REQUEST_RANGE, 1000, 1, 1000), 1, 0);
	expect(byte_range_of(REQUEST_RANGE, INT64_MAX, 0, 1000), 1, 0);
	expect(byte_range_of(REQUEST_RANGE, 1, 0, 0), 1, 0);
}

TEST(the_beginning_of_an_empty_file_is_empty)
{
	expect(byte_range_of(REQUEST_RANGE, 0, 0, 0), 0, 0);
	expect(byte_range_of(REQUEST_RANGE, 0, 100, 0), 0, 0);
}

TEST(a_tail_is_as_much_as_there_is)
{
	expect(byte_range_of(REQUEST_RANGE | REQUEST_TAIL, 0, 100, 1000), 900, 1000);
	expect(byte_range_of(REQUEST_RANGE | REQUEST_TAIL, 0, 1000, 1000), 0, 1000);
	expect(byte_range_of(REQUEST_RANGE | REQUEST_TAIL, 0, 1001, 1000), 0, 1000);
	expect(byte_range_of(REQUEST_RANGE | REQUEST_TAIL, 0, 100, 0), 0, 0);
}

TEST(a_resumed_range_keeps_its_end)
{
	expect(byte_range_of(REQUEST_RANGE | REQUEST_RESUME, 100, 50, 1000), 100, 150);
	expect(byte_range_of(REQUEST_RANGE | REQUEST_RESUME, 1000, 50, 1000), 1000, 1000);
	expect(byte_range_of(REQUEST_RANGE | REQUEST_RESUME, 100, 0, 1000), 100, 1000);
}

int main(void)
{
	return harness_main("unit/range", HARNESS_PURE);
}
