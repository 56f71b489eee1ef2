/* SPDX-License-Identifier: ISC */
/* unit/sequence: the order and the numbers of replies. */
#include "config.h"

#include "client/lib/sequence.h"

#include "tests/support/harness.h"

#include <errno.h>
#include <sys/stat.h>

#define SERIAL 7u
#define STAMP ((struct stamp){1, 2, 3, 100})

static struct sequence sequence;
static uint32_t current; /* entry number of the next replies */

static size_t digest_length; /* of the digest in each END */

static void open_sequence(struct request request)
{
	request.serial = SERIAL;
	sequence_open(&sequence, &request);
	current = 0;
	digest_length = 0;
}

static void ask_with(uint32_t paths, uint32_t flags)
{
	open_sequence((struct request){.operation = OPERATION_FETCH,
				       .flags = REQUEST_LIST | flags,
				       .path_count = paths});
}

static void ask(uint32_t paths, bool recurse)
{
	ask_with(paths, recurse ? REQUEST_RECURSE : 0);
}

static void ask_names(uint32_t paths, uint32_t flags)
{
	open_sequence((struct request){.operation = OPERATION_LIST,
				       .flags = REQUEST_LIST | flags,
				       .path_count = paths});
}

static void ask_range(uint64_t offset, uint64_t length, uint32_t flags)
{
	open_sequence((struct request){
		.operation = OPERATION_FETCH,
		.flags = REQUEST_LIST | REQUEST_RANGE | flags,
		.offset = offset,
		.length = length,
		.stamp = (flags & REQUEST_RESUME) != 0 ? STAMP : (struct stamp){0},
		.path_count = 1});
}

static void ask_ping(void)
{
	open_sequence((struct request){.operation = OPERATION_PING});
}

/* Accepts the next entry of a list. */
static enum sequence_step entry(uint32_t path, const char *name, uint32_t mode,
				struct stamp stamp)
{
	struct reply reply = {
		.type = MESSAGE_ENTRY,
		.serial = SERIAL,
		.entry = sequence.entries,
		.body.entry = {.wire = {.stamp = stamp, .mode = mode, .path = path},
			       .name = name,
			       .link = ""},
	};

	current = sequence.entries;
	return sequence_accept(&sequence, &reply);
}

static enum sequence_step file(uint32_t path, const char *name)
{
	return entry(path, name, S_IFREG | 0644, STAMP);
}

static enum sequence_step directory(uint32_t path, const char *name)
{
	return entry(path, name, S_IFDIR | 0755, STAMP);
}

static enum sequence_step data(uint64_t offset, size_t length)
{
	struct reply reply = {
		.type = MESSAGE_DATA,
		.serial = SERIAL,
		.entry = current,
		.offset = offset,
		.body.data.length = length,
	};

	return sequence_accept(&sequence, &reply);
}

static enum sequence_step end_at(uint32_t at, struct stamp stamp, uint64_t offset)
{
	struct reply reply = {
		.type = MESSAGE_END,
		.serial = SERIAL,
		.entry = at,
		.body.end = {.wire = {.stamp = stamp, .offset = offset},
			     .digest.length = at == ENTRY_WHOLE ? 0 : digest_length},
	};

	return sequence_accept(&sequence, &reply);
}

static enum sequence_step end(struct stamp stamp, uint64_t offset)
{
	return end_at(current, stamp, offset);
}

static enum sequence_step over(uint64_t entries)
{
	return end_at(ENTRY_WHOLE, (struct stamp){0}, entries);
}

static enum sequence_step failure(uint32_t at)
{
	struct reply reply = {.type = MESSAGE_FAILURE,
			      .serial = SERIAL,
			      .entry = at,
			      .body.failure.error = EIO};

	return sequence_accept(&sequence, &reply);
}

/* Starts a request for a file, up to the ENTRY. */
static void begin(void)
{
	ask(1, false);
	ck_assert_int_eq(file(0, ""), SEQUENCE_BEGIN);
}

/* Starts a request for a directory, up to the ENTRY. */
static void begin_tree(void)
{
	ask(1, true);
	ck_assert_int_eq(directory(0, ""), SEQUENCE_BEGIN);
}

/* Starts a FOLLOW that goes on at byte position of STAMP's file; 0: a first one. */
static void ask_follow(uint64_t position)
{
	const struct stamp known = {1, 2, 3, position};

	open_sequence((struct request){.operation = OPERATION_FETCH,
				       .flags = REQUEST_LIST | REQUEST_FOLLOW | REQUEST_AWAIT |
						(position > 0 ? REQUEST_RESUME : 0),
				       .offset = position,
				       .stamp = position > 0 ? known : (struct stamp){0},
				       .path_count = 1});
}

/* Accepts the next entry of a FOLLOW, whose DATA starts at offset. */
static enum sequence_step followed(uint64_t inode, uint64_t offset)
{
	struct reply reply = {
		.type = MESSAGE_ENTRY,
		.serial = SERIAL,
		.entry = sequence.entries,
		.offset = offset,
		.body.entry = {.wire = {.stamp = {1, inode, 9, 100}, .mode = S_IFREG | 0644},
			       .name = "",
			       .link = ""},
	};

	current = sequence.entries;
	return sequence_accept(&sequence, &reply);
}

TEST(a_followed_file_grows_past_its_first_size)
{
	ask_follow(0);
	ck_assert_int_eq(followed(2, 40), SEQUENCE_BEGIN);
	ck_assert_int_eq(data(40, 60), SEQUENCE_BYTES);
	ck_assert_int_eq(data(100, 1000), SEQUENCE_BYTES);
}

TEST(a_followed_file_has_no_gaps)
{
	ask_follow(0);
	ck_assert_int_eq(followed(2, 0), SEQUENCE_BEGIN);
	ck_assert_int_eq(data(1, 1), SEQUENCE_VIOLATION);
}

TEST(the_next_file_follows_the_end_of_the_one_before)
{
	ask_follow(0);
	ck_assert_int_eq(followed(2, 0), SEQUENCE_BEGIN);
	ck_assert_int_eq(data(0, 10), SEQUENCE_BYTES);
	ck_assert_int_eq(end((struct stamp){1, 2, 4, 0}, 10), SEQUENCE_END);
	ck_assert_int_eq(followed(3, 0), SEQUENCE_BEGIN);
	ck_assert_int_eq(data(0, 10), SEQUENCE_BYTES);
}

TEST(the_next_file_needs_the_end_of_the_one_before)
{
	ask_follow(0);
	ck_assert_int_eq(followed(2, 0), SEQUENCE_BEGIN);
	ck_assert_int_eq(followed(3, 0), SEQUENCE_VIOLATION);
}

TEST(a_followed_file_ends_where_its_bytes_end)
{
	ask_follow(0);
	ck_assert_int_eq(followed(2, 0), SEQUENCE_BEGIN);
	ck_assert_int_eq(data(0, 10), SEQUENCE_BYTES);
	ck_assert_int_eq(end(STAMP, 11), SEQUENCE_VIOLATION);
}

TEST(the_known_file_is_resumed_whatever_its_size)
{
	ask_follow(50);
	ck_assert_int_eq(followed(2, 50), SEQUENCE_RESUMED);
	ck_assert_int_eq(data(50, 10), SEQUENCE_BYTES);
}

TEST(another_file_or_place_is_a_new_beginning)
{
	ask_follow(50);
	ck_assert_int_eq(followed(3, 0), SEQUENCE_BEGIN);
	ask_follow(50);
	ck_assert_int_eq(followed(2, 0), SEQUENCE_BEGIN);
}

TEST(an_awaited_file_comes_after_its_failure)
{
	ask_follow(0);
	ck_assert_int_eq(entry(0, "", 0, (struct stamp){0}), SEQUENCE_BEGIN);
	ck_assert_int_eq(failure(0), SEQUENCE_FAILED);
	ck_assert_int_eq(followed(2, 0), SEQUENCE_BEGIN);
	ck_assert_int_eq(data(0, 1), SEQUENCE_BYTES);
}

TEST(the_known_file_can_be_missing_at_first)
{
	ask_follow(50);
	ck_assert_int_eq(entry(0, "", 0, (struct stamp){0}), SEQUENCE_RESUMED);
	ck_assert_int_eq(failure(0), SEQUENCE_FAILED);
	ck_assert_int_eq(followed(2, 50), SEQUENCE_RESUMED);
}

TEST(only_a_regular_file_is_followed)
{
	ask_follow(0);
	ck_assert_int_eq(entry(0, "", S_IFDIR | 0755, STAMP), SEQUENCE_VIOLATION);
	ask_follow(0);
	ck_assert_int_eq(entry(0, "name", S_IFREG | 0644, STAMP), SEQUENCE_VIOLATION);
}

TEST(an_entry_starts_elsewhere_only_in_a_follow)
{
	ask(1, false);
	ck_assert_int_eq(followed(2, 40), SEQUENCE_VIOLATION);
}

TEST(entry_data_end_is_a_file)
{
	begin();
	ck_assert_int_eq(data(0, 60), SEQUENCE_BYTES);
	ck_assert_int_eq(data(60, 40), SEQUENCE_BYTES);
	ck_assert_int_eq(end(STAMP, 100), SEQUENCE_END);
	ck_assert_int_eq(over(1), SEQUENCE_OVER);
}

TEST(entry_end_is_an_empty_file)
{
	const struct stamp empty = {1, 2, 3, 0};

	ask(1, false);
	ck_assert_int_eq(entry(0, "", S_IFREG | 0644, empty), SEQUENCE_BEGIN);
	ck_assert_int_eq(end(empty, 0), SEQUENCE_END);
	ck_assert_int_eq(over(1), SEQUENCE_OVER);
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
	ask(1, false);
	ck_assert_int_eq(data(0, 1), SEQUENCE_VIOLATION);
	ask(1, false);
	ck_assert_int_eq(end(STAMP, 100), SEQUENCE_VIOLATION);
	ask(1, false);
	ck_assert_int_eq(failure(0), SEQUENCE_VIOLATION);
}

TEST(the_end_of_all_does_not_come_before_the_entries)
{
	ask(1, false);
	ck_assert_int_eq(over(0), SEQUENCE_VIOLATION);
	ask(2, false);
	ck_assert_int_eq(over(0), SEQUENCE_VIOLATION);
}

TEST(no_entry_comes_while_a_file_is_open)
{
	begin();
	ck_assert_int_eq(file(0, ""), SEQUENCE_VIOLATION);
	ask(2, false);
	file(0, "");
	ck_assert_int_eq(file(1, ""), SEQUENCE_VIOLATION);
}

TEST(nothing_comes_after_the_end_of_all)
{
	begin();
	end(STAMP, 100);
	over(1);
	ck_assert_int_eq(data(0, 1), SEQUENCE_VIOLATION);
	ck_assert_int_eq(file(0, ""), SEQUENCE_VIOLATION);
	ck_assert_int_eq(over(1), SEQUENCE_VIOLATION);
	ck_assert_int_eq(failure(0), SEQUENCE_VIOLATION);
	ck_assert_int_eq(failure(ENTRY_WHOLE), SEQUENCE_VIOLATION);
}

TEST(no_bytes_come_after_the_end_of_a_file)
{
	begin();
	end(STAMP, 100);
	ck_assert_int_eq(data(0, 1), SEQUENCE_VIOLATION);
	ck_assert_int_eq(end(STAMP, 100), SEQUENCE_VIOLATION);
}

TEST(offsets_do_not_go_back)
{
	begin();
	data(0, 50);
	ck_assert_int_eq(data(49, 1), SEQUENCE_VIOLATION);
}

TEST(data_beyond_the_size_is_a_violation)
{
	begin();
	ck_assert_int_eq(data(99, 2), SEQUENCE_VIOLATION);
	begin();
	ck_assert_int_eq(data(101, 1), SEQUENCE_VIOLATION);
}

TEST(an_end_before_the_size_is_a_file_cut_short)
{
	begin();
	data(0, 50);
	ck_assert_int_eq(end(STAMP, 50), SEQUENCE_CUT);
	ck_assert_int_eq(over(1), SEQUENCE_OVER);
}

TEST(an_end_before_the_position_is_a_violation)
{
	begin();
	data(0, 50);
	ck_assert_int_eq(end(STAMP, 49), SEQUENCE_VIOLATION);
}

TEST(an_end_beyond_the_size_is_no_end)
{
	begin();
	ck_assert_int_eq(end(STAMP, 101), SEQUENCE_CUT);
}

TEST(an_end_with_another_stamp_is_a_changed_file)
{
	struct stamp other = STAMP;

	other.mtime_ns++;
	begin();
	data(0, 100);
	ck_assert_int_eq(end(other, 100), SEQUENCE_CHANGED);
}

TEST(an_end_with_a_larger_size_is_a_file_that_grew)
{
	struct stamp larger = STAMP;

	larger.mtime_ns++;
	larger.size++;
	begin();
	data(0, 100);
	ck_assert_int_eq(end(larger, 100), SEQUENCE_GREW);
}

TEST(an_end_at_the_larger_size_is_cut)
{
	struct stamp larger = STAMP;

	larger.size++;
	begin();
	data(0, 100);
	ck_assert_int_eq(end(larger, 101), SEQUENCE_CUT);
}

TEST(an_end_of_a_larger_file_under_the_same_name_is_a_changed_file)
{
	struct stamp other = STAMP;

	other.inode++;
	other.size++;
	begin();
	data(0, 100);
	ck_assert_int_eq(end(other, 100), SEQUENCE_CHANGED);
}

TEST(an_end_with_a_smaller_size_is_a_changed_file)
{
	struct stamp smaller = STAMP;

	smaller.size--;
	begin();
	data(0, 100);
	ck_assert_int_eq(end(smaller, 100), SEQUENCE_CHANGED);
}

TEST(a_failure_may_come_at_any_point_after_the_entry)
{
	begin();
	ck_assert_int_eq(failure(0), SEQUENCE_FAILED);
	ck_assert_int_eq(over(1), SEQUENCE_OVER);
	begin();
	data(0, 1);
	ck_assert_int_eq(failure(0), SEQUENCE_FAILED);
	ck_assert_int_eq(data(1, 1), SEQUENCE_VIOLATION);
}

TEST(an_entry_without_a_mode_does_not_end_in_success)
{
	ask(1, false);
	entry(0, "", 0, (struct stamp){0});
	ck_assert_int_eq(over(1), SEQUENCE_VIOLATION);
}

TEST(no_entry_follows_an_entry_without_a_mode)
{
	ask(2, false);
	entry(0, "", 0, (struct stamp){0});
	ck_assert_int_eq(file(1, ""), SEQUENCE_VIOLATION);
}

TEST(an_entry_without_a_mode_is_followed_by_its_failure)
{
	ask(1, false);
	ck_assert_int_eq(entry(0, "", 0, (struct stamp){0}), SEQUENCE_BEGIN);
	ck_assert_int_eq(failure(0), SEQUENCE_FAILED);
	ck_assert_int_eq(over(1), SEQUENCE_OVER);
}

TEST(a_failure_of_the_whole_may_come_at_any_point)
{
	ask(1, false);
	ck_assert_int_eq(failure(ENTRY_WHOLE), SEQUENCE_WHOLE);
	begin();
	ck_assert_int_eq(failure(ENTRY_WHOLE), SEQUENCE_WHOLE);
	begin();
	data(0, 1);
	ck_assert_int_eq(failure(ENTRY_WHOLE), SEQUENCE_WHOLE);
	ck_assert(sequence.over);
}

TEST(a_failure_of_another_entry_is_a_violation)
{
	begin();
	ck_assert_int_eq(failure(1), SEQUENCE_VIOLATION);
	begin_tree();
	file(0, "a");
	ck_assert_int_eq(failure(0), SEQUENCE_VIOLATION);
}

TEST(another_serial_is_a_violation)
{
	struct reply reply = {.type = MESSAGE_ENTRY, .serial = SERIAL + 1};

	ask(1, false);
	ck_assert_int_eq(sequence_accept(&sequence, &reply), SEQUENCE_VIOLATION);
}

TEST(a_pack_within_is_a_violation)
{
	struct reply reply = {.type = MESSAGE_PACK, .serial = SERIAL};

	begin();
	ck_assert_int_eq(sequence_accept(&sequence, &reply), SEQUENCE_VIOLATION);
}

/* Lists. */

TEST(paths_come_one_after_the_other)
{
	ask(3, false);
	file(0, "");
	end(STAMP, 100);
	ck_assert_int_eq(file(1, ""), SEQUENCE_BEGIN);
	end(STAMP, 100);
	ck_assert_int_eq(file(2, ""), SEQUENCE_BEGIN);
	end(STAMP, 100);
	ck_assert_int_eq(over(3), SEQUENCE_OVER);
}

TEST(a_path_that_is_left_out_is_a_violation)
{
	ask(3, false);
	ck_assert_int_eq(file(1, ""), SEQUENCE_VIOLATION);
	ask(3, false);
	file(0, "");
	end(STAMP, 100);
	ck_assert_int_eq(file(2, ""), SEQUENCE_VIOLATION);
	ask(3, false);
	file(0, "");
	end(STAMP, 100);
	ck_assert_int_eq(over(1), SEQUENCE_VIOLATION);
}

TEST(a_path_that_comes_twice_is_a_violation)
{
	ask(3, false);
	file(0, "");
	end(STAMP, 100);
	ck_assert_int_eq(file(0, ""), SEQUENCE_VIOLATION);
}

TEST(a_path_that_was_not_asked_for_is_a_violation)
{
	begin();
	end(STAMP, 100);
	ck_assert_int_eq(file(1, ""), SEQUENCE_VIOLATION);
	ask(1, false);
	ck_assert_int_eq(file(UINT32_MAX, ""), SEQUENCE_VIOLATION);
}

TEST(entries_are_numbered_without_gaps)
{
	struct reply reply = {
		.type = MESSAGE_ENTRY,
		.serial = SERIAL,
		.body.entry = {.wire = {.mode = S_IFREG}, .name = "", .link = ""},
	};
	const uint32_t wrong[] = {1, 2, UINT32_MAX};

	for (size_t i = 0; i < 3; i++) {
		ask(1, false);
		reply.entry = wrong[i];
		ck_assert_int_eq(sequence_accept(&sequence, &reply), SEQUENCE_VIOLATION);
	}
}

TEST(another_count_at_the_end_is_a_violation)
{
	begin();
	end(STAMP, 100);
	ck_assert_int_eq(over(0), SEQUENCE_VIOLATION);
	begin();
	end(STAMP, 100);
	ck_assert_int_eq(over(2), SEQUENCE_VIOLATION);
	begin();
	end(STAMP, 100);
	ck_assert_int_eq(over((1ull << 32) + 1), SEQUENCE_VIOLATION);
}

TEST(the_end_of_all_does_not_come_within_a_file)
{
	begin();
	ck_assert_int_eq(over(1), SEQUENCE_VIOLATION);
}

TEST(bytes_of_another_entry_are_violations)
{
	begin();
	current = 1;
	ck_assert_int_eq(data(0, 1), SEQUENCE_VIOLATION);
	begin_tree();
	file(0, "a");
	current = 0;
	ck_assert_int_eq(data(0, 1), SEQUENCE_VIOLATION);
}

TEST(only_a_file_has_bytes)
{
	begin_tree();
	ck_assert_int_eq(data(0, 1), SEQUENCE_VIOLATION);
	begin_tree();
	ck_assert_int_eq(end(STAMP, 100), SEQUENCE_VIOLATION);
	begin_tree();
	entry(0, "link", S_IFLNK | 0777, STAMP);
	ck_assert_int_eq(data(0, 1), SEQUENCE_VIOLATION);
	begin_tree();
	entry(0, "fifo", S_IFIFO | 0644, STAMP);
	ck_assert_int_eq(data(0, 1), SEQUENCE_VIOLATION);
}

/* Trees. */

TEST(contents_of_a_directory_follow_the_directory)
{
	begin_tree();
	ck_assert_int_eq(directory(0, "d"), SEQUENCE_BEGIN);
	ck_assert_int_eq(file(0, "d/f"), SEQUENCE_BEGIN);
	ck_assert_int_eq(end(STAMP, 100), SEQUENCE_END);
	ck_assert_int_eq(entry(0, "link", S_IFLNK | 0777, STAMP), SEQUENCE_BEGIN);
	ck_assert_int_eq(entry(0, "fifo", S_IFIFO | 0644, STAMP), SEQUENCE_BEGIN);
	ck_assert_int_eq(over(5), SEQUENCE_OVER);
}

TEST(files_and_trees_may_be_mixed)
{
	ask(3, true);
	file(0, "");
	end(STAMP, 100);
	ck_assert_int_eq(directory(1, ""), SEQUENCE_BEGIN);
	ck_assert_int_eq(file(1, "f"), SEQUENCE_BEGIN);
	end(STAMP, 100);
	ck_assert_int_eq(file(2, ""), SEQUENCE_BEGIN);
	end(STAMP, 100);
	ck_assert_int_eq(over(4), SEQUENCE_OVER);
}

TEST(a_directory_that_was_not_asked_for_is_a_violation)
{
	ask(1, false);
	ck_assert_int_eq(directory(0, ""), SEQUENCE_VIOLATION);
}

TEST(nothing_is_beneath_a_file)
{
	ask(1, true);
	file(0, "");
	end(STAMP, 100);
	ck_assert_int_eq(file(0, "f"), SEQUENCE_VIOLATION);
}

TEST(a_tree_begins_with_its_directory)
{
	ask(1, true);
	ck_assert_int_eq(file(0, "f"), SEQUENCE_VIOLATION);
}

TEST(a_name_of_another_path_is_a_violation)
{
	ask(2, true);
	directory(0, "");
	ck_assert_int_eq(file(1, "f"), SEQUENCE_VIOLATION);
	ask(2, true);
	directory(0, "");
	directory(1, "");
	ck_assert_int_eq(file(0, "f"), SEQUENCE_VIOLATION);
}

TEST(a_directory_that_failed_has_nothing_beneath)
{
	ask(1, true);
	entry(0, "", 0, (struct stamp){0});
	failure(0);
	ck_assert_int_eq(file(0, "f"), SEQUENCE_VIOLATION);
}

TEST(names_that_lead_elsewhere_are_violations)
{
	const char *const names[] = {"..",  "../f", "a/../f", "/f", "a//f", "a/",
				     "./f", ".",    "a/./f",  "/",  "a/.."};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		begin_tree();
		ck_assert_msg(file(0, names[i]) == SEQUENCE_VIOLATION, "%s was taken",
			      names[i]);
	}
}

/* Resumes. */

static void resume(uint32_t paths, uint64_t position)
{
	open_sequence((struct request){.operation = OPERATION_FETCH,
				       .flags = REQUEST_LIST | REQUEST_RESUME,
				       .path_count = paths,
				       .offset = position,
				       .stamp = STAMP});
}

TEST(a_resume_goes_on_from_its_position)
{
	resume(1, 50);
	ck_assert_int_eq(file(0, ""), SEQUENCE_RESUMED);
	ck_assert_int_eq(data(50, 50), SEQUENCE_BYTES);
	ck_assert_int_eq(end(STAMP, 100), SEQUENCE_END);
	ck_assert_int_eq(over(1), SEQUENCE_OVER);
}

TEST(a_resume_does_not_send_old_bytes_again)
{
	resume(1, 50);
	file(0, "");
	ck_assert_int_eq(data(0, 50), SEQUENCE_VIOLATION);
	resume(1, 50);
	file(0, "");
	ck_assert_int_eq(data(49, 51), SEQUENCE_VIOLATION);
}

TEST(a_resume_of_another_file_is_a_violation)
{
	struct stamp other = STAMP;

	other.inode++;
	resume(1, 50);
	ck_assert_int_eq(entry(0, "", S_IFREG | 0644, other), SEQUENCE_VIOLATION);
	resume(1, 50);
	ck_assert_int_eq(entry(0, "", S_IFLNK | 0777, STAMP), SEQUENCE_VIOLATION);
}

TEST(a_resume_is_of_the_first_path_alone)
{
	resume(2, 50);
	file(0, "");
	data(50, 50);
	end(STAMP, 100);
	ck_assert_int_eq(file(1, ""), SEQUENCE_BEGIN);
	ck_assert_int_eq(data(0, 100), SEQUENCE_BYTES);
	ck_assert_int_eq(end(STAMP, 100), SEQUENCE_END);
	ck_assert_int_eq(over(2), SEQUENCE_OVER);
}

TEST(a_resume_that_is_refused_has_an_entry_and_a_failure)
{
	resume(1, 50);
	ck_assert_int_eq(entry(0, "", 0, (struct stamp){0}), SEQUENCE_RESUMED);
	ck_assert_int_eq(failure(0), SEQUENCE_FAILED);
}

/* Ranges. */

TEST(a_range_has_its_bytes_alone)
{
	ask_range(20, 30, 0);
	ck_assert_int_eq(file(0, ""), SEQUENCE_BEGIN);
	ck_assert_uint_eq(sequence.position, 20);
	ck_assert_int_eq(data(20, 30), SEQUENCE_BYTES);
	ck_assert_int_eq(end(STAMP, 50), SEQUENCE_END);
	ck_assert_int_eq(over(1), SEQUENCE_OVER);
}

TEST(bytes_before_or_after_a_range_are_violations)
{
	ask_range(20, 30, 0);
	file(0, "");
	ck_assert_int_eq(data(19, 1), SEQUENCE_VIOLATION);
	ask_range(20, 30, 0);
	file(0, "");
	ck_assert_int_eq(data(49, 2), SEQUENCE_VIOLATION);
}

TEST(a_range_that_ends_elsewhere_is_cut)
{
	ask_range(20, 30, 0);
	file(0, "");
	ck_assert_int_eq(end(STAMP, 49), SEQUENCE_CUT);
	ask_range(20, 30, 0);
	file(0, "");
	ck_assert_int_eq(end(STAMP, 100), SEQUENCE_CUT);
}

TEST(a_range_ends_with_the_file_at_the_latest)
{
	ask_range(90, 30, 0);
	file(0, "");
	ck_assert_int_eq(data(90, 10), SEQUENCE_BYTES);
	ck_assert_int_eq(end(STAMP, 100), SEQUENCE_END);
	ask_range(90, INT64_MAX - 90, 0);
	file(0, "");
	ck_assert_int_eq(end(STAMP, 100), SEQUENCE_END);
}

TEST(a_range_without_a_length_goes_to_the_end)
{
	ask_range(60, 0, 0);
	file(0, "");
	ck_assert_int_eq(data(60, 40), SEQUENCE_BYTES);
	ck_assert_int_eq(end(STAMP, 100), SEQUENCE_END);
}

TEST(a_range_past_the_end_of_the_file_has_no_end)
{
	ask_range(101, 0, 0);
	file(0, "");
	ck_assert_int_eq(end(STAMP, 100), SEQUENCE_VIOLATION);
	ask_range(101, 0, 0);
	file(0, "");
	ck_assert_int_eq(failure(0), SEQUENCE_FAILED);
}

TEST(a_tail_is_the_last_bytes)
{
	ask_range(0, 30, REQUEST_TAIL);
	file(0, "");
	ck_assert_uint_eq(sequence.position, 70);
	ck_assert_int_eq(data(70, 30), SEQUENCE_BYTES);
	ck_assert_int_eq(end(STAMP, 100), SEQUENCE_END);
	ask_range(0, 30, REQUEST_TAIL);
	file(0, "");
	ck_assert_int_eq(data(0, 30), SEQUENCE_VIOLATION);
}

TEST(a_tail_longer_than_the_file_is_all_of_it)
{
	ask_range(0, 101, REQUEST_TAIL);
	file(0, "");
	ck_assert_int_eq(data(0, 100), SEQUENCE_BYTES);
	ck_assert_int_eq(end(STAMP, 100), SEQUENCE_END);
}

TEST(a_range_can_be_resumed)
{
	ask_range(40, 10, REQUEST_RESUME);
	ck_assert_int_eq(file(0, ""), SEQUENCE_RESUMED);
	ck_assert_int_eq(data(40, 10), SEQUENCE_BYTES);
	ck_assert_int_eq(end(STAMP, 50), SEQUENCE_END);
}

/* Digests. */

TEST(a_digest_that_was_asked_for_has_its_length)
{
	const uint32_t flags[] = {0, REQUEST_XXH3, REQUEST_SHA256};
	const size_t lengths[] = {0, DIGEST_XXH3_BYTES, DIGEST_SHA256_BYTES};

	for (size_t i = 0; i < 3; i++) {
		for (size_t j = 0; j < 3; j++) {
			ask_with(1, flags[i]);
			file(0, "");
			digest_length = lengths[j];
			ck_assert_int_eq(end(STAMP, 100),
					 i == j ? SEQUENCE_END : SEQUENCE_VIOLATION);
		}
	}
}

TEST(the_end_of_all_has_no_digest)
{
	struct reply reply = {
		.type = MESSAGE_END,
		.serial = SERIAL,
		.entry = ENTRY_WHOLE,
		.body.end = {.wire.offset = 1, .digest.length = DIGEST_XXH3_BYTES},
	};

	ask_with(1, REQUEST_XXH3);
	file(0, "");
	digest_length = DIGEST_XXH3_BYTES;
	end(STAMP, 100);
	ck_assert_int_eq(sequence_accept(&sequence, &reply), SEQUENCE_VIOLATION);
}

TEST(a_resumed_digest_makes_the_worker_read_again)
{
	ask_with(1, REQUEST_XXH3);
	ck_assert_uint_eq(sequence_bytes_again(&sequence), 0);
	resume(1, 50);
	ck_assert_uint_eq(sequence_bytes_again(&sequence), 0);
	sequence.flags |= REQUEST_SHA256;
	ck_assert_uint_eq(sequence_bytes_again(&sequence), 50);
}

/* Names. */

TEST(names_are_entries_alone)
{
	ask_names(2, 0);
	ck_assert_int_eq(file(0, ""), SEQUENCE_BEGIN);
	ck_assert_int_eq(directory(1, ""), SEQUENCE_BEGIN);
	ck_assert_int_eq(over(2), SEQUENCE_OVER);
}

TEST(names_have_no_bytes)
{
	ask_names(1, 0);
	file(0, "");
	ck_assert_int_eq(data(0, 1), SEQUENCE_VIOLATION);
	ask_names(1, 0);
	file(0, "");
	ck_assert_int_eq(end(STAMP, 100), SEQUENCE_VIOLATION);
}

TEST(nothing_within_a_directory_comes_unasked)
{
	ask_names(1, 0);
	directory(0, "");
	ck_assert_int_eq(file(0, "a"), SEQUENCE_VIOLATION);
}

TEST(children_are_directly_within)
{
	ask_names(1, REQUEST_CHILDREN);
	directory(0, "");
	ck_assert_int_eq(file(0, "a"), SEQUENCE_BEGIN);
	ck_assert_int_eq(directory(0, "d"), SEQUENCE_BEGIN);
	ck_assert_int_eq(file(0, "d/f"), SEQUENCE_VIOLATION);
}

TEST(all_names_beneath_come_if_they_were_requested)
{
	const uint32_t both = REQUEST_CHILDREN | REQUEST_RECURSE;

	ask_names(1, REQUEST_RECURSE);
	directory(0, "");
	directory(0, "d");
	ck_assert_int_eq(file(0, "d/f"), SEQUENCE_BEGIN);
	ask_names(1, both);
	directory(0, "");
	directory(0, "d");
	ck_assert_int_eq(file(0, "d/f"), SEQUENCE_BEGIN);
	ck_assert_int_eq(over(3), SEQUENCE_OVER);
}

TEST(a_name_that_was_seen_may_fail)
{
	ask_names(1, REQUEST_CHILDREN);
	directory(0, "");
	ck_assert_int_eq(failure(0), SEQUENCE_FAILED);
	ck_assert_int_eq(over(1), SEQUENCE_OVER);
}

/* PINGs. */

TEST(a_ping_is_data_and_end)
{
	ask_ping();
	ck_assert_int_eq(data(0, 15), SEQUENCE_BYTES);
	ck_assert_int_eq(end((struct stamp){0}, 15), SEQUENCE_END);
	ck_assert(sequence.over);
}

TEST(a_status_is_data_and_end)
{
	open_sequence((struct request){.operation = OPERATION_STATUS});
	ck_assert_int_eq(data(0, 15), SEQUENCE_BYTES);
	ck_assert_int_eq(data(15, 5), SEQUENCE_BYTES);
	ck_assert_int_eq(end((struct stamp){0}, 20), SEQUENCE_END);
	ck_assert(sequence.over);
}

TEST(a_ping_has_no_entry)
{
	ask_ping();
	ck_assert_int_eq(file(0, ""), SEQUENCE_VIOLATION);
	ask_ping();
	ck_assert_int_eq(over(0), SEQUENCE_VIOLATION);
}

TEST(a_ping_has_no_gaps)
{
	ask_ping();
	ck_assert_int_eq(data(1, 15), SEQUENCE_VIOLATION);
	ask_ping();
	data(0, 15);
	ck_assert_int_eq(end((struct stamp){0}, 16), SEQUENCE_VIOLATION);
}

TEST(a_ping_has_no_stamp)
{
	ask_ping();
	data(0, 15);
	ck_assert_int_eq(end(STAMP, 15), SEQUENCE_VIOLATION);
}

int main(void)
{
	return harness_main("unit/sequence", HARNESS_PURE);
}
