/* SPDX-License-Identifier: ISC */
/*
 * unit/tree: a tree is created only beneath the target, for all names, and never through
 * existing links.
 */
#include "config.h"

#include "client/command/output/tree.h"

#include "tests/support/harness.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define OLD "what was there before"
#define TEXT "what came"

static struct tree tree;
static bool preserve, in_place;

static void start(bool fresh)
{
	struct msgfetch_file file = {
		.name = "", .link = "", .mode = S_IFDIR | 0750, .mtime_ns = 1000000000};
	const struct tree_manner manner = {
		.fresh = fresh, .preserve = preserve, .in_place = in_place, .mask = 022};

	(void)umask(022);
	ck_assert(mkdir("top", 0700) == 0 || errno == EEXIST);
	tree_open(&tree, open("top", O_RDONLY | O_DIRECTORY | O_CLOEXEC), &file, &manner);
}

static int directory(const char *name, mode_t mode)
{
	struct msgfetch_file file = {
		.name = name, .link = "", .mode = S_IFDIR | mode, .mtime_ns = 2000000000};

	return tree_make_directory(&tree, &file);
}

static int symbolic(const char *name, const char *link)
{
	struct msgfetch_file file = {.name = name, .link = link, .mode = S_IFLNK | 0777};

	return tree_make_link(&tree, &file);
}

static int regular(const char *name, mode_t mode)
{
	struct msgfetch_file file = {
		.name = name, .link = "", .mode = S_IFREG | mode, .mtime_ns = 3000000000};
	int error = tree_begin_file(&tree, &file);

	if (error == 0)
		error = tree_write(&tree, TEXT, strlen(TEXT), 0);
	if (error == 0)
		error = tree_end_file(&tree, strlen(TEXT));
	tree_drop_file(&tree);
	return error;
}

static void finish(void)
{
	ck_assert_int_eq(tree_finish(&tree), 0);
	tree_close(&tree);
}

static struct stat look(const char *name)
{
	struct stat status;

	ck_assert_msg(lstat(name, &status) == 0, "%s: %s", name, strerror(errno));
	return status;
}

static unsigned mode_of(const char *name)
{
	return look(name).st_mode & 07777;
}

TEST(entries_are_made)
{
	start(true);
	ck_assert_int_eq(directory("a", 0755), 0);
	ck_assert_int_eq(regular("a/file", 0666), 0);
	ck_assert_int_eq(directory("a/b", 0755), 0);
	ck_assert_int_eq(symbolic("a/b/link", "../file"), 0);
	ck_assert_int_eq(regular("file", 06755), 0);
	ck_assert_int_eq(regular("a/b/late", 0400), 0);
	finish();
	ck_assert_str_eq(harness_read("top/a/b/link", NULL), TEXT);
	ck_assert_uint_eq(mode_of("top/a/file"), 0644);
	ck_assert_uint_eq(mode_of("top/file"), 0755);
	ck_assert_uint_eq(mode_of("top/a/b/late"), 0400);
	ck_assert_uint_eq(mode_of("top"), 0750);
}

TEST(no_name_leads_out)
{
	static const char *const names[] = {"..",      "../x", "a/../../x",  "../top/../x",
					    "//etc/x", "a/..", "a/../../top"};

	harness_write("x", OLD);
	for (int fresh = 0; fresh < 2; fresh++) {
		start(fresh != 0);
		ck_assert_int_eq(directory("a", 0755), 0);
		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
			ck_assert_int_ne(regular(names[i], 0644), 0);
			ck_assert_int_ne(symbolic(names[i], "x"), 0);
			ck_assert_int_ne(directory(names[i], 0755), 0);
		}
		finish();
	}
	ck_assert_str_eq(harness_read("x", NULL), OLD);
	ck_assert_int_eq(harness_count_entries("."), 2);
	ck_assert_int_eq(harness_count_entries("top"), 1);
}

TEST(a_link_in_place_of_a_directory_is_not_followed)
{
	ck_assert_int_eq(mkdir("other", 0755), 0);
	ck_assert_int_eq(mkdir("top", 0755), 0);
	ck_assert_int_eq(symlink("../other", "top/a"), 0);
	start(false);
	ck_assert_int_lt(directory("a", 0755), 0);
	ck_assert_int_eq(regular("a/file", 0644), -ECANCELED);
	ck_assert_int_eq(directory("a/b", 0755), -ECANCELED);
	ck_assert_int_eq(regular("a/b/file", 0644), -ECANCELED);
	ck_assert_int_eq(regular("ab", 0644), 0);
	finish();
	ck_assert_int_eq(harness_count_entries("other"), 0);
}

TEST(a_link_that_was_just_made_is_not_followed)
{
	ck_assert_int_eq(mkdir("other", 0755), 0);
	start(true);
	ck_assert_int_eq(symbolic("a", "../other"), 0);
	ck_assert_int_lt(regular("a/file", 0644), 0);
	ck_assert_int_lt(directory("a/b", 0755), 0);
	ck_assert_int_lt(directory("a", 0755), 0);
	finish();
	ck_assert_int_eq(harness_count_entries("other"), 0);
}

TEST(a_link_in_place_of_a_file_is_replaced)
{
	harness_write("other", OLD);
	ck_assert_int_eq(mkdir("top", 0755), 0);
	ck_assert_int_eq(symlink("../other", "top/file"), 0);
	start(false);
	ck_assert_int_eq(regular("file", 0644), 0);
	finish();
	ck_assert_str_eq(harness_read("other", NULL), OLD);
	ck_assert(S_ISREG(look("top/file").st_mode));
}

TEST(an_existing_file_is_replaced_and_keeps_its_mode)
{
	ck_assert_int_eq(mkdir("top", 0755), 0);
	harness_write("top/file", OLD);
	ck_assert_int_eq(chmod("top/file", 0600), 0);
	ck_assert_int_eq(link("top/file", "other"), 0);
	ck_assert_int_eq(symlink("file", "top/link"), 0);
	start(false);
	ck_assert_int_eq(regular("file", 0644), 0);
	ck_assert_int_eq(symbolic("link", "other"), 0);
	finish();
	ck_assert_str_eq(harness_read("top/file", NULL), TEXT);
	ck_assert_str_eq(harness_read("other", NULL), OLD);
	ck_assert_uint_eq(mode_of("top/file"), 0600);
	ck_assert_int_eq(harness_count_entries("top"), 2);
}

/* The name of the second entry leads to the first one, as where case is ignored. */
static void expect_no_overwriting(int (*second)(void))
{
	ck_assert_int_eq(mkdir("top", 0755), 0);
	harness_write("top/readme", OLD);
	start(false);
	ck_assert_int_eq(regular("readme", 0644), 0);
	ck_assert_int_eq(rename("top/readme", "top/README"), 0);
	ck_assert_int_eq(second(), -EEXIST);
	finish();
	ck_assert_str_eq(harness_read("top/README", NULL), TEXT);
	ck_assert_int_eq(harness_count_entries("top"), 1);
}

static int regular_again(void)
{
	return regular("README", 0644);
}

static int symbolic_again(void)
{
	return symbolic("README", "x");
}

TEST(a_file_of_the_tree_is_not_overwritten_by_another)
{
	expect_no_overwriting(regular_again);
}

TEST(a_file_of_the_tree_is_not_overwritten_by_a_link)
{
	expect_no_overwriting(symbolic_again);
}

/* Replaces a write-protected file of root as another user. */
static int replace_protected(void)
{
	uid_t uid = OTHER_UID;

	harness_become(&uid);
	start(false);
	return -regular("file", 0644);
}

TEST(a_file_that_another_user_protected_stays)
{
	int status;
	pid_t child;

	if (!harness_other_users())
		SKIP("needs real root, to be another user");
	ck_assert_int_eq(mkdir("top", 0755), 0);
	harness_write("top/file", OLD);
	ck_assert_int_eq(chmod("top/file", 0444), 0);
	ck_assert_int_eq(chown("top", OTHER_UID, OTHER_UID), 0);
	child = fork();
	if (child == 0)
		_exit(replace_protected());
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), EACCES);
	ck_assert_str_eq(harness_read("top/file", NULL), OLD);
	ck_assert_int_eq(harness_count_entries("top"), 1);
}

TEST(a_directory_in_place_of_a_file_stays)
{
	ck_assert_int_eq(mkdir("top", 0755), 0);
	ck_assert_int_eq(mkdir("top/file", 0755), 0);
	start(false);
	ck_assert_int_eq(regular("file", 0644), -EISDIR);
	ck_assert_int_lt(symbolic("file", "x"), 0);
	ck_assert_int_eq(directory("file", 0700), 0);
	finish();
	ck_assert_int_eq(harness_count_entries("top"), 1);
	ck_assert_uint_eq(mode_of("top/file"), 0755);
}

TEST(a_file_that_is_dropped_leaves_nothing)
{
	struct msgfetch_file file = {.name = "file", .link = "", .mode = S_IFREG | 0644};

	for (int fresh = 0; fresh < 2; fresh++) {
		start(fresh != 0);
		ck_assert_int_eq(tree_begin_file(&tree, &file), 0);
		ck_assert_int_eq(tree_write(&tree, TEXT, strlen(TEXT), 0), 0);
		tree_drop_file(&tree);
		finish();
		ck_assert_int_eq(harness_count_entries("top"), 0);
	}
}

TEST(a_directory_gets_a_narrow_mode_once_it_is_filled)
{
	start(true);
	ck_assert_int_eq(directory("a", 0500), 0);
	ck_assert_uint_eq(mode_of("top/a") & 0700, 0700);
	ck_assert_int_eq(regular("a/file", 0644), 0);
	ck_assert_int_eq(directory("a/b", 0), 0);
	ck_assert_int_eq(regular("a/b/file", 0644), 0);
	ck_assert_int_eq(regular("a/more", 0644), 0);
	ck_assert_uint_eq(mode_of("top/a/b"), 0);
	finish();
	ck_assert_uint_eq(mode_of("top/a"), 0500);
}

TEST(modes_and_times_are_preserved)
{
	preserve = true;
	start(true);
	ck_assert_int_eq(directory("a", 0777), 0);
	ck_assert_int_eq(regular("a/file", 0666), 0);
	ck_assert_int_eq(directory("a/b", 0700), 0);
	ck_assert_int_eq(directory("c", 0755), 0);
	finish();
	preserve = false;
	ck_assert_uint_eq(mode_of("top/a"), 0777);
	ck_assert_uint_eq(mode_of("top/a/file"), 0666);
	ck_assert_int_eq(look("top").st_mtime, 1);
	ck_assert_int_eq(look("top/a").st_mtime, 2);
	ck_assert_int_eq(look("top/a/b").st_mtime, 2);
	ck_assert_int_eq(look("top/c").st_mtime, 2);
	ck_assert_int_eq(look("top/a/file").st_mtime, 3);
}

int main(void)
{
	return harness_main("unit/tree", HARNESS_IPC);
}
