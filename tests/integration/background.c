/* SPDX-License-Identifier: ISC */
/* integration/background: msgfetchd in the background, and its pid file. */
#include "config.h"

#include "tests/support/actors.h"
#include "tests/support/harness.h"
#include "tests/support/pub.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	STATUS_USAGE = 64,
	STATUS_UNAVAILABLE = 69,
	STATUS_NO_PERMISSION = 77,
};

static pid_t background_pid; /* of the daemon that serve_in_background() started */

static void serve_in_background(void)
{
	const char *pub = harness_format("pub=%s/pub", harness_directory());
	const char *file = harness_format("%s/pid", harness_directory());

	make_pub();
	ck_assert_int_eq(msgfetchd_run(&first_daemon, "-k", TEST_KEY_TEXT, "-b", "-p", file,
				       "-e", pub, NULL),
			 0);
	background_pid = (pid_t)strtol(harness_read("pid", NULL), NULL, 10);
	ck_assert_int_gt(background_pid, 1);
}

static void stop_background(void)
{
	ck_assert_int_eq(kill(background_pid, SIGTERM), 0);
	WAIT_FOR(access("pid", F_OK) != 0);
	harness_assert_no_ipc();
}

TEST(a_background_daemon_serves_as_soon_as_the_command_returns)
{
	serve_in_background();
	expect_served();
	stop_background();
}

/* Opens a file and locks it, as a shell does for the commands that it starts. */
static void hold_lock(void *context)
{
	int file = open("lock", O_RDWR | O_CREAT, 0600);

	(void)context;
	if (dup2(file, 9) != 9 || flock(9, LOCK_EX | LOCK_NB) != 0)
		_exit(126);
}

/* A shell's command substitution waits until no process holds the pipe. */
TEST(the_lookup_process_of_a_background_daemon_leaves_the_starters_files)
{
	struct stat null, held;
	pid_t lookups;

	serve_in_background();
	lookups = harness_lookup_process(background_pid);
	ck_assert_int_eq(stat("/dev/null", &null), 0);
	for (int fd = 0; fd <= STDERR_FILENO; fd++) {
		ck_assert_int_eq(
			stat(harness_format("/proc/%d/fd/%d", (int)lookups, fd), &held), 0);
		ck_assert_uint_eq(held.st_rdev, null.st_rdev);
	}
	stop_background();
}

TEST(a_background_daemon_holds_no_inherited_file)
{
	int file;

	first_daemon.prepare = hold_lock;
	serve_in_background();
	file = open("lock", O_RDWR | O_CLOEXEC);
	ck_assert_int_eq(flock(file, LOCK_EX | LOCK_NB), 0);
	close(file);
	stop_background();
}

static void close_stderr(void *context)
{
	(void)context;
	close(STDERR_FILENO);
}

TEST(without_stderr_no_log_line_gets_into_a_file)
{
	make_pub();
	first_daemon.prepare = close_stderr;
	msgfetchd_start(&first_daemon, "-v", "-e", "pub=pub", "-p", "pid", NULL);
	expect_served();
	ck_assert_str_eq(harness_read("pid", NULL),
			 harness_format("%d", (int)first_daemon.pid));
}

TEST(a_background_daemon_leads_a_session)
{
	serve_in_background();
	ck_assert_int_ne(getsid(background_pid), getsid(0));
	ck_assert_int_ne(getpgid(background_pid), getpgid(0));
	stop_background();
}

TEST(a_second_daemon_with_the_same_pid_file_is_refused)
{
	serve_in_background();
	ck_assert_int_eq(msgfetchd_run(&second_daemon, "-k", "0x7777", "-p", "pid", "-e",
				       "pub=pub", NULL),
			 STATUS_UNAVAILABLE);
	ck_assert_int_eq(access("pid", F_OK), 0);
	stop_background();
}

TEST(a_background_daemon_that_cannot_start_fails_the_command)
{
	const char *pub = harness_format("pub=%s/pub", harness_directory());

	serve_pub();
	ck_assert_int_eq(
		msgfetchd_run(&second_daemon, "-k", TEST_KEY_TEXT, "-b", "-e", pub, NULL),
		STATUS_UNAVAILABLE);
	ck_assert(msgfetchd_logged(&second_daemon, "another msgfetchd"));
}

/* The pid file is refused, and the file "victim" stays. */
static void expect_pid_file_refused(void)
{
	ck_assert_int_eq(msgfetchd_run(&second_daemon, "-k", TEST_KEY_TEXT, "-p", "pid", "-e",
				       "pub=pub", NULL),
			 STATUS_NO_PERMISSION);
	ck_assert_str_eq(harness_read("victim", NULL), "precious");
	ck_assert_int_eq(unlink("pid"), 0);
}

TEST(a_pid_file_that_was_planted_is_refused)
{
	make_pub();
	harness_write("victim", "precious");
	ck_assert_int_eq(symlink("victim", "pid"), 0);
	expect_pid_file_refused();
	ck_assert_int_eq(link("victim", "pid"), 0);
	expect_pid_file_refused();
	ck_assert_int_eq(mkfifo("pid", 0600), 0);
	expect_pid_file_refused();
	if (!harness_other_users())
		return;
	harness_write("pid", "");
	ck_assert_int_eq(chown("pid", OTHER_UID, OTHER_UID), 0);
	expect_pid_file_refused();
}

TEST(a_background_daemon_refuses_relative_paths)
{
	make_pub();
	ck_assert_int_eq(
		msgfetchd_run(&first_daemon, "-k", TEST_KEY_TEXT, "-b", "-e", "pub=pub", NULL),
		STATUS_USAGE);
}

TEST(a_foreground_daemon_keeps_a_pid_file)
{
	make_pub();
	msgfetchd_start(&first_daemon, "-e", "pub=pub", "-p", "pid", NULL);
	ck_assert_int_eq(strtol(harness_read("pid", NULL), NULL, 10), first_daemon.pid);
	msgfetchd_stop(&first_daemon);
	ck_assert_int_ne(access("pid", F_OK), 0);
}

int main(void)
{
	return harness_main("integration/background", HARNESS_IPC);
}
