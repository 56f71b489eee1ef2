/* SPDX-License-Identifier: ISC */
/* integration/hostile_tree: whatever a daemon sends for a tree, nothing is written outside the
 * target. */
#include "config.h"

#include "tests/support/actors.h"
#include "tests/support/harness.h"
#include "tests/support/trees.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	CODE_ERROR = 1,
	CODE_DENIED = 6,
	CODE_OUTPUT = 9,
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

TEST(a_played_tree_arrives)
{
	ask_for_tree();
	send_directory(0, "");
	send_directory(1, "d");
	send_file(2, "d/file");
	send_entry(3, S_IFLNK | 0777, "link", "d/file");
	fake_over(&fake, 4);
	client_finish(&client);
	expect_code(&client, 0, NULL);
	ck_assert_str_eq(harness_read("in/copy/link", NULL), "text");
	fake_close(&fake);
}

TEST(names_that_lead_out_are_refused)
{
	const char *const names[] = {
		"..",
		"../x",
		"../../outside/x",
		"/x",
		"//x",
		"d/../../x",
		"d/..",
		"./x",
		"x/.",
		"x//y",
		"x/",
		"d//x",
		"/",
		".",
		"d/./x",
		"...//x",
		"../in/copy/x",
		"d/../x",
	};

	for (size_t i = 0; i < COUNT(names); i++) {
		ask_for_tree();
		send_directory(0, "");
		send_directory(1, "d");
		send_entry(2, S_IFREG | 0644, names[i], "");
		fake_bytes(&fake, 2, 0, "text", 4);
		expect_violation();
	}
}

TEST(directories_and_links_by_names_that_lead_out_are_refused)
{
	const char *const names[] = {"..", "../outside", "/outside", "d/../../outside"};

	for (size_t i = 0; i < COUNT(names); i++) {
		ask_for_tree();
		send_directory(0, "");
		send_directory(1, names[i]);
		expect_violation();
		ask_for_tree();
		send_directory(0, "");
		send_entry(1, S_IFLNK | 0777, names[i], "x");
		expect_violation();
	}
}

/* A NUL ends a name, and an ENTRY has two strings. */
TEST(a_nul_hides_nothing)
{
	struct entry_wire body = {.stamp = FAKE_STAMP(4), .mode = S_IFREG | 0644};
	static const char names[] = "fine\0../../outside/x\0";
	uint8_t text[256];
	size_t length;

	ask_for_tree();
	send_directory(0, "");
	length = reply_encode_entry(text, fake.request.serial, 1, &body, NULL, NULL);
	memcpy(text + length, names, sizeof(names) - 1);
	/* "fine", the link text "../../outside/x", and one excess NUL. */
	length += sizeof(names) - 1;
	text[length++] = '\0';
	reply_encode_head(text, MESSAGE_ENTRY, fake.request.serial, 1, 0,
			  (uint32_t)(length - sizeof(struct reply_wire)), 0);
	fake_send(&fake, MESSAGE_ENTRY, text, length);
	expect_violation();
}

TEST(a_component_that_is_too_long_is_refused)
{
	char name[300];

	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	ask_for_tree();
	send_directory(0, "");
	send_file(1, name);
	expect_violation();
}

TEST(entries_out_of_order_are_refused)
{
	ask_for_tree();
	send_directory(0, "");
	send_directory(2, "d");
	expect_violation();
	ask_for_tree();
	send_directory(0, "");
	send_directory(UINT32_MAX - 1, "d");
	expect_violation();
	ask_for_tree();
	send_directory(1, "");
	expect_violation();
	ask_for_tree();
	send_file(0, "file");
	expect_violation();
}

TEST(nothing_is_made_beneath_a_file)
{
	ask_for_tree();
	send_file(0, "");
	send_file(1, "beneath");
	client_finish(&client);
	expect_code(&client, CODE_ERROR, "protocol");
	ck_assert_str_eq(harness_read("in/copy", NULL), "text");
	expect_nothing_outside();
	fake_close(&fake);
}

TEST(a_path_that_was_not_requested_is_refused)
{
	struct entry_wire body = {.mode = S_IFDIR | 0755, .path = 1};

	ask_for_tree();
	send_directory(0, "");
	fake_announce(&fake, 1, &body, "", "");
	expect_violation();
	ask_for_tree();
	body.path = UINT32_MAX;
	fake_announce(&fake, 0, &body, "", "");
	expect_violation();
}

TEST(an_end_with_another_count_is_refused)
{
	const uint64_t counts[] = {0, 2, 1000000, 1ull << 32, (1ull << 32) + 1, INT64_MAX};

	for (size_t i = 0; i < COUNT(counts); i++) {
		ask_for_tree();
		send_directory(0, "");
		fake_over(&fake, counts[i]);
		expect_violation();
	}
}

TEST(an_end_before_any_entry_is_refused)
{
	ask_for_tree();
	fake_over(&fake, 0);
	expect_violation();
}

TEST(bytes_for_a_directory_are_refused)
{
	ask_for_tree();
	send_directory(0, "");
	fake_bytes(&fake, 0, 0, "text", 4);
	expect_violation();
}

/* The names are harmless, but a parent is a link that the daemon sent. */
TEST(nothing_is_created_through_a_link)
{
	ask_for_tree();
	send_directory(0, "");
	send_directory(1, "d");
	send_entry(2, S_IFLNK | 0777, "l", "d");
	send_file(3, "l/file");
	send_file(4, "d/other");
	fake_over(&fake, 5);
	client_finish(&client);
	expect_code(&client, CODE_OUTPUT, "l/file");
	ck_assert_int_eq(harness_count_entries("in/copy/d"), 1);
	expect_nothing_outside();
	fake_close(&fake);
}

TEST(a_link_that_a_daemon_makes_is_not_written_through)
{
	ask_for_tree();
	send_directory(0, "");
	send_file(1, "target");
	send_entry(2, S_IFLNK | 0777, "l", "target");
	send_entry(3, S_IFREG | 0644, "l", "");
	fake_bytes(&fake, 3, 0, "evil", 4);
	fake_finish(&fake, 3, FAKE_STAMP(4), 4);
	fake_over(&fake, 4);
	client_finish(&client);
	ck_assert_str_eq(harness_read("in/copy/target", NULL), "text");
	expect_nothing_outside();
	fake_close(&fake);
}

TEST(links_that_lead_out_are_always_left_out)
{
	const char *const links[] = {"/etc/passwd", "..",        "../../outside",
				     "d/../../x",   "../copy/x", "./../x",
				     "//x"};
	uint32_t entry = 2;

	ask_for_tree();
	send_directory(0, "");
	send_directory(1, "d");
	for (size_t i = 0; i < COUNT(links); i++)
		send_entry(entry++, S_IFLNK | 0777, harness_format("l%zu", i), links[i]);
	fake_over(&fake, entry);
	client_finish(&client);
	expect_code(&client, CODE_DENIED, "l0");
	ck_assert_int_eq(harness_count_entries("in/copy"), 1);
	expect_nothing_outside();
	fake_close(&fake);
}

/* A parent that is a file, or that does not exist. */
TEST(a_file_is_no_way_to_another)
{
	ask_for_tree();
	send_directory(0, "");
	send_file(1, "file");
	send_file(2, "file/beneath");
	send_file(3, "not/announced");
	send_file(4, "last");
	fake_over(&fake, 5);
	client_finish(&client);
	expect_code(&client, CODE_OUTPUT, "file/beneath");
	ck_assert_ptr_nonnull(strstr(client.errors, "not/announced"));
	ck_assert_int_eq(harness_count_entries("in/copy"), 2);
	expect_nothing_outside();
	fake_close(&fake);
}

TEST(a_repeated_directory_does_no_harm)
{
	ask_for_tree();
	send_directory(0, "");
	for (uint32_t i = 1; i < 200; i++)
		send_directory(i, i % 2 == 0 ? "d" : "d/e");
	fake_over(&fake, 200);
	client_finish(&client);
	ck_assert_int_ge(client.code, 0);
	expect_nothing_outside();
	fake_close(&fake);
}

/* Entries of the wrong kind, without -r. */

static void ask_for_file(void)
{
	make_directory("in");
	make_directory("outside");
	fake_open(&fake);
	client_start(&client, "--retry", "0", "-o", "in/copy", "pub/file", NULL);
	fake_await(&fake);
	ck_assert_uint_eq(fake.request.flags & REQUEST_RECURSE, 0);
}

TEST(a_directory_in_the_place_of_a_file_is_refused)
{
	ask_for_file();
	send_directory(0, "");
	expect_violation();
}

TEST(a_link_in_the_place_of_a_file_is_refused)
{
	ask_for_file();
	send_entry(0, S_IFLNK | 0777, "", "outside");
	fake_over(&fake, 1);
	client_finish(&client);
	ck_assert_int_gt(client.code, 0);
	ck_assert_str_ne(client.errors, "");
	ck_assert(!exists("in/copy"));
	fake_close(&fake);
}

TEST(a_fifo_in_the_place_of_a_file_is_refused)
{
	ask_for_file();
	send_entry(0, S_IFIFO | 0644, "", "");
	fake_over(&fake, 1);
	client_finish(&client);
	ck_assert_int_gt(client.code, 0);
	ck_assert_str_ne(client.errors, "");
	ck_assert(!exists("in/copy"));
	fake_close(&fake);
}

int main(void)
{
	return harness_main("integration/hostile_tree", HARNESS_IPC);
}
