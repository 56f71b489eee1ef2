/* SPDX-License-Identifier: ISC */
/*
 * unit/rmtree: a directory is removed with all entries beneath, and nothing else is removed.
 */
#include "config.h"

#include "client/command/base/rmtree.h"

#include "tests/support/harness.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Deeper than there are descriptors, and than a path can be long. */
enum { DEPTH = 3000 };

static void expect_gone(void)
{
	rmtree("tree");
	ck_assert_int_ne(access("tree", F_OK), 0);
}

TEST(an_empty_directory_goes)
{
	ck_assert_int_eq(mkdir("tree", 0700), 0);
	expect_gone();
}

TEST(files_and_directories_go)
{
	ck_assert_int_eq(mkdir("tree", 0700), 0);
	ck_assert_int_eq(mkdir("tree/one", 0700), 0);
	ck_assert_int_eq(mkdir("tree/one/two", 0700), 0);
	harness_write("tree/file", "");
	harness_write("tree/one/file", "");
	harness_write("tree/one/two/file", "");
	expect_gone();
}

TEST(more_entries_than_one_list_holds_go)
{
	ck_assert_int_eq(mkdir("tree", 0700), 0);
	for (int i = 0; i < 2000; i++)
		harness_write(harness_format("tree/%d", i), "");
	expect_gone();
}

TEST(names_that_are_in_the_way_go)
{
	ck_assert_int_eq(mkdir("tree", 0700), 0);
	ck_assert_int_eq(mkdir("tree/.00000000", 0700), 0);
	ck_assert_int_eq(mkdir("tree/.00000000/.00000001", 0700), 0);
	ck_assert_int_eq(mkdir("tree/.00000000/.00000001/in", 0700), 0);
	harness_write("tree/.00000001", "");
	expect_gone();
}

TEST(any_depth_goes)
{
	int top = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	ck_assert_int_eq(mkdir("tree", 0700), 0);
	ck_assert_int_eq(chdir("tree"), 0);
	for (int i = 0; i < DEPTH; i++) {
		ck_assert_int_eq(mkdir("in", 0700), 0);
		ck_assert_int_eq(chdir("in"), 0);
	}
	harness_write("file", "");
	ck_assert_int_eq(fchdir(top), 0);
	close(top);
	expect_gone();
}

TEST(links_are_not_followed)
{
	ck_assert_int_eq(mkdir("other", 0700), 0);
	harness_write("other/file", "");
	ck_assert_int_eq(mkdir("tree", 0700), 0);
	ck_assert_int_eq(symlink("../other", "tree/link"), 0);
	expect_gone();
	ck_assert_int_eq(access("other/file", F_OK), 0);
	ck_assert_int_eq(symlink("other", "tree"), 0);
	rmtree("tree");
	ck_assert_int_eq(access("other/file", F_OK), 0);
}

/* In a child, which may give up root's right to write anywhere. */
static void remove_locked(void)
{
	uid_t uid = OTHER_UID;

	if (geteuid() == 0)
		harness_become(&uid);
	if (mkdir("tree", 0700) != 0 || mkdir("tree/a", 0700) != 0 ||
	    mkdir("tree/a/b", 0700) != 0 || mkdir("tree/a/b/c", 0700) != 0 ||
	    chmod("tree/a/b/c", 0) != 0 || chmod("tree/a/b", 0500) != 0 ||
	    chmod("tree/a", 0) != 0)
		_exit(1);
	rmtree("tree");
	_exit(access("tree", F_OK) == 0 ? 2 : 0);
}

TEST(directories_without_permissions_go)
{
	int status;
	pid_t child;

	if (geteuid() == 0 && !harness_other_users())
		SKIP("needs real root, to be another user");
	ck_assert_int_eq(chmod(".", 0777), 0);
	child = fork();
	if (child == 0)
		remove_locked();
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
}

int main(void)
{
	return harness_main("unit/rmtree", HARNESS_IPC);
}
