/* SPDX-License-Identifier: ISC */
/* unit_sequence: which reply may follow which, and with what numbers. */
#include "config.h"

#include "client/sequence.h"

#include "harness.h"

#include <errno.h>

#define SERIAL 7u
#define STAMP ((struct stamp){1, 2, 3, 100})

static struct sequence sequence;

static void ask(bool ping)
{
	sequence_init(&sequence, ping);
	sequence_ask(&sequence, SERIAL);
}

static enum sequence_step entry(struct stamp stamp)
{
	struct reply reply = {
		.type = MESSAGE_ENTRY, .serial = SERIAL, .body.entry.stamp = stamp};

	return sequence_accept(&sequence, &reply);
}

static enum sequence_step data(uint64_t offset, size_t length)
{
	struct reply reply = {
		.type = MESSAGE_DATA,
		.serial = SERIAL,
		.offset = offset,
		.body.data.length = length,
	};

	return sequence_accept(&sequence, &reply);
}

static enum sequence_step end(struct stamp stamp, uint64_t offset)
{
	struct reply reply = {
		.type = MESSAGE_END,
		.serial = SERIAL,
		.body.end = {.stamp = stamp, .offset = offset},
	};

	return sequence_accept(&sequence, &reply);
}

static enum sequence_step failure(uint32_t at)
{
	struct reply reply = {.type = MESSAGE_FAILURE,
			      .serial = SERIAL,
			      .entry = at,
			      .body.failure.error = EIO};

	return sequence_accept(&sequence, &reply);
}

static void begin(void)
{
	ask(false);
	ck_assert_int_eq(entry(STAMP), SEQUENCE_BEGIN);
}

TEST(entry_data_end_is_a_file)
{
	begin();
	ck_assert_int_eq(data(0, 60), SEQUENCE_BYTES);
	ck_assert_int_eq(data(60, 40), SEQUENCE_BYTES);
	ck_assert_int_eq(end(STAMP, 100), SEQUENCE_END);
}

TEST(entry_end_is_an_empty_file)
{
	const struct stamp empty = {1, 2, 3, 0};

	ask(false);
	ck_assert_int_eq(entry(empty), SEQUENCE_BEGIN);
	ck_assert_int_eq(end(empty, 0), SEQUENCE_END);
}

TEST(gaps_are_holes)
{
	begin();
	ck_assert_int_eq(data(10, 5), SEQUENCE_BYTES);
	ck_assert_int_eq(data(50, 5), SEQUENCE_BYTES);
	ck_assert_int_eq(end(STAMP, 100), SEQUENCE_END);
}

TEST(nothing_comes_before_the_entry)
{
	ask(false);
	ck_assert_int_eq(data(0, 1), SEQUENCE_VIOLATION);
	ask(false);
	ck_assert_int_eq(end(STAMP, 100), SEQUENCE_VIOLATION);
}

TEST(there_is_one_entry)
{
	begin();
	ck_assert_int_eq(entry(STAMP), SEQUENCE_VIOLATION);
}

TEST(nothing_comes_after_the_end)
{
	begin();
	end(STAMP, 100);
	ck_assert_int_eq(data(0, 1), SEQUENCE_VIOLATION);
	ck_assert_int_eq(end(STAMP, 100), SEQUENCE_VIOLATION);
	ck_assert_int_eq(failure(0), SEQUENCE_VIOLATION);
}

TEST(offsets_do_not_go_back)
{
	begin();
	data(0, 50);
	ck_assert_int_eq(data(49, 1), SEQUENCE_VIOLATION);
}

TEST(data_beyond_the_size_is_a_changed_file)
{
	begin();
	ck_assert_int_eq(data(99, 2), SEQUENCE_CUT);
	begin();
	ck_assert_int_eq(data(101, 1), SEQUENCE_CUT);
}

TEST(an_end_before_the_size_is_a_file_cut_short)
{
	begin();
	data(0, 50);
	ck_assert_int_eq(end(STAMP, 50), SEQUENCE_CUT);
}

TEST(an_end_before_the_position_is_nonsense)
{
	begin();
	data(0, 50);
	ck_assert_int_eq(end(STAMP, 49), SEQUENCE_VIOLATION);
}

TEST(an_end_beyond_the_size_is_no_end)
{
	begin();
	ck_assert_int_ne(end(STAMP, 101), SEQUENCE_END);
}

TEST(an_end_with_another_stamp_is_a_changed_file)
{
	struct stamp other = STAMP;

	other.mtime_ns++;
	begin();
	data(0, 100);
	ck_assert_int_eq(end(other, 100), SEQUENCE_CHANGED);
}

TEST(a_failure_may_come_at_any_point)
{
	ask(false);
	ck_assert_int_eq(failure(0), SEQUENCE_FAILED);
	begin();
	ck_assert_int_eq(failure(0), SEQUENCE_FAILED);
	begin();
	data(0, 1);
	ck_assert_int_eq(failure(ENTRY_WHOLE), SEQUENCE_FAILED);
}

TEST(a_failure_of_another_path_is_nonsense)
{
	begin();
	ck_assert_int_eq(failure(1), SEQUENCE_VIOLATION);
}

TEST(another_serial_is_nonsense)
{
	struct reply reply = {.type = MESSAGE_ENTRY, .serial = SERIAL + 1};

	ask(false);
	ck_assert_int_eq(sequence_accept(&sequence, &reply), SEQUENCE_VIOLATION);
}

TEST(a_second_request_is_a_resume_from_the_position)
{
	begin();
	data(0, 50);
	sequence_ask(&sequence, SERIAL);
	ck_assert(sequence.resumed);
	ck_assert_uint_eq(sequence.position, 50);
	ck_assert_int_eq(entry(STAMP), SEQUENCE_GO_ON);
	ck_assert_int_eq(data(50, 50), SEQUENCE_BYTES);
	ck_assert_int_eq(end(STAMP, 100), SEQUENCE_END);
}

TEST(a_resume_does_not_send_old_bytes_again)
{
	begin();
	data(0, 50);
	sequence_ask(&sequence, SERIAL);
	entry(STAMP);
	ck_assert_int_eq(data(0, 50), SEQUENCE_VIOLATION);
}

TEST(a_resume_of_another_file_is_nonsense)
{
	struct stamp other = STAMP;

	other.inode++;
	begin();
	sequence_ask(&sequence, SERIAL);
	ck_assert_int_eq(entry(other), SEQUENCE_VIOLATION);
}

TEST(before_any_entry_a_second_request_is_a_first)
{
	ask(false);
	failure(ENTRY_WHOLE);
	sequence_ask(&sequence, SERIAL);
	ck_assert(!sequence.resumed);
	ck_assert_int_eq(entry(STAMP), SEQUENCE_BEGIN);
}

TEST(starting_over_forgets_the_file)
{
	begin();
	data(0, 50);
	sequence_start_over(&sequence);
	sequence_ask(&sequence, SERIAL);
	ck_assert(!sequence.resumed);
	ck_assert_uint_eq(sequence.position, 0);
	ck_assert_int_eq(entry(STAMP), SEQUENCE_BEGIN);
}

TEST(a_ping_is_data_and_end)
{
	ask(true);
	ck_assert_int_eq(data(0, 15), SEQUENCE_BYTES);
	ck_assert_int_eq(end((struct stamp){0}, 15), SEQUENCE_END);
}

TEST(a_ping_has_no_entry)
{
	ask(true);
	ck_assert_int_eq(entry(STAMP), SEQUENCE_VIOLATION);
}

TEST(a_ping_has_no_gaps)
{
	ask(true);
	ck_assert_int_eq(data(1, 15), SEQUENCE_VIOLATION);
	ask(true);
	data(0, 15);
	ck_assert_int_eq(end((struct stamp){0}, 16), SEQUENCE_VIOLATION);
}

int main(void)
{
	return harness_main("unit_sequence", HARNESS_PURE);
}
