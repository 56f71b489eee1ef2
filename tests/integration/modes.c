/* SPDX-License-Identifier: ISC */
/* integration/modes: the modes and times of the files that msgfetch creates. */
#include "config.h"

#include "tests/support/actors.h"
#include "tests/support/harness.h"
#include "tests/support/trees.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static void set_time(const char *name)
{
	struct timespec times[2] = {{.tv_sec = 1000000000, .tv_nsec = 123456789},
				    {.tv_sec = 1000000000, .tv_nsec = 123456789}};

	ck_assert_int_eq(utimensat(AT_FDCWD, name, times, AT_SYMLINK_NOFOLLOW), 0);
}

static void make_modes(void)
{
	make_directory("pub/tree/d");
	make_directory("pub/tree/narrow");
	harness_write("pub/tree/d/open", "text");
	harness_write("pub/tree/d/run", "text");
	harness_write("pub/tree/narrow/file", "text");
	harness_write("pub/tree/suid", "text");
	ck_assert_int_eq(chmod("pub/tree/d/open", 0666), 0);
	ck_assert_int_eq(chmod("pub/tree/d/run", 0755), 0);
	ck_assert_int_eq(chmod("pub/tree/suid", 06755), 0);
	ck_assert_int_eq(chmod("pub/tree/d", 0777), 0);
	ck_assert_int_eq(chmod("pub/tree/narrow", 0555), 0);
	ck_assert_int_eq(chmod("pub/tree", 0775), 0);
	set_time("pub/tree/d/open");
	set_time("pub/tree/d");
	set_time("pub/tree/narrow");
	set_time("pub/tree");
}

static void expect_mode(const char *name, mode_t mode)
{
	mode_t found = status_of(name).st_mode & 07777;

	ck_assert_msg(found == mode, "%s has mode %04o", name, (unsigned)found);
}

TEST(modes_are_masked)
{
	serve(&server, .files = tree_files);
	make_modes();
	fetch(&client, "-r", "-o", "copy", "pub/tree", NULL);
	expect_tree("pub/tree", "copy");
	expect_mode("copy", 0755);
	expect_mode("copy/d", 0755);
	expect_mode("copy/narrow", 0555);
	expect_mode("copy/d/open", 0644);
	expect_mode("copy/d/run", 0755);
	expect_mode("copy/suid", 0755);
	ck_assert_int_ne(status_of("copy/d/open").st_mtim.tv_sec, 1000000000);
	ck_assert_int_eq(chmod("copy/narrow", 0755), 0);
}

static void set_narrow_mask(void *context)
{
	(void)context;
	umask(077);
}

TEST(modes_are_masked_by_the_umask_that_is_set)
{
	serve(&server, .files = tree_files);
	make_modes();
	client.prepare = set_narrow_mask;
	fetch(&client, "-r", "-o", "copy", "pub/tree", NULL);
	expect_tree("pub/tree", "copy");
	expect_mode("copy", 0700);
	expect_mode("copy/d", 0700);
	expect_mode("copy/narrow", 0500);
	expect_mode("copy/d/open", 0600);
	expect_mode("copy/d/run", 0700);
	ck_assert_int_eq(chmod("copy/narrow", 0700), 0);
}

static void expect_time(const char *name)
{
	struct stat status = status_of(name);

	ck_assert_msg(status.st_mtim.tv_sec == 1000000000 &&
			      status.st_mtim.tv_nsec == 123456789,
		      "%s has another time", name);
}

TEST(preserve_keeps_modes_and_times)
{
	serve(&server, .files = tree_files);
	make_modes();
	make_link("d", "pub/tree/link");
	set_time("pub/tree/link");
	set_time("pub/tree");
	client.prepare = set_narrow_mask;
	fetch(&client, "-rp", "-o", "copy", "pub/tree", NULL);
	expect_tree("pub/tree", "copy");
	expect_mode("copy", 0775);
	expect_mode("copy/d", 0777);
	expect_mode("copy/narrow", 0555);
	expect_mode("copy/d/open", 0666);
	expect_mode("copy/suid", 0755);
	expect_time("copy");
	expect_time("copy/d");
	expect_time("copy/narrow");
	expect_time("copy/d/open");
	expect_time("copy/link");
	ck_assert_int_eq(chmod("copy/narrow", 0755), 0);
}

TEST(preserve_keeps_mode_and_time_of_one_file)
{
	serve(&server, .files = tree_files);
	make_modes();
	fetch(&client, "-p", "-o", "copy", "pub/tree/d/open", NULL);
	expect_tree("pub/tree/d/open", "copy");
	expect_mode("copy", 0666);
	expect_time("copy");
}

TEST(a_time_after_2262_does_not_become_a_time_in_the_past)
{
	const struct timespec times[2] = {{.tv_sec = 10413792000}, {.tv_sec = 10413792000}};

	serve(&server, .files = tree_files);
	harness_write("pub/tree/file", "text");
	ck_assert_int_eq(utimensat(AT_FDCWD, "pub/tree/file", times, 0), 0);
	if (status_of("pub/tree/file").st_mtime != times[1].tv_sec)
		SKIP("the file system has no times after 2262");
	fetch(&client, "-p", "-o", "copy", "pub/tree/file", NULL);
	expect_code(&client, 0, NULL);
	ck_assert_int_eq(status_of("copy").st_mtime, INT64_MAX / 1000000000);
	fetch(&client, "-v", "-u", "-p", "-o", "copy", "pub/tree/file", NULL);
	expect_code(&client, 0, "skipped");
}

int main(void)
{
	return harness_main("integration/modes", HARNESS_IPC);
}
