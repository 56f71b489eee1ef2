/* SPDX-License-Identifier: ISC */
/* integration/tree: trees are copied exactly, into a new or an existing target; failures are
 * reported. */
#include "config.h"

#include "tests/support/actors.h"
#include "tests/support/harness.h"
#include "tests/support/trees.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	CODE_ERROR = 1,
	CODE_USAGE = 2,
	CODE_NOT_FOUND = 5,
	CODE_DENIED = 6,
	CODE_OUTPUT = 9,
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

TEST(a_tree_is_copied_exactly)
{
	serve(&server, .files = tree_files);
	make_everything("pub/tree");
	fetch(&client, "-r", "-o", "copy", "pub/tree", NULL);
	expect_tree("pub/tree", "copy");
	ck_assert_str_eq(client.errors, "");
}

TEST(a_tree_is_copied_exactly_by_every_transport)
{
	const char *const transports[] = {"--transport=inline", "--transport=ring",
					  "--transport=auto"};
	const char *const rings[] = {"--ring=1x16K", "--ring=3x48K", "--ring=4x256K"};

	serve(&server, .files = tree_files);
	make_everything("pub/tree");
	for (size_t i = 0; i < COUNT(transports); i++)
		for (size_t j = 0; j < COUNT(rings); j++) {
			const char *copy = harness_format("copy-%zu-%zu", i, j);

			fetch(&client, transports[i], rings[j], "-r", "-o", copy, "pub/tree",
			      NULL);
			expect_tree("pub/tree", copy);
		}
}

TEST(an_empty_directory_is_a_tree)
{
	serve(&server, .files = tree_files);
	fetch(&client, "-r", "-o", "copy", "pub/tree", NULL);
	expect_tree("pub/tree", "copy");
}

TEST(an_export_is_a_tree)
{
	serve(&server, .files = tree_files);
	harness_write("pub/tree/file", "text");
	make_directory("out");
	fetch(&client, "-r", "-D", "out", "pub", NULL);
	expect_tree("pub", "out/pub");
}

TEST(trees_and_files_go_into_one_directory)
{
	serve(&server, .files = tree_files);
	make_directory("pub/other");
	harness_write("pub/tree/file", "text");
	harness_write("pub/other/file", "other text");
	harness_make_file("pub/file", 50000, 1);
	make_directory("out");
	fetch(&client, "-r", "-D", "out", "pub/tree", "pub/file", "pub/other", NULL);
	expect_code(&client, 0, NULL);
	assert_same_tree("pub", "out");
}

TEST(a_file_may_be_asked_for_with_r)
{
	serve(&server, .files = tree_files);
	harness_make_file("pub/file", 50000, 1);
	fetch(&client, "-r", "-o", "copy", "pub/file", NULL);
	expect_tree("pub/file", "copy");
}

TEST(a_requested_link_is_followed_within_its_export)
{
	serve(&server, .files = tree_files);
	harness_write("pub/tree/file", "text");
	make_link("tree", "pub/link");
	fetch(&client, "-r", "-o", "copy", "pub/link", NULL);
	expect_tree("pub/tree", "copy");
}

TEST(a_directory_is_refused_without_r)
{
	serve(&server, .files = tree_files);
	fetch(&client, "-o", "copy", "pub/tree", NULL);
	expect_code(&client, CODE_ERROR, "msgfetch: pub/tree: is a directory");
	ck_assert(!exists("copy"));
}

TEST(a_missing_tree_is_not_found)
{
	serve(&server, .files = tree_files);
	fetch(&client, "-r", "-o", "copy", "pub/missing", NULL);
	expect_code(&client, CODE_NOT_FOUND, "msgfetch: pub/missing: ");
	ck_assert(!exists("copy"));
}

TEST(a_tree_cannot_go_to_stdout)
{
	fetch(&client, "-r", "pub/tree", NULL);
	expect_code(&client, CODE_USAGE, "standard output");
}

TEST(thousands_of_small_files_come_packed)
{
	serve(&server, .files = tree_files);
	for (int i = 0; i < 50; i++)
		make_directory(harness_format("pub/tree/%d", i));
	for (int i = 0; i < 3000; i++)
		harness_make_file(harness_format("pub/tree/%d/%d", i % 50, i),
				  (size_t)(i * 37 % 1500), (unsigned)i);
	fetch(&client, "-r", "-o", "copy", "pub/tree", NULL);
	expect_tree("pub/tree", "copy");
}

/* Deeper than the limit of open files. */
TEST(a_tree_that_is_too_deep_is_reported_and_the_rest_arrives)
{
	serve(&server, .files = tree_files);
	harness_write("pub/tree/file", "text");
	make_chain("pub/tree", 1200);
	fetch(&client, "-r", "-o", "copy", "pub/tree", NULL);
	ck_assert_msg(client.code == 0 || client.code == CODE_ERROR, "%d: %s", client.code,
		      client.errors);
	ck_assert_ptr_null(strstr(client.errors, "died"));
	harness_assert_same("copy/file", "pub/tree/file");
}

/* Entries that are not sent. */

TEST(links_that_lead_outside_are_left_out_and_named)
{
	serve(&server, .files = tree_files);
	make_directory("pub/tree/d");
	harness_write("pub/tree/file", "text");
	make_link("/etc/passwd", "pub/tree/absolute");
	make_link("../secret", "pub/tree/up");
	make_link("../../secret", "pub/tree/d/up");
	make_link("d/../../secret", "pub/tree/around");
	make_link("../file", "pub/tree/d/kept");
	fetch(&client, "-r", "-o", "copy", "pub/tree", NULL);
	expect_code(&client, CODE_DENIED, "absolute");
	ck_assert_ptr_nonnull(strstr(client.errors, "d/up"));
	ck_assert_ptr_nonnull(strstr(client.errors, "around"));
	ck_assert_ptr_null(strstr(client.errors, "kept"));
	ck_assert(!exists("copy/absolute") && !exists("copy/up") && !exists("copy/around"));
	ck_assert(!exists("copy/d/up"));
	assert_same_link("copy/d/kept", "pub/tree/d/kept");
	harness_assert_same("copy/file", "pub/tree/file");
}

static void make_socket(const char *name)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int made = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_uint_lt(strlen(name), sizeof(address.sun_path));
	memcpy(address.sun_path, name, strlen(name) + 1);
	ck_assert_int_eq(bind(made, (struct sockaddr *)&address, sizeof(address)), 0);
	close(made);
}

TEST(special_files_are_left_out_and_named)
{
	serve(&server, .files = tree_files);
	make_directory("pub/tree/d");
	harness_write("pub/tree/file", "text");
	ck_assert_int_eq(mkfifo("pub/tree/d/fifo", 0644), 0);
	make_socket("pub/tree/socket");
	fetch(&client, "-r", "-o", "copy", "pub/tree", NULL);
	expect_code(&client, 0, "d/fifo");
	ck_assert_ptr_nonnull(strstr(client.errors, "is a fifo"));
	ck_assert_ptr_nonnull(strstr(client.errors, "is a socket"));
	ck_assert(!exists("copy/d/fifo") && !exists("copy/socket"));
	ck_assert(exists("copy/d"));
	harness_assert_same("copy/file", "pub/tree/file");
}

TEST(a_requested_fifo_is_refused)
{
	serve(&server, .files = tree_files);
	ck_assert_int_eq(mkfifo("pub/fifo", 0644), 0);
	fetch(&client, "-r", "-o", "copy", "pub/fifo", NULL);
	expect_code(&client, CODE_ERROR, "msgfetch: pub/fifo: ");
	ck_assert(!exists("copy"));
}

static void become_other(void *context)
{
	static uid_t uid = OTHER_UID;

	(void)context;
	harness_become(&uid);
}

TEST(unreadable_files_are_reported_and_the_rest_arrives)
{
	if (!harness_other_users())
		SKIP("needs real root, to be another user");
	server.prepare = become_other;
	serve(&server, .files = tree_files);
	make_directory("pub/tree/open");
	make_directory("pub/tree/shut");
	harness_write("pub/tree/open/file", "text");
	harness_write("pub/tree/open/secret", "secret");
	harness_write("pub/tree/shut/file", "secret");
	harness_write("pub/tree/zzz", "last");
	ck_assert_int_eq(chmod("pub/tree/shut", 0700), 0);
	ck_assert_int_eq(chmod("pub/tree/open/secret", 0600), 0);
	fetch(&client, "--server-user", harness_format("%d", OTHER_UID), "-r", "-o", "copy",
	      "pub/tree", NULL);
	expect_code(&client, CODE_DENIED, "open/secret");
	ck_assert_ptr_nonnull(strstr(client.errors, "shut"));
	ck_assert_ptr_null(strstr(client.errors, "open/file"));
	ck_assert(!exists("copy/open/secret") && !exists("copy/shut/file"));
	harness_assert_same("copy/open/file", "pub/tree/open/file");
	harness_assert_same("copy/zzz", "pub/tree/zzz");
}

/* Targets. */

TEST(an_existing_directory_is_added_to)
{
	serve(&server, .files = tree_files);
	make_directory("pub/tree/d");
	harness_write("pub/tree/new", "new");
	harness_write("pub/tree/d/replaced", "from the daemon");
	make_directory("copy");
	make_directory("copy/d");
	harness_write("copy/kept", "kept");
	harness_write("copy/d/replaced", "old");
	ck_assert_int_eq(chmod("copy/d/replaced", 0600), 0);
	fetch(&client, "-r", "-o", "copy", "pub/tree", NULL);
	expect_code(&client, 0, NULL);
	ck_assert_str_eq(harness_read("copy/kept", NULL), "kept");
	ck_assert_str_eq(harness_read("copy/new", NULL), "new");
	ck_assert_str_eq(harness_read("copy/d/replaced", NULL), "from the daemon");
	ck_assert_uint_eq(status_of("copy/d/replaced").st_mode & 0777, 0600);
	ck_assert_int_eq(harness_count_entries("copy"), 3);
	ck_assert_int_eq(harness_count_entries("copy/d"), 1);
}

TEST(a_link_in_the_place_of_a_directory_is_not_followed)
{
	serve(&server, .files = tree_files);
	make_directory("pub/tree/d");
	harness_write("pub/tree/d/file", "text");
	harness_write("pub/tree/zzz", "last");
	make_directory("outside");
	make_directory("copy");
	make_link("../outside", "copy/d");
	fetch(&client, "-r", "-o", "copy", "pub/tree", NULL);
	ck_assert_int_ne(client.code, 0);
	ck_assert_ptr_nonnull(strstr(client.errors, "copy/d"));
	ck_assert_int_eq(harness_count_entries("outside"), 0);
	ck_assert(S_ISLNK(status_of("copy/d").st_mode));
	harness_assert_same("copy/zzz", "pub/tree/zzz");
}

TEST(a_link_in_place_of_a_file_is_replaced_not_followed)
{
	serve(&server, .files = tree_files);
	harness_write("pub/tree/file", "text");
	harness_write("outside", "untouched");
	make_directory("copy");
	make_link("../outside", "copy/file");
	fetch(&client, "-r", "-o", "copy", "pub/tree", NULL);
	expect_tree("pub/tree", "copy");
	ck_assert_str_eq(harness_read("outside", NULL), "untouched");
}

TEST(a_tree_does_not_replace_a_file)
{
	serve(&server, .files = tree_files);
	harness_write("copy", "mine");
	fetch(&client, "-r", "-o", "copy", "pub/tree", NULL);
	expect_code(&client, CODE_OUTPUT, "msgfetch: pub/tree: ");
	ck_assert_str_eq(harness_read("copy", NULL), "mine");
}

TEST(a_directory_in_place_of_a_file_stays_and_the_rest_arrives)
{
	serve(&server, .files = tree_files);
	harness_write("pub/tree/a", "text");
	harness_write("pub/tree/b", "text");
	make_directory("copy");
	make_directory("copy/a");
	fetch(&client, "-r", "-o", "copy", "pub/tree", NULL);
	expect_code(&client, CODE_OUTPUT, "copy/a");
	ck_assert_int_eq(harness_count_entries("copy/a"), 0);
	harness_assert_same("copy/b", "pub/tree/b");
}

int main(void)
{
	return harness_main("integration/tree", HARNESS_IPC);
}
