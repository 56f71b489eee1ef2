/* SPDX-License-Identifier: ISC */
/* choose: patterns, limits and lists: fetched files, skipped files and failures. */
#include "config.h"

#include "tests/support/actors.h"
#include "tests/support/harness.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	CODE_ERROR = 1,
	CODE_USAGE = 2,
	CODE_NO_DAEMON = 3,
	CODE_NOT_FOUND = 5,
	CODE_DENIED = 6,
	CODE_OUTPUT = 9,
	CODE_BUSY = 10,
};

static struct msgfetchd server;
static struct client client;
static struct fake fake;

static void make_directory(const char *name)
{
	ck_assert_msg(mkdir(name, 0755) == 0, "%s: %s", name, strerror(errno));
}

static bool exists(const char *name)
{
	struct stat status;

	return lstat(name, &status) == 0;
}

static const struct served files[] = {
	{.name = "tree/"},
	{.name = "tree/sub/"},
	{.name = "tree/empty/"},
	{"tree/a.c", .text = "int a;\n"},
	{"tree/a.o", .text = "object"},
	{"tree/sub/b.c", .text = "int b;\n"},
	{"tree/sub/b.o", .text = "object"},
	{"tree/sub/large", .size = 300000, .seed = 1},
	{"tree/link", .link = "a.c"},
	{.name = NULL},
};

static void set_time(const char *name, time_t seconds)
{
	const struct timespec times[2] = {{.tv_sec = seconds}, {.tv_sec = seconds}};

	ck_assert_int_eq(utimensat(AT_FDCWD, name, times, 0), 0);
}

static int lines_of(const char *text)
{
	int count = 0;

	for (; *text != '\0'; text++)
		count += *text == '\n';
	return count;
}

TEST(excluded_names_are_not_fetched)
{
	serve(&server, .files = files);
	fetch(&client, "-r", "--exclude", "*.o", "-o", "copy", "pub/tree", NULL);
	expect_code(&client, 0, NULL);
	ck_assert(!exists("copy/a.o"));
	ck_assert(!exists("copy/sub/b.o"));
	harness_assert_same("pub/tree/a.c", "copy/a.c");
	harness_assert_same("pub/tree/sub/b.c", "copy/sub/b.c");
	harness_assert_same("pub/tree/sub/large", "copy/sub/large");
	ck_assert(exists("copy/empty"));
	ck_assert(exists("copy/link"));
	ck_assert_int_eq(harness_count_entries("copy"), 4);
}

TEST(patterns_of_files_are_taken_in_the_order_given)
{
	serve(&server, .files = files);
	harness_write("first", "# the one object\r\nb.o\r\n\r\n- large");
	harness_write("second", "*.o\n+ large\n");
	fetch(&client, "-r", "--include-from", "first", "--exclude-from", "second", "-o",
	      "copy", "pub/tree", NULL);
	expect_code(&client, 0, NULL);
	ck_assert(!exists("copy/a.o"));
	ck_assert(exists("copy/sub/b.o"));
	ck_assert(exists("copy/sub/b.c"));
	ck_assert(!exists("copy/sub/large"));
}

TEST(a_file_of_patterns_that_cannot_be_read_is_a_usage_error)
{
	fetch(&client, "-r", "--exclude-from", "missing", "-o", "copy", "pub/tree", NULL);
	expect_code(&client, CODE_USAGE,
		    "--exclude-from: \"missing\" cannot be read: No such file or directory");
	harness_write("patterns", "*.o\n/\n");
	fetch(&client, "-r", "--include-from", "patterns", "-o", "copy", "pub/tree", NULL);
	expect_code(&client, CODE_USAGE, "--include-from: \"/\" is not a pattern");
}

TEST(all_entries_beneath_an_excluded_directory_are_skipped)
{
	serve(&server, .files = files);
	fetch(&client, "-r", "--exclude", "sub/", "--include", "b.c", "-o", "copy", "pub/tree",
	      NULL);
	expect_code(&client, 0, NULL);
	ck_assert(!exists("copy/sub"));
	ck_assert(exists("copy/a.o"));
}

TEST(one_kind_of_file_is_fetched_from_all_directories)
{
	serve(&server, .files = files);
	fetch(&client, "-r", "--include", "*/", "--include", "*.c", "--exclude", "*", "-o",
	      "copy", "pub/tree", NULL);
	expect_code(&client, 0, NULL);
	harness_assert_same("pub/tree/sub/b.c", "copy/sub/b.c");
	ck_assert(!exists("copy/sub/large"));
	ck_assert(!exists("copy/link"));
}

TEST(larger_files_of_a_tree_are_skipped)
{
	serve(&server, .files = files);
	fetch(&client, "-r", "--max-size", "100K", "-o", "copy", "pub/tree", NULL);
	expect_code(&client, 0, NULL);
	ck_assert(!exists("copy/sub/large"));
	ck_assert(exists("copy/sub/b.o"));
}

TEST(a_path_that_is_too_large_fails)
{
	serve(&server, .files = files);
	fetch(&client, "--max-size", "299999", "-O", "pub/tree/sub/large", NULL);
	expect_code(&client, CODE_ERROR, "not fetched: larger than --max-size");
	ck_assert(!exists("large"));
	fetch(&client, "--max-size", "300000", "-O", "pub/tree/sub/large", NULL);
	expect_code(&client, 0, NULL);
}

TEST(existing_files_are_skipped)
{
	serve(&server, .files = files);
	make_directory("copy");
	harness_write("copy/a.c", "mine");
	fetch(&client, "-r", "--skip-existing", "-o", "copy", "pub/tree", NULL);
	expect_code(&client, 0, NULL);
	ck_assert_str_eq(harness_read("copy/a.c", NULL), "mine");
	harness_assert_same("pub/tree/sub/large", "copy/sub/large");
}

TEST(an_existing_file_is_skipped)
{
	serve(&server, .files = files);
	harness_write("a.c", "mine");
	fetch(&client, "--skip-existing", "-O", "pub/tree/a.c", "pub/tree/a.o", NULL);
	expect_code(&client, 0, NULL);
	ck_assert_str_eq(harness_read("a.c", NULL), "mine");
	harness_assert_same("pub/tree/a.o", "a.o");
}

TEST(only_newer_files_are_fetched)
{
	serve(&server, .files = files);
	harness_write("a.c", "old");
	harness_write("a.o", "new");
	set_time("a.c", 1000);
	set_time("pub/tree/a.c", 1001);
	set_time("a.o", 1000);
	set_time("pub/tree/a.o", 1000);
	fetch(&client, "-u", "-O", "pub/tree/a.c", "pub/tree/a.o", NULL);
	expect_code(&client, 0, NULL);
	harness_assert_same("pub/tree/a.c", "a.c");
	ck_assert_str_eq(harness_read("a.o", NULL), "new");
}

TEST(a_second_update_with_times_fetches_nothing)
{
	serve(&server, .files = files);
	fetch(&client, "-r", "-p", "-u", "-o", "copy", "pub/tree", NULL);
	expect_code(&client, 0, NULL);
	fetch(&client, "-r", "-p", "-u", "-v", "-o", "copy", "pub/tree", NULL);
	expect_code(&client, 0, "pub/tree: 0 files, 0 B");
	harness_write("pub/tree/a.c", "int c;\n");
	fetch(&client, "-r", "-p", "-u", "-v", "-o", "copy", "pub/tree", NULL);
	expect_code(&client, 0, "pub/tree: 1 file, 7 B");
	harness_assert_same("pub/tree/a.c", "copy/a.c");
}

TEST(a_link_that_leads_outside_is_left_out_of_a_selection)
{
	serve(&server, .files = files);
	ck_assert_int_eq(symlink("/etc", "pub/tree/evil"), 0);
	ck_assert_int_eq(symlink("../..", "pub/tree/sub/up"), 0);
	fetch(&client, "-r", "--exclude", "*.o", "-o", "copy", "pub/tree", NULL);
	expect_code(&client, CODE_DENIED, "pub/tree/evil: is a symbolic link that leads");
	ck_assert(!exists("copy/evil"));
	ck_assert(!exists("copy/sub/up"));
	ck_assert(exists("copy/link"));
}

TEST(a_selection_refuses_a_directory_without_r)
{
	serve(&server, .files = files);
	fetch(&client, "--skip-existing", "-O", "pub/tree", NULL);
	expect_code(&client, CODE_ERROR, "is a directory");
	ck_assert(!exists("tree"));
}

TEST(a_missing_file_fails_and_the_rest_arrives)
{
	serve(&server, .files = files);
	make_directory("out");
	fetch(&client, "-r", "-u", "-D", "out", "pub/nothing", "pub/tree", NULL);
	expect_code(&client, CODE_NOT_FOUND, "pub/nothing: No such file");
	harness_assert_same("pub/tree/sub/large", "out/tree/sub/large");
	ck_assert_int_eq(harness_count_entries("out"), 1);
}

TEST(an_output_that_cannot_be_created_does_not_stop_the_rest)
{
	serve(&server, .files = files);
	make_directory("out");
	harness_write("out/tree", "a file in the way");
	fetch(&client, "-r", "-u", "-D", "out", "pub/tree", "pub/tree/sub", NULL);
	expect_code(&client, CODE_OUTPUT, "pub/tree: ");
	harness_assert_same("pub/tree/sub/large", "out/sub/large");
	ck_assert_int_eq(harness_count_entries("out"), 2);
}

TEST(many_files_come_in_few_requests)
{
	serve(&server, .files = files);
	for (int i = 0; i < 2000; i++)
		harness_write(harness_format("pub/tree/sub/%d", i), harness_format("%d\n", i));
	fetch(&client, "-r", "--exclude", "*.o", "-o", "copy", "pub/tree", NULL);
	expect_code(&client, 0, NULL);
	for (int i = 0; i < 2000; i++)
		harness_assert_same(harness_format("pub/tree/sub/%d", i),
				    harness_format("copy/sub/%d", i));
	/* One request for the names, and few for the files: many paths fit into a message. */
	ck_assert_int_le(msgfetchd_count_log(&server, "outcome="), 20);
}

/* Lists a tree of two files to a client, and receives the request for the files. */
static void name_two_files(void)
{
	struct entry_wire top = {.mode = S_IFDIR | 0755, .stamp = FAKE_STAMP(0)};
	struct entry_wire file = {.mode = S_IFREG | 0644, .stamp = FAKE_STAMP(4)};

	fake_open(&fake);
	client_start(&client, "-r", "-u", "--retry=0", "-o", "copy", "pub/tree", NULL);
	fake_await(&fake);
	ck_assert_int_eq(fake.request.operation, OPERATION_LIST);
	fake_announce(&fake, 0, &top, "", "");
	fake_announce(&fake, 1, &file, "one", "");
	fake_announce(&fake, 2, &file, "two", "");
	fake_over(&fake, 3);
	fake_await(&fake);
	ck_assert_int_eq(fake.request.operation, OPERATION_FETCH);
	ck_assert_uint_eq(fake.request.path_count, 2);
	ck_assert_str_eq(fake.request.paths, "pub/tree/one");
}

TEST(a_tree_that_is_cut_short_leaves_nothing)
{
	struct entry_wire file = {.mode = S_IFREG | 0644, .stamp = FAKE_STAMP(4)};

	name_two_files();
	fake_announce(&fake, 0, &file, "", "");
	fake_bytes(&fake, 0, 0, "one\n", 4);
	fake_finish(&fake, 0, file.stamp, 4);
	fake_refuse(&fake, ENTRY_WHOLE, FAILURE_BUSY, EAGAIN, 0);
	client_finish(&client);
	expect_code(&client, CODE_BUSY, "pub/tree: ");
	ck_assert(!exists("copy"));
	fake_close(&fake);
}

TEST(a_file_of_a_tree_that_fails_leaves_the_others)
{
	struct entry_wire file = {.path = 1, .mode = S_IFREG | 0644, .stamp = FAKE_STAMP(4)};

	name_two_files();
	fake_announce(&fake, 0, &(struct entry_wire){0}, "", "");
	fake_refuse(&fake, 0, FAILURE_FILE, ENOENT, 0);
	fake_announce(&fake, 1, &file, "", "");
	fake_bytes(&fake, 1, 0, "two\n", 4);
	fake_finish(&fake, 1, file.stamp, 4);
	fake_over(&fake, 2);
	client_finish(&client);
	expect_code(&client, CODE_NOT_FOUND, "pub/tree/one: ");
	ck_assert_str_eq(harness_read("copy/two", NULL), "two\n");
	ck_assert(!exists("copy/one"));
	fake_close(&fake);
}

TEST(a_signal_during_a_selected_tree_leaves_nothing)
{
	struct entry_wire file = {.mode = S_IFREG | 0644, .stamp = FAKE_STAMP(4)};

	name_two_files();
	fake_announce(&fake, 0, &file, "", "");
	fake_bytes(&fake, 0, 0, "on", 2);
	WAIT_FOR(harness_count_entries(".") == 1);
	kill(client.pid, SIGTERM);
	client_finish(&client);
	ck_assert_int_eq(client.signal, SIGTERM);
	ck_assert_int_eq(harness_count_entries("."), 0);
	fake_close(&fake);
}

/* --dry-run. */

TEST(a_dry_run_names_the_files_to_fetch)
{
	serve(&server, .files = files);
	fetch(&client, "-n", "-r", "--exclude", "*.o", "-o", "copy", "pub/tree", NULL);
	expect_code(&client, 0, NULL);
	ck_assert_str_eq(client.output, "pub/tree/a.c\npub/tree/link\npub/tree/sub/b.c\n"
					"pub/tree/sub/large\n");
	ck_assert(!exists("copy"));
}

TEST(a_dry_run_needs_no_target)
{
	serve(&server, .files = files);
	fetch(&client, "-n", "-v", "pub/tree/a.c", "pub/tree/a.o", NULL);
	expect_code(&client, 0, "would be fetched: 2 files, 13 B");
	ck_assert_str_eq(client.output, "pub/tree/a.c\npub/tree/a.o\n");
}

TEST(a_dry_run_compares_with_existing_files)
{
	serve(&server, .files = files);
	harness_write("a.c", "mine");
	fetch(&client, "-n", "--skip-existing", "-O", "pub/tree/a.c", "pub/tree/a.o", NULL);
	expect_code(&client, 0, NULL);
	ck_assert_str_eq(client.output, "pub/tree/a.o\n");
}

TEST(a_dry_run_fails_as_the_fetch_would)
{
	serve(&server, .files = files);
	fetch(&client, "-n", "pub/nothing", NULL);
	expect_code(&client, CODE_NOT_FOUND, "pub/nothing: ");
	fetch(&client, "-n", "pub/tree", NULL);
	expect_code(&client, CODE_ERROR, "pub/tree: is a directory; -r fetches it");
	msgfetchd_stop(&server);
	fetch(&client, "-n", "pub/tree/a.c", NULL);
	expect_code(&client, CODE_NO_DAEMON, "no daemon");
}

/* Lists of paths. */

TEST(paths_come_from_a_list)
{
	serve(&server, .files = files);
	harness_write("list", "pub/tree/a.c\n\npub/tree/sub/b.c\n");
	fetch(&client, "-T", "list", NULL);
	expect_code(&client, 0, NULL);
	ck_assert_str_eq(client.output, "int a;\nint b;\n");
}

TEST(a_list_may_have_names_with_newlines)
{
	serve(&server, .files = files);
	harness_write("pub/new\nline", "text");
	fetch(&client, "-n", "-0", "-r", "--include", "new*", "--exclude", "*", "pub", NULL);
	expect_code(&client, 0, NULL);
	ck_assert_str_eq(client.output, "pub/new\nline");
	harness_write("list", client.output);
	fetch(&client, "-0", "-T", "list", NULL);
	expect_code(&client, 0, NULL);
	ck_assert_str_eq(client.output, "text");
}

TEST(equal_names_in_a_list_fail_alone)
{
	serve(&server, .files = files);
	harness_write("pub/a.c", "other");
	harness_write("list", "pub/tree/a.c\npub/a.c\npub/tree/sub/..\npub/tree/a.c\n"
			      "pub/tree/a.o\n");
	fetch(&client, "-T", "list", "-O", NULL);
	expect_code(&client, CODE_OUTPUT,
		    "msgfetch: pub/a.c: not fetched: \"pub/tree/a.c\" has the same local name");
	ck_assert_ptr_nonnull(strstr(client.errors, "pub/tree/sub/..: does not end in"));
	harness_assert_same("pub/tree/a.c", "a.c");
	harness_assert_same("pub/tree/a.o", "a.o");
}

TEST(equal_names_of_several_jobs_fail_alone)
{
	serve(&server, .files = files);
	harness_write("pub/a.c", "other");
	harness_write("list", "pub/tree/a.c\npub/tree/a.o\npub/tree/sub/b.o\npub/a.c\n");
	fetch(&client, "-T", "list", "-O", "-j", "4", NULL);
	expect_code(&client, CODE_OUTPUT, "pub/a.c: not fetched");
	harness_assert_same("pub/tree/a.c", "a.c");
	harness_assert_same("pub/tree/sub/b.o", "b.o");
}

TEST(equal_names_on_the_command_line_are_refused)
{
	fetch(&client, "-O", "pub/one/name", "pub/two/name", NULL);
	expect_code(&client, CODE_USAGE, "would be written to the same file");
}

TEST(an_empty_list_fetches_nothing)
{
	harness_write("list", "");
	fetch(&client, "-T", "list", "-O", NULL);
	expect_code(&client, 0, NULL);
	ck_assert_str_eq(client.errors, "");
}

TEST(missing_directories_of_the_target_can_be_made)
{
	serve(&server, .files = files);
	fetch(&client, "--create-dirs", "-D", "a/b", "pub/tree/a.c", NULL);
	expect_code(&client, 0, NULL);
	harness_assert_same("pub/tree/a.c", "a/b/a.c");
	fetch(&client, "--create-dirs", "-o", "c/d/copy", "pub/tree/a.c", NULL);
	expect_code(&client, 0, NULL);
	harness_assert_same("pub/tree/a.c", "c/d/copy");
	fetch(&client, "--create-dirs", "-D", "a/b/a.c/x", "pub/tree/a.c", NULL);
	expect_code(&client, CODE_OUTPUT, "a/b/a.c/x: cannot create the directory");
}

TEST(small_and_missing_files_of_a_tree_can_be_left_out)
{
	serve(&server, .files = files);
	fetch(&client, "-r", "--min-size", "1K", "-o", "copy", "pub/tree", NULL);
	expect_code(&client, 0, NULL);
	harness_assert_same("pub/tree/sub/large", "copy/sub/large");
	ck_assert_int_ne(access("copy/a.c", F_OK), 0);
	harness_write("copy/a.c", "old");
	fetch(&client, "-r", "--existing", "-o", "copy", "pub/tree", NULL);
	expect_code(&client, 0, NULL);
	harness_assert_same("pub/tree/a.c", "copy/a.c");
	ck_assert_int_ne(access("copy/a.o", F_OK), 0);
}

/* Wildcards in paths. */

TEST(a_remote_glob_fetches_matching_files)
{
	serve(&server, .files = files);
	fetch(&client, "pub/tree/*.c", "pub/tree/sub/b.[a-d]", NULL);
	expect_code(&client, 0, NULL);
	ck_assert_str_eq(client.output, "int a;\nint b;\n");
	fetch(&client, "-n", "pub/**/*.o", NULL);
	expect_code(&client, 0, NULL);
	ck_assert_str_eq(client.output, "pub/tree/a.o\npub/tree/sub/b.o\n");
	fetch(&client, "-O", "pub/tree/{a.c,sub/b.?}", NULL);
	expect_code(&client, 0, NULL);
	harness_assert_same("pub/tree/a.c", "a.c");
	harness_assert_same("pub/tree/sub/b.o", "b.o");
	fetch(&client, "-l", "pub/tree/*.o", NULL);
	expect_code(&client, 0, NULL);
	ck_assert_str_eq(client.output, "pub/tree/a.o\n");
}

TEST(a_glob_without_a_match_is_not_found_and_the_rest_comes)
{
	serve(&server, .files = files);
	fetch(&client, "pub/tree/*.gz", "pub/tree/a.c", "pub/tree/a.{o,x}", NULL);
	expect_code(&client, CODE_NOT_FOUND, "msgfetch: pub/tree/*.gz: ");
	ck_assert_ptr_nonnull(strstr(client.errors, "msgfetch: pub/tree/a.x: "));
	ck_assert_str_eq(client.output, "int a;\nobject");
}

TEST(a_name_that_exists_wins_over_a_glob)
{
	serve(&server, .files = files);
	harness_write("pub/[ab]", "literal");
	harness_write("pub/a", "other");
	fetch(&client, "pub/[ab]", NULL);
	expect_code(&client, 0, NULL);
	ck_assert_str_eq(client.output, "literal");
}

TEST(globs_can_be_turned_off)
{
	serve(&server, .files = files);
	fetch(&client, "--no-glob", "pub/tree/*.c", NULL);
	expect_code(&client, CODE_NOT_FOUND, "msgfetch: pub/tree/*.c: ");
	harness_write("list", "pub/tree/*.c\n");
	fetch(&client, "-T", "list", NULL);
	expect_code(&client, CODE_NOT_FOUND, "msgfetch: pub/tree/*.c: ");
}

TEST(a_glob_matches_directories_only_with_r)
{
	serve(&server, .files = files);
	harness_write("pub/file", "text");
	fetch(&client, "pub/*", NULL);
	expect_code(&client, 0, NULL);
	ck_assert_str_eq(client.output, "text");
	fetch(&client, "-r", "-O", "pub/*", NULL);
	expect_code(&client, 0, NULL);
	harness_assert_same("pub/tree/sub/b.c", "tree/sub/b.c");
}

TEST(one_output_takes_no_glob_of_many)
{
	serve(&server, .files = files);
	fetch(&client, "-o", "copy", "pub/tree/a.*", NULL);
	expect_code(&client, CODE_USAGE, "--output names one file for 2 paths");
}

/* Stops after the first failure. */

TEST(the_first_failed_path_is_the_last_one)
{
	serve(&server, .files = files);
	make_directory("out");
	fetch(&client, "--fail-early", "-D", "out", "pub/tree/a.c", "pub/missing", "pub/gone",
	      "pub/tree/a.o", NULL);
	expect_code(&client, CODE_NOT_FOUND, "pub/missing: ");
	ck_assert_ptr_null(strstr(client.errors, "gone"));
	harness_assert_same("pub/tree/a.c", "out/a.c");
	ck_assert_int_eq(harness_count_entries("out"), 1);
}

TEST(the_first_failed_path_of_a_selection_is_the_last_one)
{
	serve(&server, .files = files);
	make_directory("out");
	fetch(&client, "--fail-early", "-u", "-D", "out", "pub/tree/a.c", "pub/missing",
	      "pub/gone", "pub/tree/a.o", NULL);
	expect_code(&client, CODE_NOT_FOUND, "pub/missing: ");
	ck_assert_ptr_null(strstr(client.errors, "gone"));
	ck_assert(exists("out/a.c"));
	ck_assert_int_eq(harness_count_entries("out"), 1);
}

TEST(the_first_target_that_cannot_be_written_is_the_last_one)
{
	serve(&server, .files = files);
	make_directory("out");
	make_directory("out/a.c");
	make_directory("out/b.c");
	fetch(&client, "--fail-early", "--json", "-D", "out", "pub/tree/a.c",
	      "pub/tree/sub/b.c", "pub/tree/a.o", NULL);
	expect_code(&client, CODE_OUTPUT, "pub/tree/a.c: ");
	ck_assert_ptr_null(strstr(client.errors, "b.c"));
	ck_assert_ptr_nonnull(strstr(client.output, "\"code\":9"));
	ck_assert_int_eq(harness_count_entries("out"), 2);
}

TEST(the_first_failed_entry_is_the_last_one)
{
	serve(&server, .files = files);
	make_directory("copy");
	make_directory("copy/a.c");
	make_directory("copy/a.o");
	make_directory("copy/sub");
	make_directory("copy/sub/b.c");
	make_directory("copy/sub/b.o");
	fetch(&client, "-r", "-o", "copy", "pub/tree", NULL);
	expect_code(&client, CODE_OUTPUT, NULL);
	ck_assert_int_eq(lines_of(client.errors), 4);
	fetch(&client, "-r", "--fail-early", "-o", "copy", "pub/tree", NULL);
	expect_code(&client, CODE_OUTPUT, NULL);
	ck_assert_int_eq(lines_of(client.errors), 1);
}

TEST(a_new_tree_with_a_failed_entry_is_removed)
{
	serve(&server, .files = files);
	ck_assert_int_eq(symlink("/", "pub/tree/out"), 0);
	fetch(&client, "-r", "--fail-early", "-o", "copy", "pub/tree", NULL);
	expect_code(&client, CODE_DENIED, "pub/tree/out: ");
	ck_assert(!exists("copy"));
}

int main(void)
{
	return harness_main("integration/choose", HARNESS_IPC);
}
