/* SPDX-License-Identifier: ISC */
/* integration/browse: the output of --list and --stat. */
#include "config.h"

#include "tests/support/actors.h"
#include "tests/support/harness.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	CODE_ERROR = 1,
	CODE_USAGE = 2,
	CODE_NO_DAEMON = 3,
	CODE_NOT_FOUND = 5,
};

static struct msgfetchd server;
static struct client client;

static const struct served files[] = {
	{"one", .text = "1"},         {"two", .text = "22"},   {.name = "sub/"},
	{"sub/three", .text = "333"}, {"link", .link = "one"}, {.name = NULL},
};

/* Exports pub, which has a file and a directory of unusual modes, and an empty directory.
 */
static void serve_pub_and_other(void)
{
	ck_assert_int_eq(mkdir("other", 0755), 0);
	serve(&server, .files = files, .options = {"-e", "other=other"});
	ck_assert_int_eq(chmod("pub/sub", 0750), 0);
	ck_assert_int_eq(chmod("pub/one", 0640), 0);
}

static void expect_output(const char *text)
{
	expect_code(&client, 0, NULL);
	ck_assert_str_eq(client.output, text);
	ck_assert_str_eq(client.errors, "");
}

static void expect_in_output(const char *text)
{
	ck_assert_msg(strstr(client.output, text) != NULL, "no \"%s\" in \"%s\"", text,
		      client.output);
}

TEST(a_directory_is_listed_by_name)
{
	serve_pub_and_other();
	fetch(&client, "--list", "pub", NULL);
	expect_output("link\none\nsub\ntwo\n");
}

TEST(without_a_path_the_exports_are_listed)
{
	serve_pub_and_other();
	fetch(&client, "-l", NULL);
	expect_output("other\npub\n");
	fetch(&client, "-l", "", NULL);
	expect_output("other\npub\n");
}

TEST(a_file_is_listed_by_its_path)
{
	serve_pub_and_other();
	fetch(&client, "-l", "pub/sub/three", NULL);
	expect_output("pub/sub/three\n");
}

TEST(an_empty_directory_lists_nothing)
{
	serve_pub_and_other();
	fetch(&client, "-l", "other", NULL);
	expect_output("");
}

TEST(directories_have_headings_after_the_files)
{
	serve_pub_and_other();
	fetch(&client, "-l", "pub/sub", "pub/one", "other", NULL);
	expect_output("pub/one\n\npub/sub:\nthree\n\nother:\n");
}

TEST(all_entries_beneath_are_listed_with_r)
{
	serve_pub_and_other();
	harness_write("pub/sub-way", "");
	fetch(&client, "-l", "-r", "pub", NULL);
	expect_output("link\none\nsub\nsub/three\nsub-way\ntwo\n");
}

TEST(names_may_end_in_nul)
{
	serve_pub_and_other();
	harness_write("pub/sub/new\nline", "");
	fetch(&client, "-l", "-0", "pub/sub", NULL);
	expect_code(&client, 0, NULL);
	ck_assert_uint_eq(client.output_length, 15);
	ck_assert_mem_eq(client.output, "new\nline\0three\0", 15);
}

TEST(a_long_list_has_all_columns)
{
	serve_pub_and_other();
	fetch(&client, "-l", "--long", "pub", NULL);
	expect_code(&client, 0, NULL);
	expect_in_output("lrwxrwxrwx ");
	expect_in_output(" link -> one\n");
	expect_in_output("\n-rw-r----- ");
	expect_in_output(" one\n");
	expect_in_output("\ndrwxr-x--- ");
}

TEST(a_path_that_failed_does_not_hide_the_others)
{
	serve_pub_and_other();
	fetch(&client, "-l", "pub/nothing", "pub/sub", NULL);
	expect_code(&client, CODE_NOT_FOUND, "msgfetch: pub/nothing: No such file");
	ck_assert_str_eq(client.output, "pub/sub:\nthree\n");
}

TEST(a_stat_is_of_the_path_itself)
{
	serve_pub_and_other();
	fetch(&client, "--stat", "pub/sub", NULL);
	expect_code(&client, 0, NULL);
	expect_in_output("    Path: pub/sub\n    Kind: directory\n");
	expect_in_output("    Mode: 0750 (drwxr-x---)\n");
	fetch(&client, "-s", "pub/two", NULL);
	expect_in_output("    Kind: file\n    Size: 2\n");
}

TEST(a_stat_needs_a_path)
{
	fetch(&client, "-s", NULL);
	expect_code(&client, CODE_USAGE, "no PATH given");
}

static void set_time(const char *name, time_t seconds)
{
	const struct timespec times[2] = {{.tv_sec = seconds}, {.tv_sec = seconds}};

	ck_assert_int_eq(utimensat(AT_FDCWD, name, times, 0), 0);
}

TEST(a_list_can_be_sorted_and_have_units)
{
	serve_pub_and_other();
	harness_make_file("pub/sub/large", 1536, 1);
	fetch(&client, "-l", "--sort=size", "pub/sub", NULL);
	expect_output("large\nthree\n");
	set_time("pub/sub/three", 2000);
	set_time("pub/sub/large", 1000);
	fetch(&client, "-l", "--sort=time", "pub/sub", NULL);
	expect_output("three\nlarge\n");
	fetch(&client, "-lh", "pub/sub", NULL);
	expect_in_output(" 1.5 KiB ");
	expect_in_output(" 3 B ");
}

static uintmax_t inode_of(const char *name)
{
	struct stat status;

	ck_assert_int_eq(stat(name, &status), 0);
	return (uintmax_t)status.st_ino;
}

TEST(a_list_is_json_on_demand)
{
	serve_pub_and_other();
	fetch(&client, "-l", "--json", "pub", NULL);
	expect_code(&client, 0, NULL);
	expect_in_output("{\"path\":\"pub/link\",\"type\":\"link\",");
	expect_in_output("\"link\":\"one\",\"outcome\":\"ok\",\"code\":0}\n");
	expect_in_output(
		"{\"path\":\"pub/one\",\"type\":\"file\",\"mode\":\"0640\",\"owner\":");
	expect_in_output("\"size\":2,\"mtime\":\"20");
	expect_in_output(harness_format("\"inode\":%ju,", inode_of("pub/one")));
}

TEST(a_failure_is_json_too)
{
	serve_pub_and_other();
	fetch(&client, "-s", "--json", "pub/nothing", NULL);
	expect_code(&client, CODE_NOT_FOUND, "pub/nothing");
	ck_assert_str_eq(client.output,
			 "{\"path\":\"pub/nothing\",\"outcome\":\"not-found\",\"code\":5,"
			 "\"error\":\"No such file or directory\"}\n");
}

TEST(paths_to_list_can_come_from_a_file)
{
	serve_pub_and_other();
	harness_write("list", "pub/one\npub/two\n");
	fetch(&client, "-l", "-T", "list", NULL);
	expect_output("pub/one\npub/two\n");
}

TEST(an_empty_list_of_paths_lists_nothing)
{
	harness_write("list", "");
	fetch(&client, "-l", "-T", "list", NULL);
	expect_output("");
}

TEST(a_list_reports_a_missing_daemon)
{
	fetch(&client, "-l", NULL);
	expect_code(&client, CODE_NO_DAEMON, "msgfetch: no daemon");
	fetch(&client, "-l", "pub", NULL);
	expect_code(&client, CODE_NO_DAEMON, "no daemon");
	ck_assert_str_eq(client.output, "");
}

TEST(a_full_standard_output_is_an_error)
{
	serve_pub_and_other();
	client.give_out = open("/dev/full", O_WRONLY | O_CLOEXEC);
	ck_assert_int_gt(client.give_out, 0);
	fetch(&client, "-l", "pub", NULL);
	expect_code(&client, 9, "No space left on device");
}

TEST(options_of_fetching_are_refused)
{
	fetch(&client, "-l", "-O", "pub", NULL);
	expect_code(&client, CODE_USAGE, "--list excludes --remote-name");
	fetch(&client, "--long", "pub", NULL);
	expect_code(&client, CODE_USAGE, "--long needs --list");
	fetch(&client, "-l", "-s", "pub", NULL);
	expect_code(&client, CODE_USAGE, "--stat");
}

int main(void)
{
	return harness_main("integration/browse", HARNESS_IPC);
}
