/* SPDX-License-Identifier: ISC */
/* integration/tree_end: a tree that ends early leaves nothing, and a retry completes the tree.
 */
#include "config.h"

#include "tests/support/actors.h"
#include "tests/support/harness.h"
#include "tests/support/trees.h"

#include <errno.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

static void begin_tree(void)
{
	ask_for_tree();
	send_directory(0, "");
	send_directory(1, "d");
	send_file(2, "d/file");
	send_entry(3, S_IFREG | 0644, "begun", "");
	fake_bytes(&fake, 3, 0, "te", 2);
	WAIT_FOR(harness_count_entries("in") == 1);
	WAIT_FOR(peer_count_messages(&(struct peer){.queue = fake.request.queue}) == 0);
	ck_assert(!exists("in/copy"));
}

static void expect_signal_cleans(int number)
{
	begin_tree();
	ck_assert_int_eq(kill(client.pid, number), 0);
	client_finish(&client);
	ck_assert_int_eq(client.signal, number);
	ck_assert_int_eq(harness_count_entries("in"), 0);
	fake_close(&fake);
}

TEST(sigint_leaves_nothing_of_a_tree)
{
	expect_signal_cleans(SIGINT);
}

TEST(sigterm_leaves_nothing_of_a_tree)
{
	expect_signal_cleans(SIGTERM);
}

/* Kills a fetch half-way, so that the hidden directory remains. */
static void leave_directory(void)
{
	begin_tree();
	ck_assert_int_eq(kill(client.pid, SIGKILL), 0);
	client_finish(&client);
	ck_assert_int_eq(queue_remove(fake.request.queue), 0);
	fake_close(&fake);
	ck_assert_int_eq(harness_count_entries("in"), 1);
}

/* Fetches the whole tree to the same target. */
static void fetch_tree_again(void)
{
	ck_assert_int_eq(mkdir("pub", 0755), 0);
	harness_write("pub/file", "text");
	msgfetchd_start(&server, "-e", "pub=pub", NULL);
	fetch(&client, "-r", "-o", "in/copy", "pub", NULL);
	expect_code(&client, 0, NULL);
	ck_assert(exists("in/copy/file"));
}

TEST(the_next_run_removes_the_directory_of_a_killed_run)
{
	leave_directory();
	fetch_tree_again();
	ck_assert_int_eq(harness_count_entries("in"), 1);
}

TEST(the_directory_of_a_live_run_is_kept)
{
	struct client living;

	begin_tree();
	living = client;
	fake_close(&fake);
	harness_stop(living.pid);
	client = (struct client){0};
	fetch_tree_again();
	ck_assert_int_eq(harness_count_entries("in"), 2);
	ck_assert_int_eq(kill(living.pid, SIGTERM), 0);
	ck_assert_int_eq(kill(living.pid, SIGCONT), 0);
	client_finish(&living);
	ck_assert_int_eq(harness_count_entries("in"), 1);
}

TEST(nothing_is_removed_from_unsafe_directories)
{
	leave_directory();
	ck_assert_int_eq(chmod("in", 0777), 0);
	fetch_tree_again();
	ck_assert_int_eq(harness_count_entries("in"), 2);
}

TEST(directories_with_similar_names_are_kept)
{
	leave_directory();
	ck_assert_int_eq(mkdir("in/.copy.backup", 0755), 0);
	ck_assert_int_eq(mkdir("in/.copies.msgfetch-AbCdEf", 0755), 0);
	harness_write("in/.copy.msgfetch-AbCdEf", "a file");
	fetch_tree_again();
	ck_assert_int_eq(harness_count_entries("in"), 4);
}

TEST(a_tree_whose_daemon_is_gone_leaves_nothing)
{
	begin_tree();
	fake_fail(&fake, FAILURE_WORKER_LOST, ECHILD, 0);
	client_finish(&client);
	ck_assert_int_ne(client.code, 0);
	ck_assert_int_eq(harness_count_entries("in"), 0);
	fake_close(&fake);
}

TEST(a_tree_that_fails_on_the_way_leaves_nothing)
{
	begin_tree();
	send_directory(4, "../x");
	expect_violation();
}

TEST(a_signal_removes_only_the_current_file_of_an_existing_target)
{
	make_directory("in");
	make_directory("in/copy");
	harness_write("in/copy/kept", "kept");
	fake_open(&fake);
	client_start(&client, "-r", "-o", "in/copy", "pub/tree", NULL);
	fake_await(&fake);
	send_directory(0, "");
	send_file(1, "whole");
	send_entry(2, S_IFREG | 0644, "begun", "");
	fake_bytes(&fake, 2, 0, "te", 2);
	WAIT_FOR(harness_count_entries("in/copy") == 3);
	ck_assert_int_eq(kill(client.pid, SIGTERM), 0);
	client_finish(&client);
	ck_assert_int_eq(client.signal, SIGTERM);
	ck_assert_int_eq(harness_count_entries("in/copy"), 2);
	ck_assert_str_eq(harness_read("in/copy/whole", NULL), "text");
	fake_close(&fake);
}

TEST(an_entry_that_failed_half_way_is_removed)
{
	ask_for_tree();
	send_directory(0, "");
	send_entry(1, S_IFREG | 0644, "half", "");
	fake_bytes(&fake, 1, 0, "te", 2);
	fake_refuse(&fake, 1, FAILURE_CHANGED, ESTALE, 0);
	send_file(2, "file");
	fake_over(&fake, 3);
	client_finish(&client);
	expect_code(&client, 7, "half");
	ck_assert_int_eq(harness_count_entries("in/copy"), 1);
	fake_close(&fake);
}

/* After a retry, entries that only the first daemon sent are gone. */
TEST(a_tree_is_requested_again_and_complete)
{
	make_directory("in");
	fake_open(&fake);
	client_start(&client, "-r", "-o", "in/copy", "pub/tree", NULL);
	fake_await(&fake);
	send_directory(0, "");
	send_file(1, "of-the-first-alone");
	send_entry(2, S_IFREG | 0644, "begun", "");
	fake_bytes(&fake, 2, 0, "te", 2);
	WAIT_FOR(harness_count_entries("in") == 1);
	fake_close(&fake);
	serve(&server, .files = tree_files);
	make_everything("pub/tree");
	client_finish(&client);
	expect_tree("pub/tree", "in/copy");
	ck_assert_int_eq(harness_count_entries("in"), 1);
}

/* The first daemon dies while the client is stopped in the middle of a tree. */
TEST(a_tree_is_complete_after_its_daemon_was_killed)
{
	struct msgfetchd successor = {0};

	serve(&server, .files = tree_files);
	for (int i = 0; i < 300; i++)
		harness_make_file(harness_format("pub/tree/%d", i), 70000, (unsigned)i);
	client_start(&client, "-r", "--ring=1x16K", "-o", "copy", "pub/tree", NULL);
	WAIT_FOR(harness_count_children(server.pid, 0) == 1);
	harness_stop(client.pid);
	kill(harness_only_child(server.pid), SIGKILL);
	msgfetchd_kill(&server);
	msgfetchd_start(&successor, "-e", "pub=pub", NULL);
	ck_assert_int_eq(kill(client.pid, SIGCONT), 0);
	client_finish(&client);
	expect_tree("pub/tree", "copy");
	msgfetchd_stop(&successor);
}

int main(void)
{
	return harness_main("integration/tree_end", HARNESS_IPC);
}
