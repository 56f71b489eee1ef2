/* SPDX-License-Identifier: ISC */
/* unit/newfile: a new file never takes over a file that exists. */
#include "config.h"

#include "client/command/output/newfile.h"

#include "tests/support/harness.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct newfile file;

TEST(a_file_that_exists_is_not_opened_in_place)
{
	harness_write("name", "old");
	ck_assert_int_eq(newfile_create_in_place(&file, AT_FDCWD, "name", 0600), -EEXIST);
	ck_assert_str_eq(harness_read("name", NULL), "old");
}

TEST(a_symbolic_link_is_not_followed_in_place)
{
	ck_assert_int_eq(symlink("victim", "name"), 0);
	ck_assert_int_eq(newfile_create_in_place(&file, AT_FDCWD, "name", 0600), -EEXIST);
	ck_assert_int_ne(access("victim", F_OK), 0);
}

TEST(a_file_has_a_temporary_name_until_it_is_committed)
{
	static const struct attributes none;

	ck_assert_int_eq(newfile_create(&file, AT_FDCWD, "name", 0600), 0);
	ck_assert_int_eq(newfile_write(&file, "text", 4, 0), 0);
	ck_assert_int_ne(access("name", F_OK), 0);
	ck_assert_int_eq(harness_count_entries("."), 1);
	ck_assert_int_eq(newfile_commit(&file, 6, &none), 0);
	newfile_discard(&file);
	ck_assert_int_eq(harness_count_entries("."), 1);
	ck_assert_mem_eq(harness_read("name", NULL), "text\0\0", 6);
}

static void expect_long_name(int directory, const char *prefix, size_t length)
{
	static const struct attributes none;
	char name[NAME_MAX + 8];

	strlcpy(name, prefix, sizeof(name));
	memset(name + strlen(prefix), 'x', length);
	name[strlen(prefix) + length] = '\0';
	ck_assert_int_eq(newfile_create(&file, directory, name, 0600), 0);
	ck_assert_int_eq(newfile_commit(&file, 0, &none), 0);
	newfile_discard(&file);
	ck_assert_int_eq(faccessat(directory, name, F_OK, 0), 0);
}

TEST(a_name_may_be_as_long_as_the_file_system_allows)
{
	int directory;

	ck_assert_int_eq(mkdir("d", 0700), 0);
	directory = open("d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	expect_long_name(AT_FDCWD, "", NAME_MAX);
	expect_long_name(AT_FDCWD, "d/", NAME_MAX - 1);
	expect_long_name(directory, "", NAME_MAX);
	close(directory);
}

TEST(a_longer_name_is_refused)
{
	char name[NAME_MAX + 2];

	memset(name, 'x', NAME_MAX + 1);
	name[NAME_MAX + 1] = '\0';
	ck_assert_int_eq(newfile_create(&file, AT_FDCWD, name, 0600), -ENAMETOOLONG);
}

TEST(a_discarded_file_is_removed)
{
	ck_assert_int_eq(newfile_create(&file, AT_FDCWD, "name", 0600), 0);
	newfile_discard(&file);
	ck_assert_int_eq(harness_count_entries("."), 0);
}

TEST(setting_a_modification_time_sets_the_access_time_as_well)
{
	const struct timespec old[2] = {{.tv_sec = 1}, {.tv_sec = 1}};
	const struct attributes attributes = {.with_time = true, .mtime_ns = 2000000000};
	struct stat status;
	int descriptor;

	harness_write("name", "");
	descriptor = open("name", O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(futimens(descriptor, old), 0);
	ck_assert_int_eq(newfile_set_attributes(descriptor, &attributes), 0);
	ck_assert_int_eq(fstat(descriptor, &status), 0);
	close(descriptor);
	ck_assert_int_eq(status.st_mtime, 2);
	ck_assert_int_gt(status.st_atime, 1);
}

int main(void)
{
	return harness_main("unit/newfile", HARNESS_IPC);
}
