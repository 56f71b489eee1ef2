/* SPDX-License-Identifier: ISC */
/* integration/many_paths: more paths than one request holds. */
#include "config.h"

#include "tests/support/actors.h"
#include "tests/support/harness.h"
#include "tests/support/trees.h"

#include <stdlib.h>
#include <string.h>

enum {
	CODE_NOT_FOUND = 5,
};

TEST(paths_go_to_stdout_in_the_order_given)
{
	serve(&server, .files = tree_files);
	harness_write("pub/a", "first ");
	harness_write("pub/b", "second ");
	harness_write("pub/c", "third");
	fetch(&client, "pub/b", "pub/a", "pub/b", "pub/c", NULL);
	expect_code(&client, 0, NULL);
	ck_assert_str_eq(client.output, "second first second third");
}

TEST(a_failed_path_does_not_stop_the_others)
{
	serve(&server, .files = tree_files);
	harness_write("pub/a", "first ");
	harness_write("pub/b", "second");
	fetch(&client, "pub/a", "pub/missing", "nowhere/at/all", "pub/b", NULL);
	expect_code(&client, CODE_NOT_FOUND, "msgfetch: pub/missing: ");
	ck_assert_ptr_nonnull(strstr(client.errors, "msgfetch: nowhere/at/all: "));
	ck_assert_str_eq(client.output, "first second");
}

enum { MANY = 3000 };

static void make_many(void)
{
	make_directory("pub/many");
	for (int i = 1; i <= MANY; i++)
		harness_write(harness_format("pub/many/%d", i), harness_format("%d\n", i));
}

/* Runs msgfetch from a shell: a struct spawn has no room for that many arguments. */
static void fetch_in_shell(const char *command)
{
	const char *const arguments[] = {"-c", command, NULL};
	const char *const environment[] = {"MSGFETCH_KEY=" TEST_KEY_TEXT, NULL};
	struct spawn spawn = {
		.program = "/bin/sh", .arguments = arguments, .environment = environment};

	actors_run(&client, &spawn);
}

TEST(more_paths_than_a_request_holds_come_in_order)
{
	char *at;

	serve(&server, .files = tree_files);
	make_many();
	fetch_in_shell("exec \"$MSGFETCH\" $(seq -f pub/many/%g 3000)");
	expect_code(&client, 0, NULL);
	at = client.output;
	for (int i = 1; i <= MANY; i++)
		ck_assert_int_eq(strtol(at, &at, 10), i);
	ck_assert_str_eq(at, "\n");
}

TEST(more_paths_than_a_request_holds_become_files)
{
	serve(&server, .files = tree_files);
	make_many();
	make_directory("out");
	fetch_in_shell("exec \"$MSGFETCH\" -D out $(seq -f pub/many/%g 3000)");
	expect_tree("pub/many", "out");
}

TEST(long_paths_are_split_over_requests)
{
	serve(&server, .files = tree_files);
	make_chain("pub/tree", 500);
	harness_write(harness_format("%s/file", make_chain("pub", 900)), "x");
	fetch_in_shell("p=pub; i=0; while [ $i -lt 900 ]; do p=$p/d; i=$((i + 1)); done; "
		       "exec \"$MSGFETCH\" $p/file $p/file $p/file $p/file $p/file $p/file");
	expect_code(&client, 0, NULL);
	ck_assert_str_eq(client.output, "xxxxxx");
}

int main(void)
{
	return harness_main("integration/many_paths", HARNESS_IPC);
}
