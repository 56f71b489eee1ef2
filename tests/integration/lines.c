/* SPDX-License-Identifier: ISC */
/*
 * integration/lines: lines for programs: --json and --print-digest, checked by the tools that
 * read them.
 */
#include "config.h"

#include "tests/support/actors.h"
#include "tests/support/harness.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	CODE_USAGE = 2,
	CODE_NOT_FOUND = 5,
	CODE_CHANGED = 7,
	CODE_OUTPUT = 9,
};

static struct msgfetchd server;
static struct client client;
static struct fake fake;

static const struct served files[] = {
	{"file", .text = "text"},
	{.name = "empty"},
	{.name = "tree/"},
	{"tree/large", .size = 3000000, .seed = 1},
	{"tree/back\\slash", .text = "1"},
	{.name = NULL},
};

static void expect_in_output(const char *text)
{
	ck_assert_msg(strstr(client.output, text) != NULL, "no \"%s\" in \"%s\"", text,
		      client.output);
}

/* Checks the printed lines with program.  Returns whether program is installed. */
static bool check_with(const char *program)
{
	const char *const arguments[] = {program, "-c", "sums", NULL};
	struct spawn spawn = {.program = "/usr/bin/env", .arguments = arguments};
	struct client checker = {0};

	harness_write("sums", client.output);
	actors_run(&checker, &spawn);
	if (checker.code == 127)
		return false;
	ck_assert_msg(checker.code == 0, "%s%s", checker.output, checker.errors);
	ck_assert_ptr_null(strstr(checker.errors, "improperly"));
	ck_assert_ptr_null(strstr(checker.output, "improperly"));
	return true;
}

TEST(sha256sum_accepts_the_lines)
{
	serve(&server, .files = files);
	harness_write("pub/tree/new\nline", "2");
	fetch(&client, "-r", "--print-digest", "-O", "pub/file", "pub/empty", "pub/tree", NULL);
	expect_code(&client, 0, NULL);
	if (!check_with("sha256sum"))
		SKIP("sha256sum is not installed");
}

TEST(xxhsum_accepts_the_lines)
{
	serve(&server, .files = files);
	fetch(&client, "-r", "--digest", "--print-digest", "-O", "pub/file", "pub/empty",
	      "pub/tree", NULL);
	expect_code(&client, 0, NULL);
	if (!check_with("xxhsum"))
		SKIP("xxhsum is not installed");
}

TEST(a_digest_that_differs_is_a_failure)
{
	const struct end_wire body = {.stamp = FAKE_STAMP(4), .offset = 4};
	const struct digest digest = {.length = 8, .bytes = {1, 2, 3}};
	uint8_t text[PROTOCOL_MESSAGE_MAX];

	fake_open(&fake);
	client_start(&client, "--digest", "-o", "copy", "pub/file", NULL);
	fake_await(&fake);
	ck_assert_uint_ne(fake.request.flags & REQUEST_XXH3, 0);
	fake_entry(&fake, FAKE_STAMP(4));
	fake_data(&fake, 0, "text", 4);
	fake_send(&fake, MESSAGE_END, text,
		  reply_encode_end(text, fake.request.serial, 0, &body, &digest));
	fake_over(&fake, 1);
	client_finish(&client);
	expect_code(&client, CODE_CHANGED, "pub/file: ");
	ck_assert_int_ne(access("copy", F_OK), 0);
	fake_close(&fake);
}

TEST(each_file_has_its_line)
{
	serve(&server, .files = files);
	fetch(&client, "--json", "--digest=sha256", "-O", "pub/file", "pub/nothing", NULL);
	expect_code(&client, CODE_NOT_FOUND, "pub/nothing");
	expect_in_output("{\"path\":\"pub/file\",\"file\":\"./file\",\"type\":\"file\","
			 "\"outcome\":\"ok\",\"code\":0,\"bytes\":4,\"seconds\":");
	expect_in_output(
		"\"sha256\":\"982d9e3eb996f559e633f4d194def3761d909f5a3b647d1a851fead67"
		"c32c9d1\"}\n");
	expect_in_output("{\"path\":\"pub/nothing\",\"file\":\"./nothing\",\"outcome\":"
			 "\"not-found\",\"code\":5,\"error\":\"No such file or directory\",");
}

TEST(a_tree_has_a_line_for_each_file_and_for_itself)
{
	serve(&server, .files = files);
	ck_assert_int_eq(mkfifo("pub/tree/fifo", 0600), 0);
	ck_assert_int_eq(symlink("/etc", "pub/tree/evil"), 0);
	fetch(&client, "-q", "--json", "-r", "-o", "copy", "pub/tree", NULL);
	expect_in_output(
		"{\"path\":\"pub/tree/large\",\"file\":\"copy/large\",\"type\":\"file\","
		"\"outcome\":\"ok\",\"code\":0,\"bytes\":3000000}\n");
	expect_in_output("{\"path\":\"pub/tree/fifo\",\"file\":\"copy/fifo\",\"type\":\"fifo\","
			 "\"outcome\":\"left-out\",\"code\":0,");
	expect_in_output(
		"\"path\":\"pub/tree/evil\",\"file\":\"copy/evil\",\"outcome\":\"denied\","
		"\"code\":6,");
	expect_in_output("{\"path\":\"pub/tree\",\"file\":\"copy\",\"type\":\"directory\","
			 "\"outcome\":\"denied\",\"code\":6,\"bytes\":3000001,\"files\":2,");
}

TEST(a_skipped_file_has_a_line)
{
	serve(&server, .files = files);
	harness_write("file", "mine");
	fetch(&client, "--json", "--skip-existing", "-O", "pub/file", NULL);
	expect_code(&client, 0, NULL);
	ck_assert_str_eq(
		client.output,
		"{\"path\":\"pub/file\",\"file\":\"./file\",\"type\":\"file\",\"outcome\":"
		"\"skipped\",\"code\":0,\"error\":\"skipped: the local file "
		"exists\",\"bytes\":0}\n");
}

TEST(a_tree_that_starts_over_has_its_lines_once)
{
	struct entry_wire top = {.mode = S_IFDIR | 0755, .stamp = FAKE_STAMP(0)};
	struct entry_wire file = {.mode = S_IFREG | 0644, .stamp = FAKE_STAMP(1)};

	fake_open(&fake);
	client_start(&client, "--json", "-r", "-o", "copy", "pub/tree", NULL);
	for (int turn = 0; turn < 2; turn++) {
		fake_await(&fake);
		fake_announce(&fake, 0, &top, "", "");
		fake_announce(&fake, 1, &file, "one", "");
		fake_bytes(&fake, 1, 0, "1", 1);
		fake_finish(&fake, 1, file.stamp, 1);
		if (turn == 0)
			fake_refuse(&fake, ENTRY_WHOLE, FAILURE_SHUTTING_DOWN, ESHUTDOWN, 1);
		else
			fake_over(&fake, 2);
	}
	client_finish(&client);
	expect_code(&client, 0, NULL);
	expect_in_output("{\"path\":\"pub/tree/one\",");
	ck_assert_ptr_null(strstr(strstr(client.output, "pub/tree/one") + 1, "pub/tree/one"));
	fake_close(&fake);
}

TEST(a_file_that_grew_has_a_member_for_it)
{
	struct entry_wire file = {.mode = S_IFREG | 0644, .stamp = FAKE_STAMP(1)};

	fake_open(&fake);
	client_start(&client, "--json", "-o", "copy", "pub/file", NULL);
	fake_await(&fake);
	fake_announce(&fake, 0, &file, "", "");
	fake_bytes(&fake, 0, 0, "1", 1);
	fake_end(&fake, FAKE_STAMP(2), 1);
	client_finish(&client);
	expect_code(&client, 0, NULL);
	expect_in_output("\"bytes\":1,");
	expect_in_output(",\"grew\":true}");
	fake_close(&fake);
}

TEST(lines_that_cannot_be_written_are_an_error)
{
	serve(&server, .files = files);
	client.give_out = open("/dev/full", O_WRONLY | O_CLOEXEC);
	ck_assert_int_gt(client.give_out, 0);
	fetch(&client, "--json", "-O", "pub/file", NULL);
	expect_code(&client, CODE_OUTPUT, "cannot write standard output: No space left");
	harness_assert_same("pub/file", "file");
}

int main(void)
{
	return harness_main("integration/lines", HARNESS_IPC);
}
