/* SPDX-License-Identifier: ISC */
/* unit/selection: decisions to fetch or skip, by options and local files. */
#include "config.h"

#include "client/command/select/selection.h"

#include "tests/support/harness.h"

#include <sys/stat.h>

static struct options options;
static struct selection_local local;
static struct msgfetch_file file;

/* Sets up a remote file of 100 bytes and 50 ns after the epoch, and no local file. */
static void begin(void)
{
	options = (struct options){.max_size = UINT64_MAX};
	local = (struct selection_local){.exists = false};
	file = (struct msgfetch_file){.name = "name",
				      .link = "",
				      .mode = S_IFREG | 0644,
				      .size = 100,
				      .mtime_ns = 50};
}

static void expect(enum selection_decision decision)
{
	ck_assert_int_eq(selection_decide(&options, &file, &local), decision);
}

TEST(without_rules_everything_is_fetched)
{
	begin();
	local = (struct selection_local){.exists = true, .mtime_ns = 1000};
	expect(SELECTION_FETCH);
}

TEST(existing_files_can_be_skipped)
{
	begin();
	options.skip_existing = true;
	expect(SELECTION_FETCH);
	local.exists = true;
	expect(SELECTION_EXISTS);
}

TEST(a_complete_file_is_not_continued)
{
	begin();
	options.continued = true;
	expect(SELECTION_FETCH);
	local = (struct selection_local){.exists = true, .size = 100, .mtime_ns = 50};
	expect(SELECTION_COMPLETE);
	local.size = 99;
	expect(SELECTION_FETCH);
	local = (struct selection_local){.exists = true, .size = 100, .mtime_ns = 51};
	expect(SELECTION_FETCH);
	options.continued = false;
	local.mtime_ns = 50;
	expect(SELECTION_FETCH);
}

TEST(only_newer_files_can_be_wanted)
{
	begin();
	options.update = true;
	expect(SELECTION_FETCH);
	local = (struct selection_local){.exists = true, .mtime_ns = 49};
	expect(SELECTION_FETCH);
	local.mtime_ns = 50;
	expect(SELECTION_NOT_NEWER);
	local.mtime_ns = 51;
	expect(SELECTION_NOT_NEWER);
}

/* ext4 with small inodes keeps whole seconds, so that a preserved time is an earlier one. */
TEST(a_time_that_the_file_system_cut_is_up_to_date)
{
	begin();
	file.mtime_ns = 5123456789;
	local = (struct selection_local){.exists = true, .size = 100, .mtime_ns = 5000000000};
	options.update = true;
	expect(SELECTION_NOT_NEWER);
	options.update = false;
	options.continued = true;
	expect(SELECTION_COMPLETE);
	local.size = 99;
	expect(SELECTION_FETCH);
}

TEST(a_window_makes_close_times_equal)
{
	begin();
	file.mtime_ns = 9000000000;
	local = (struct selection_local){.exists = true, .size = 100, .mtime_ns = 7500000000};
	options.update = true;
	expect(SELECTION_FETCH);
	options.modify_window = 1500000000;
	expect(SELECTION_NOT_NEWER);
	options.update = false;
	options.continued = true;
	expect(SELECTION_COMPLETE);
	local.mtime_ns = 10500000000;
	expect(SELECTION_COMPLETE);
	options.modify_window = 1499999999;
	expect(SELECTION_FETCH);
}

TEST(a_size_is_too_large_from_one_byte_more_on)
{
	begin();
	options.max_size = 100;
	expect(SELECTION_FETCH);
	options.max_size = 99;
	expect(SELECTION_TOO_LARGE);
}

TEST(a_size_is_too_small_from_one_byte_less_on)
{
	begin();
	options.min_size = 100;
	expect(SELECTION_FETCH);
	options.min_size = 101;
	expect(SELECTION_TOO_SMALL);
}

TEST(files_without_a_local_one_can_be_skipped)
{
	begin();
	options.existing = true;
	expect(SELECTION_MISSING);
	local.exists = true;
	expect(SELECTION_FETCH);
}

TEST(the_size_of_a_link_does_not_count)
{
	begin();
	options.max_size = 99;
	file.mode = S_IFLNK | 0777;
	expect(SELECTION_FETCH);
}

TEST(a_directory_that_is_there_is_filled)
{
	begin();
	options.skip_existing = true;
	options.update = true;
	options.max_size = 0;
	local = (struct selection_local){.exists = true, .mtime_ns = 1000};
	file.mode = S_IFDIR | 0755;
	expect(SELECTION_FETCH);
}

TEST(patterns_apply_to_entries_beneath_a_path)
{
	begin();
	ck_assert_int_eq(patterns_add(&options.patterns, "*", false), 0);
	expect(SELECTION_EXCLUDED);
	file.name = "";
	expect(SELECTION_FETCH);
	patterns_free(&options.patterns);
}

TEST(each_reason_has_words)
{
	ck_assert_ptr_null(selection_reason(SELECTION_FETCH));
	for (int decision = SELECTION_EXCLUDED; decision <= SELECTION_NOT_NEWER; decision++)
		ck_assert_ptr_nonnull(selection_reason((enum selection_decision)decision));
}

int main(void)
{
	return harness_main("unit/selection", HARNESS_PURE);
}
