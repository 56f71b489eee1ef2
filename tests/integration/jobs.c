/* SPDX-License-Identifier: ISC */
/* integration/jobs: --jobs fetches each path once, and leaves no file and no process after a
 * death. */
#include "config.h"

#include "tests/support/actors.h"
#include "tests/support/harness.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	CODE_ERROR = 1,
	CODE_NO_DAEMON = 3,
	CODE_NOT_FOUND = 5,
	FILES = 200,
};

static struct msgfetchd server;
static struct client client;

/* Serves files of many sizes, which the list names. */
static void serve_sizes(size_t step)
{
	FILE *list = fopen("list", "we");

	ck_assert_ptr_nonnull(list);
	ck_assert_int_eq(mkdir("pub", 0755), 0);
	ck_assert_int_eq(mkdir("out", 0755), 0);
	for (size_t i = 0; i < FILES; i++) {
		harness_make_file(harness_format("pub/%zu", i), i * step, (unsigned)i);
		ck_assert_int_gt(fprintf(list, "pub/%zu\n", i), 0);
	}
	ck_assert_int_eq(fclose(list), 0);
	serve(&server);
}

static void expect_all(void)
{
	for (size_t i = 0; i < FILES; i++)
		harness_assert_same(harness_format("pub/%zu", i), harness_format("out/%zu", i));
	ck_assert_int_eq(harness_count_entries("out"), FILES);
}

TEST(all_files_come_by_several_jobs)
{
	serve_sizes(997);
	fetch(&client, "-j", "4", "-T", "list", "-D", "out", NULL);
	expect_code(&client, 0, NULL);
	ck_assert_str_eq(client.errors, "");
	expect_all();
}

static void limit_descriptors(void *context)
{
	const struct rlimit few = {.rlim_cur = 64, .rlim_max = 64};

	(void)context;
	if (setrlimit(RLIMIT_NOFILE, &few) != 0)
		_exit(126);
}

TEST(a_request_for_many_paths_needs_few_descriptors)
{
	server.prepare = limit_descriptors;
	serve_sizes(10);
	fetch(&client, "-T", "list", "-D", "out", NULL);
	expect_code(&client, 0, NULL);
	expect_all();
}

TEST(more_jobs_than_files_are_no_error)
{
	serve_sizes(10);
	fetch(&client, "-j", "64", "-D", "out", "pub/1", "pub/2", "pub/3", NULL);
	expect_code(&client, 0, NULL);
	ck_assert_int_eq(harness_count_entries("out"), 3);
}

TEST(one_path_needs_no_jobs)
{
	serve_sizes(10);
	fetch(&client, "-j", "4", "-o", "copy", "pub/5", NULL);
	expect_code(&client, 0, NULL);
	harness_assert_same("pub/5", "copy");
}

TEST(trees_come_by_several_jobs)
{
	serve_sizes(10);
	ck_assert_int_eq(mkdir("pub/one", 0755), 0);
	ck_assert_int_eq(mkdir("pub/two", 0755), 0);
	harness_make_file("pub/one/file", 50000, 1);
	harness_make_file("pub/two/file", 60000, 2);
	fetch(&client, "-r", "-j", "2", "-D", "out", "pub/one", "pub/two", NULL);
	expect_code(&client, 0, NULL);
	harness_assert_same("pub/one/file", "out/one/file");
	harness_assert_same("pub/two/file", "out/two/file");
}

TEST(the_exit_status_is_that_of_the_failed_path)
{
	serve_sizes(10);
	fetch(&client, "-j", "3", "-D", "out", "pub/1", "pub/nothing", "pub/2", "pub/3", NULL);
	expect_code(&client, CODE_NOT_FOUND, "pub/nothing: No such file");
	ck_assert_int_eq(harness_count_entries("out"), 3);
}

TEST(every_job_reports_a_missing_daemon)
{
	ck_assert_int_eq(mkdir("out", 0755), 0);
	fetch(&client, "-j", "2", "-D", "out", "pub/1", "pub/2", NULL);
	expect_code(&client, CODE_NO_DAEMON, "pub/2: ");
	ck_assert_int_eq(harness_count_entries("out"), 0);
}

TEST(there_is_one_progress_display)
{
	serve_sizes(997);
	fetch(&client, "-j", "4", "--progress=always", "-T", "list", "-D", "out", NULL);
	expect_code(&client, 0, NULL);
	expect_all();
	ck_assert_msg(strstr(client.errors, "200/200 all: ") != NULL, "%s", client.errors);
}

TEST(lines_of_several_jobs_are_not_mixed)
{
	int lines = 0;

	serve_sizes(10);
	fetch(&client, "-j", "8", "--json", "-T", "list", "-D", "out", NULL);
	expect_code(&client, 0, NULL);
	for (const char *line = client.output, *end; (end = strchr(line, '\n')) != NULL;
	     line = end + 1) {
		ck_assert_msg(strncmp(line, "{\"path\":\"pub/", 13) == 0, "%s", line);
		ck_assert_int_eq(end[-1], '}');
		lines++;
	}
	ck_assert_int_eq(lines, FILES);
}

/* Begins a file of each of two jobs, and never ends the files. */
static struct fake fake;

static void begin_two_of(const char *third)
{
	ck_assert_int_eq(mkdir("out", 0755), 0);
	fake_open(&fake);
	client_start(&client, "-j", "2", "-D", "out", "pub/1", "pub/2", third, NULL);
	for (int i = 0; i < 2; i++) {
		fake_await(&fake);
		fake_entry(&fake, FAKE_STAMP(1000));
		fake_data(&fake, 0, "some", 4);
		WAIT_FOR(harness_count_entries("out") == i + 1);
	}
	WAIT_FOR(harness_count_children(client.pid, 0) == 2);
}

static void begin_two(void)
{
	begin_two_of(NULL);
}

static int any_child(pid_t child, char state, void *context)
{
	(void)state;
	*(pid_t *)context = child;
	return 1;
}

/* Returns whether the process is gone, or waits to be reaped by init. */
static bool is_dead(pid_t process)
{
	return (kill(process, 0) != 0 && errno == ESRCH) ||
	       strstr(harness_read_proc(process, "status"), "State:\tZ") != NULL;
}

static void expect_signal_ends_all(int number)
{
	pid_t child = 0;

	begin_two();
	harness_each_child(client.pid, any_child, &child);
	ck_assert_int_gt(child, 0);
	ck_assert_int_eq(kill(client.pid, number), 0);
	client_finish(&client);
	ck_assert_int_eq(client.signal, number);
	WAIT_FOR(is_dead(child));
	WAIT_FOR(harness_count_entries("out") == 0);
	fake_close(&fake);
}

TEST(sigterm_ends_all_jobs_and_leaves_nothing)
{
	expect_signal_ends_all(SIGTERM);
}

TEST(sigint_ends_all_jobs_and_leaves_nothing)
{
	expect_signal_ends_all(SIGINT);
}

TEST(jobs_do_not_outlive_their_parent)
{
	expect_signal_ends_all(SIGKILL);
}

TEST(a_job_that_dies_is_told_with_its_paths)
{
	pid_t child = 0;

	begin_two();
	harness_each_child(client.pid, any_child, &child);
	ck_assert_int_eq(kill(child, SIGTERM), 0);
	WAIT_FOR(harness_count_entries("out") == 1);
	WAIT_FOR(harness_count_children(client.pid, 'Z') == 1);
	harness_each_child(client.pid, any_child, &child);
	fake_close(&fake);
	client_finish(&client);
	ck_assert_int_eq(client.code, CODE_ERROR);
	ck_assert_msg(strstr(client.errors, "the job for this path was killed") != NULL, "%s",
		      client.errors);
	ck_assert_int_eq(harness_count_entries("out"), 0);
}

static int end_job(pid_t child, char state, void *context)
{
	(void)state;
	(void)context;
	ck_assert_int_eq(kill(child, SIGTERM), 0);
	return 0;
}

TEST(a_path_that_no_job_took_is_reported)
{
	begin_two_of("pub/3");
	harness_each_child(client.pid, end_job, NULL);
	client_finish(&client);
	fake_close(&fake);
	ck_assert_int_eq(client.code, CODE_ERROR);
	for (int i = 1; i <= 3; i++)
		ck_assert_msg(strstr(client.errors, harness_format("pub/%d: not fetched", i)) !=
				      NULL,
			      "%s", client.errors);
}

int main(void)
{
	return harness_main("integration/jobs", HARNESS_IPC);
}
