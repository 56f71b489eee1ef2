/* SPDX-License-Identifier: ISC */
/* unit/staging: hidden directories, their delivery, and the removal of abandoned ones. */
#include "config.h"

#include "client/command/output/staging.h"

#include "tests/support/harness.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct staging staging;

/* Makes the directory for "target", with one file. */
static int make_filled(void)
{
	int directory = staging_make(&staging, "target");

	ck_assert_int_ge(directory, 0);
	harness_write(harness_format("%s/file", staging.name), "new");
	return directory;
}

TEST(a_directory_has_its_final_name_after_delivery)
{
	int directory = make_filled();

	ck_assert_int_ne(access("target", F_OK), 0);
	ck_assert_int_eq(staging_deliver(&staging), 0);
	staging_discard(&staging);
	ck_assert_str_eq(harness_read("target/file", NULL), "new");
	ck_assert_int_eq(harness_count_entries("."), 1);
	close(directory);
}

TEST(an_empty_directory_that_appeared_meanwhile_is_not_replaced)
{
	int directory = make_filled();

	ck_assert_int_eq(mkdir("target", 0755), 0);
	ck_assert_int_eq(staging_deliver(&staging), -EEXIST);
	staging_discard(&staging);
	ck_assert_int_eq(harness_count_entries("target"), 0);
	ck_assert_int_eq(harness_count_entries("."), 1);
	close(directory);
}

TEST(a_file_that_appeared_meanwhile_is_not_replaced)
{
	int directory = make_filled();

	harness_write("target", "precious");
	ck_assert_int_eq(staging_deliver(&staging), -EEXIST);
	staging_discard(&staging);
	ck_assert_str_eq(harness_read("target", NULL), "precious");
	ck_assert_int_eq(harness_count_entries("."), 1);
	close(directory);
}

/* Leaves a directory as a killed run does, and returns the name. */
static const char *abandon(void)
{
	close(make_filled());
	return staging.name;
}

TEST(the_directory_of_a_killed_run_is_removed)
{
	const char *name = abandon();
	struct staging next;
	int directory = staging_make(&next, "target");

	ck_assert_int_ge(directory, 0);
	ck_assert_int_ne(access(name, F_OK), 0);
	staging_discard(&next);
	ck_assert_int_eq(harness_count_entries("."), 0);
	close(directory);
}

TEST(the_directory_of_a_live_run_stays)
{
	int live = make_filled();
	struct staging next;
	int directory = staging_make(&next, "target");

	ck_assert_int_ge(directory, 0);
	ck_assert_int_eq(access(staging.name, F_OK), 0);
	staging_discard(&next);
	staging_discard(&staging);
	close(directory);
	close(live);
}

TEST(another_users_directory_stays)
{
	const char *name = abandon();
	struct staging next;
	int directory;

	if (!harness_other_users())
		SKIP("needs real root, to give a directory away");
	ck_assert_int_eq(chown(name, OTHER_UID, OTHER_UID), 0);
	directory = staging_make(&next, "target");
	ck_assert_int_ge(directory, 0);
	ck_assert_int_eq(access(name, F_OK), 0);
	staging_discard(&next);
	close(directory);
}

TEST(nothing_is_removed_where_others_could_have_planted_it)
{
	const char *name = abandon();
	struct staging next;
	int directory;

	ck_assert_int_eq(chmod(".", 0777), 0);
	directory = staging_make(&next, "target");
	ck_assert_int_ge(directory, 0);
	ck_assert_int_eq(access(name, F_OK), 0);
	staging_discard(&next);
	close(directory);
}

TEST(a_directory_for_a_missing_place_is_an_error)
{
	ck_assert_int_eq(staging_make(&staging, "missing/target"), -ENOENT);
	ck_assert_ptr_null(staging.name);
}

int main(void)
{
	return harness_main("unit/staging", HARNESS_IPC);
}
