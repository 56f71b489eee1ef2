/* SPDX-License-Identifier: ISC */
/*
 * integration/protocol: serves a client in Python (protocol_client.py) that was written from
 * msgfetch-protocol(7) alone.
 */
#include "config.h"

#include "tests/support/actors.h"
#include "tests/support/harness.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct msgfetchd server;
static struct client client; /* the output and exit status of protocol_client.py */

static const struct served files[] = {
	{"file", .size = 50001, .seed = 1}, {.name = "empty"}, {.name = NULL}};

/* Returns the path of the script.  $srcdir may be relative to the first working directory. */
static const char *script(void)
{
	const char *source = getenv("srcdir");

	return harness_format("%s/tests/scripts/protocol_client.py",
			      harness_started_in(source != NULL ? source : "."));
}

static bool have_python(void)
{
	static const char *const arguments[] = {"python3", "-c", "import ctypes", NULL};
	struct spawn spawn = {.program = "/usr/bin/env", .arguments = arguments};

	return actors_wait(actors_spawn(&spawn), 60000) == 0;
}

static void run_script(const char *what, const char *path, const char *more, const char *last)
{
	const char *const arguments[] = {"python3", script(), TEST_KEY_TEXT, what,
					 path,      more,     last,          NULL};
	struct spawn spawn = {
		.program = "/usr/bin/env",
		.arguments = arguments,
		.prepare = client.prepare,
		.context = client.context,
		.environment = client.environment,
	};

	actors_run(&client, &spawn);
}

#define NEEDS_PYTHON()                                     \
	do {                                               \
		if (!have_python())                        \
			SKIP("needs python3 with ctypes"); \
	} while (0)

TEST(fetches_a_file)
{
	NEEDS_PYTHON();
	serve(&server, .files = files);
	run_script("fetch", "pub/file", NULL, NULL);
	expect_file(&client, "pub/file");
}

TEST(fetches_an_empty_file)
{
	NEEDS_PYTHON();
	serve(&server, .files = files);
	run_script("fetch", "pub/empty", NULL, NULL);
	expect_file(&client, "pub/empty");
}

TEST(fetches_several_files_with_one_request)
{
	NEEDS_PYTHON();
	serve(&server, .files = files);
	harness_write("pub/one", "1");
	harness_write("pub/two", "22");
	run_script("fetch", "pub/one", "pub/two", NULL);
	expect_code(&client, 0, NULL);
	ck_assert_str_eq(client.output, "122");
}

TEST(fetches_a_file_with_holes)
{
	const uint64_t at = 100 * SPARSE_BLOCK;

	NEEDS_PYTHON();
	serve(&server, .files = files);
	harness_make_sparse("pub/sparse", 1 << 20, &at, 1);
	run_script("holes", "pub/sparse", NULL, NULL);
	expect_file(&client, "pub/sparse");
}

TEST(fetches_the_rest_of_a_file)
{
	NEEDS_PYTHON();
	serve(&server, .files = files);
	run_script("resume", "pub/file", "20000", NULL);
	expect_file(&client, "pub/file");
}

TEST(fetches_a_range)
{
	NEEDS_PYTHON();
	serve(&server, .files = files);
	harness_write("pub/digits", "0123456789");
	run_script("range", "pub/digits", "3", "4");
	expect_code(&client, 0, NULL);
	ck_assert_str_eq(client.output, "3456");
	run_script("range", "pub/digits", "8", "0");
	expect_code(&client, 0, NULL);
	ck_assert_str_eq(client.output, "89");
	run_script("range", "pub/digits", "10", "1");
	expect_code(&client, 1, "errno 34, reason 8");
}

static atomic_bool followed;

/* Rotates the followed file again and again. */
static void *rotate(void *context)
{
	(void)context;
	while (!followed) {
		harness_write("pub/new", "new");
		ck_assert_int_eq(rename("pub/new", "pub/log"), 0);
		harness_pause();
	}
	return NULL;
}

TEST(follows_a_file)
{
	NEEDS_PYTHON();
	serve(&server, .files = files);
	harness_write("pub/log", "one\ntwo\n");
	run_script("follow", "pub/log", "1", "4");
	expect_code(&client, 0, NULL);
	ck_assert_str_eq(client.output, "two\n");
}

TEST(follows_a_file_that_is_replaced)
{
	pthread_t thread;

	NEEDS_PYTHON();
	serve(&server, .files = files);
	harness_write("pub/log", "old");
	followed = false;
	ck_assert_int_eq(pthread_create(&thread, NULL, rotate, NULL), 0);
	run_script("follow", "pub/log", "0", "6");
	followed = true;
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	expect_code(&client, 0, NULL);
	ck_assert_str_eq(client.output, "newnew");
}

TEST(checks_the_digest_of_a_file)
{
	NEEDS_PYTHON();
	serve(&server, .files = files);
	run_script("sha256", "pub/file", NULL, NULL);
	expect_file(&client, "pub/file");
}

TEST(lists_exports_and_files)
{
	NEEDS_PYTHON();
	serve(&server, .files = files);
	run_script("list", "", NULL, NULL);
	expect_code(&client, 0, NULL);
	ck_assert_str_eq(client.output, "pub\n");
	run_script("list", "pub", NULL, NULL);
	ck_assert_ptr_nonnull(strstr(client.output, "empty\n"));
	ck_assert_ptr_nonnull(strstr(client.output, "file\n"));
	ck_assert_uint_eq(client.output_length, strlen("empty\nfile\n"));
}

TEST(is_told_of_a_missing_file)
{
	NEEDS_PYTHON();
	serve(&server, .files = files);
	run_script("fetch", "pub/missing", NULL, NULL);
	expect_code(&client, 1, "errno 2, reason 1");
}

TEST(gets_an_answer_to_a_ping)
{
	NEEDS_PYTHON();
	serve(&server, .files = files);
	run_script("ping", NULL, NULL, NULL);
	expect_code(&client, 0, NULL);
	ck_assert_str_eq(client.output, "msgfetchd " PACKAGE_VERSION "\n");
}

TEST(fetches_from_the_daemon_of_another_user)
{
	static const char *const environment[] = {"TRUSTED=64001", NULL}; /* OTHER_UID */
	uid_t daemon_uid = OTHER_UID, client_uid = THIRD_UID;

	NEEDS_PYTHON();
	if (!harness_other_users())
		SKIP("needs real root, to be another user");
	server.prepare = harness_become;
	server.context = &daemon_uid;
	serve(&server, .files = files);
	client.prepare = harness_become;
	client.context = &client_uid;
	client.environment = environment;
	run_script("fetch", "pub/file", NULL, NULL);
	if (strstr(client.errors, "Permission denied") != NULL)
		SKIP("python3, or the sources, cannot be read by other users");
	expect_file(&client, "pub/file");
}

int main(void)
{
	return harness_main("integration/protocol", HARNESS_IPC);
}
