/* SPDX-License-Identifier: ISC */
/* integration/daemon: the key, the stop, the service manager and the log of msgfetchd. */
#include "config.h"

#include "tests/support/actors.h"
#include "tests/support/harness.h"
#include "tests/support/pub.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	STATUS_UNAVAILABLE = 69,
	STATUS_IO = 74,
	STATUS_NO_PERMISSION = 77,
};

enum {
	CODE_BUSY = 10,
};

/* The key. */

TEST(refuses_a_second_daemon_on_the_same_key)
{
	serve_pub();
	ck_assert_int_eq(
		msgfetchd_run(&second_daemon, "-k", TEST_KEY_TEXT, "-e", "pub=pub", NULL),
		STATUS_UNAVAILABLE);
	ck_assert(
		msgfetchd_logged(&second_daemon, "another msgfetchd holds key " TEST_KEY_TEXT));
	expect_served();
}

TEST(of_many_daemons_on_the_same_key_exactly_one_lives)
{
	enum { DAEMONS = 6 };
	static struct msgfetchd daemons[DAEMONS];
	struct msgfetchd *winner = NULL;

	make_pub();
	for (int i = 0; i < DAEMONS; i++)
		msgfetchd_launch(&daemons[i], "-k", TEST_KEY_TEXT, "-e", "pub=pub", NULL);
	for (int i = 0; i < DAEMONS; i++) {
		WAIT_FOR(msgfetchd_logged(&daemons[i], "ready: ") ||
			 msgfetchd_logged(&daemons[i], "another msgfetchd"));
		if (msgfetchd_logged(&daemons[i], "ready: ")) {
			ck_assert_ptr_null(winner);
			winner = &daemons[i];
			continue;
		}
		ck_assert_int_eq(msgfetchd_exit_status(&daemons[i]), STATUS_UNAVAILABLE);
	}
	ck_assert_ptr_nonnull(winner);
	expect_served();
}

TEST(serves_two_daemons_on_two_keys)
{
	serve_pub();
	ck_assert_int_eq(mkdir("two", 0755), 0);
	harness_write("two/file", "of the second");
	msgfetchd_launch(&second_daemon, "-k", "0x7777", "-e", "pub=two", NULL);
	msgfetchd_await(&second_daemon, "READY=1");
	expect_served();
	fetch(&client, "-k", "0x7777", "pub/file", NULL);
	expect_file(&client, "two/file");
}

TEST(serves_the_default_key_when_none_is_given)
{
	static const char *const environment[] = {"MSGFETCH_KEY=", NULL};

	make_pub();
	msgfetchd_launch(&first_daemon, "-e", "pub=pub", NULL);
	msgfetchd_await(&first_daemon, "READY=1");
	ck_assert_int_ge(queue_find(PROTOCOL_DEFAULT_KEY), 0);
	client.environment = environment;
	expect_served();
}

TEST(everyone_may_write_to_its_queue_and_nobody_read_it)
{
	struct queue_info info;

	serve_pub();
	ck_assert_int_eq(queue_inspect_any(queue_find(TEST_KEY), &info), 0);
	ck_assert_uint_eq(info.mode, 0622);
}

static pid_t start_as_other(void (*function)(void))
{
	uid_t uid = OTHER_UID;
	pid_t child = fork();

	if (child == 0) {
		harness_become(&uid);
		function();
		_exit(0);
	}
	return child;
}

static void make_queue(void)
{
	if (queue_create(TEST_KEY, 0622) < 0)
		_exit(1);
}

static void make_lease(void)
{
	struct lease lease;
	uid_t owner;

	if (lease_take(TEST_KEY, &lease, &owner) != 0)
		_exit(1);
}

static void expect_foreign(void (*what)(void))
{
	struct ipc_count before, after;

	ck_assert_int_eq(actors_wait(start_as_other(what), WAIT_LIMIT_MS), 0);
	before = harness_ipc_count();
	make_pub();
	ck_assert_int_eq(
		msgfetchd_run(&first_daemon, "-k", TEST_KEY_TEXT, "-e", "pub=pub", NULL),
		STATUS_NO_PERMISSION);
	ck_assert(msgfetchd_logged(&first_daemon, harness_format("uid %d", OTHER_UID)));
	after = harness_ipc_count();
	ck_assert_int_eq(after.queues, before.queues);
	ck_assert_int_eq(after.semaphores, before.semaphores);
	actors_remove_stale(TEST_KEY);
}

TEST(refuses_a_key_whose_queue_is_someone_elses)
{
	if (!harness_other_users())
		SKIP("needs real root, to be another user");
	expect_foreign(make_queue);
}

TEST(refuses_a_key_whose_lease_is_someone_elses)
{
	if (!harness_other_users())
		SKIP("needs real root, to be another user");
	expect_foreign(make_lease);
}

TEST(an_ordinary_daemon_refuses_a_key_whose_queue_is_roots)
{
	uid_t uid = OTHER_UID;
	int queue;

	if (!harness_other_users())
		SKIP("needs real root, to be another user");
	make_pub();
	queue = queue_create(TEST_KEY, 0622);
	first_daemon.prepare = harness_become;
	first_daemon.context = &uid;
	ck_assert_int_eq(
		msgfetchd_run(&first_daemon, "-k", TEST_KEY_TEXT, "-e", "pub=pub", NULL),
		STATUS_NO_PERMISSION);
	ck_assert(msgfetchd_logged(&first_daemon, "uid 0"));
	ck_assert_int_eq(queue_remove(queue), 0);
}

TEST(takes_over_from_a_daemon_that_was_killed)
{
	serve_pub();
	msgfetchd_kill(&first_daemon);
	ck_assert_int_ge(queue_find(TEST_KEY), 0);
	msgfetchd_start(&second_daemon, "-e", "pub=pub", NULL);
	expect_served();
}

TEST(serves_the_requests_that_a_killed_daemon_left)
{
	enum { LEFT = 5 };
	struct peer peers[LEFT];

	serve_pub();
	harness_stop(first_daemon.pid);
	for (int i = 0; i < LEFT; i++) {
		peer_open(&peers[i]);
		peer_ask(&peers[i], "pub/file", 0);
	}
	msgfetchd_kill(&first_daemon);
	msgfetchd_start(&second_daemon, "-e", "pub=pub", NULL);
	for (int i = 0; i < LEFT; i++) {
		peer_expect_file(&peers[i], "pub/file");
		peer_close(&peers[i]);
	}
}

/* Makes the request queue as another user and gives the queue to root. */
static int make_and_give_queue(void)
{
	uid_t uid = OTHER_UID;

	harness_become(&uid);
	return queue_give_user(queue_create(TEST_KEY, 0622), 0);
}

TEST(requests_in_a_queue_that_a_stranger_made_are_not_served)
{
	struct peer peer, next;
	pid_t maker;

	if (!harness_other_users())
		SKIP("needs real root, to be another user");
	serve_pub();
	msgfetchd_kill(&first_daemon);
	ck_assert_int_eq(queue_remove(queue_find(TEST_KEY)), 0);
	maker = fork();
	if (maker == 0)
		_exit(make_and_give_queue() != 0);
	ck_assert_int_eq(actors_wait(maker, WAIT_LIMIT_MS), 0);
	peer_open(&peer);
	peer_ask(&peer, "pub/file", 0);
	msgfetchd_start(&second_daemon, "-e", "pub=pub", NULL);
	/* The daemon reads inherited requests before this ping. */
	peer_open(&next);
	peer_ping(&next);
	peer_receive(&next);
	ck_assert(peer_has_ticket(&peer));
	ck_assert_uint_eq(peer_count_messages(&peer), 1);
	peer_close(&next);
	peer_close(&peer);
}

TEST(drops_the_junk_that_a_killed_daemon_left)
{
	struct peer peer;

	serve_pub();
	harness_stop(first_daemon.pid);
	peer_send_raw(1, "junk", 4);
	peer_send_raw(1, "", 0);
	peer_send_raw(MESSAGE_WAKE, "", 0);
	peer_open(&peer);
	peer_ask(&peer, "pub/file", 0);
	msgfetchd_kill(&first_daemon);
	msgfetchd_start(&second_daemon, "-e", "pub=pub", NULL);
	peer_expect_file(&peer, "pub/file");
	peer_close(&peer);
}

TEST(makes_a_new_queue_after_a_removal)
{
	int queue;

	serve_pub();
	queue = queue_find(TEST_KEY);
	ck_assert_int_eq(queue_remove(queue), 0);
	WAIT_FOR(queue_find(TEST_KEY) >= 0);
	ck_assert_int_ne(queue_find(TEST_KEY), queue);
	expect_served();
}

/* Stopping. */

static void expect_stop(int number)
{
	serve_pub();
	ck_assert_int_eq(kill(first_daemon.pid, number), 0);
	ck_assert_int_eq(msgfetchd_exit_status(&first_daemon), 0);
	ck_assert_int_eq(queue_find(TEST_KEY), -ENOENT);
	ck_assert_int_eq(lease_find(TEST_KEY), -ENOENT);
}

TEST(sigterm_removes_queue_and_lease)
{
	expect_stop(SIGTERM);
}

TEST(sigint_removes_queue_and_lease)
{
	expect_stop(SIGINT);
}

TEST(a_stopping_daemon_lets_transfers_finish)
{
	serve_pub();
	start_large(&client);
	ck_assert_int_eq(kill(first_daemon.pid, SIGTERM), 0);
	msgfetchd_await(&first_daemon, "STOPPING=1");
	client_finish(&client);
	expect_file(&client, "pub/large");
	ck_assert_int_eq(msgfetchd_exit_status(&first_daemon), 0);
}

TEST(a_stopping_daemon_refuses_new_requests)
{
	serve_pub();
	start_large(&client);
	ck_assert_int_eq(kill(first_daemon.pid, SIGTERM), 0);
	msgfetchd_await(&first_daemon, "STOPPING=1");
	fetch(&other_client, "--retry", "0", "pub/file", NULL);
	expect_code(&other_client, CODE_BUSY, "shutting down");
	client_finish(&client);
	ck_assert_int_eq(msgfetchd_exit_status(&first_daemon), 0);
}

TEST(a_stopping_daemon_refuses_waiting_requests)
{
	struct peer peer;

	serve_configured("max-workers = 1");
	start_large(&client);
	peer_open(&peer);
	peer_ask(&peer, "pub/file", 0);
	WAIT_FOR(peer_count_messages(&peer) == 0);
	ck_assert_int_eq(kill(first_daemon.pid, SIGTERM), 0);
	peer_expect_failure(&peer, FAILURE_SHUTTING_DOWN, ESHUTDOWN);
	peer_close(&peer);
	client_finish(&client);
	ck_assert_int_eq(msgfetchd_exit_status(&first_daemon), 0);
}

TEST(a_transfer_that_outlasts_the_drain_is_ended_with_an_answer)
{
	serve_configured("drain-limit = 0");
	start_large(&client);
	ck_assert_int_eq(kill(first_daemon.pid, SIGTERM), 0);
	ck_assert_int_eq(msgfetchd_exit_status(&first_daemon), 0);
	client_finish(&client);
	expect_code(&client, CODE_BUSY, "shutting down");
}

TEST(a_second_sigterm_ends_the_drain_at_once)
{
	serve_configured("drain-limit = 3600");
	start_large(&client);
	ck_assert_int_eq(kill(first_daemon.pid, SIGTERM), 0);
	msgfetchd_await(&first_daemon, "STOPPING=1");
	ck_assert_int_eq(kill(first_daemon.pid, SIGTERM), 0);
	ck_assert_int_eq(msgfetchd_exit_status(&first_daemon), 0);
	client_finish(&client);
	expect_code(&client, CODE_BUSY, "shutting down");
}

/* The service manager. */

TEST(the_service_manager_gets_a_status)
{
	serve_pub();
	ck_assert(msgfetchd_has_said(&first_daemon, "STATUS="));
}

TEST(the_counts_of_the_status_follow_the_workers)
{
	serve_pub();
	start_large(&client);
	msgfetchd_await(&first_daemon, "STATUS=Serving: exports 1, workers 1, waiting 0");
	msgfetchd_clear_states(&first_daemon);
	client_finish(&client);
	msgfetchd_await(&first_daemon, "STATUS=Serving: exports 1, workers 0, waiting 0");
}

TEST(the_service_manager_is_told_of_a_stop)
{
	serve_pub();
	ck_assert_int_eq(kill(first_daemon.pid, SIGTERM), 0);
	msgfetchd_await(&first_daemon, "STOPPING=1");
	ck_assert_int_eq(msgfetchd_exit_status(&first_daemon), 0);
}

TEST(feeds_the_watchdog)
{
	static const char *const environment[] = {"WATCHDOG_USEC=100000", NULL};

	first_daemon.environment = environment;
	serve_pub();
	msgfetchd_await(&first_daemon, "WATCHDOG=1");
	msgfetchd_clear_states(&first_daemon);
	msgfetchd_await(&first_daemon, "WATCHDOG=1");
}

TEST(feeds_the_watchdog_under_load)
{
	static const char *const environment[] = {"WATCHDOG_USEC=100000", NULL};

	first_daemon.environment = environment;
	serve_pub();
	for (int i = 0; i < 20; i++)
		expect_served();
	msgfetchd_clear_states(&first_daemon);
	msgfetchd_await(&first_daemon, "WATCHDOG=1");
}

TEST(a_watchdog_of_another_process_is_not_fed)
{
	static const char *const environment[] = {"WATCHDOG_USEC=2000", "WATCHDOG_PID=1", NULL};

	first_daemon.environment = environment;
	serve_pub();
	for (int i = 0; i < 20; i++)
		expect_served();
	ck_assert(!msgfetchd_has_said(&first_daemon, "WATCHDOG=1"));
}

TEST(the_log_tells_when_the_daemon_is_ready)
{
	serve_pub();
	ck_assert(msgfetchd_logged(&first_daemon, "ready: key " TEST_KEY_TEXT ", exports: 1"));
}

/* Trouble. */

static void forbid_forks(void *context)
{
	static const struct rlimit none = {0, 0};
	uid_t user = OTHER_UID;

	if (*(const bool *)context)
		harness_become(&user);
	if (setrlimit(RLIMIT_NPROC, &none) != 0)
		_exit(126);
}

TEST(a_failed_fork_is_answered_as_busy)
{
	struct peer peer;

	/* The leak checker of a sanitizer build needs a fork at the end. */
	static const char *const environment[] = {"ASAN_OPTIONS=detect_leaks=0", NULL};
	bool root = harness_other_users(); /* root has no such limit */

	make_pub();
	first_daemon.prepare = forbid_forks;
	first_daemon.context = &root;
	first_daemon.environment = environment;
	msgfetchd_start(&first_daemon, "-e", "pub=pub", NULL);
	for (int i = 0; i < 3; i++) {
		peer_open(&peer);
		peer_ask(&peer, "pub/file", 0);
		peer_expect_failure(&peer, FAILURE_BUSY, EAGAIN);
		peer_close(&peer);
	}
	ck_assert(msgfetchd_logged(&first_daemon, "cannot fork"));
}

/* The log. */

/* Makes the descriptor *(int *)context standard error. */
static void take_stderr(void *context)
{
	if (dup2(*(const int *)context, STDERR_FILENO) < 0)
		_exit(126);
}

/* Serves many requests with a log that nobody reads, and stops. */
static void expect_served_unread(int reader, int writer)
{
	make_pub();
	first_daemon.prepare = take_stderr;
	first_daemon.context = &writer;
	msgfetchd_start(&first_daemon, "-v", "-e", "pub=pub", NULL);
	close(writer);
	for (int i = 0; i < 40; i++)
		expect_served();
	msgfetchd_stop(&first_daemon);
	close(reader);
}

TEST(a_log_in_a_pipe_that_nobody_reads_blocks_nobody)
{
	int ends[2];

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	ck_assert_int_ge(fcntl(ends[1], F_SETPIPE_SZ, 4096), 4096);
	expect_served_unread(ends[0], ends[1]);
}

TEST(a_log_in_a_socket_that_nobody_reads_blocks_nobody)
{
	const int least = 1;
	int ends[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	ck_assert_int_eq(setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &least, sizeof(least)), 0);
	expect_served_unread(ends[0], ends[1]);
}

static void limit_files(void *context)
{
	static const struct rlimit small = {2000, 2000};

	(void)context;
	if (setrlimit(RLIMIT_FSIZE, &small) != 0)
		_exit(126);
}

TEST(a_log_at_its_size_limit_does_not_end_the_daemon)
{
	make_pub();
	first_daemon.prepare = limit_files;
	msgfetchd_start(&first_daemon, "-v", "-e", "pub=pub", NULL);
	for (int i = 0; i < 40; i++)
		expect_served();
	msgfetchd_stop(&first_daemon);
}

TEST(help_on_a_full_device_is_a_failure)
{
	static const char *const options[] = {"--help", "--version", NULL};

	for (size_t i = 0; options[i] != NULL; i++) {
		const char *const arguments[] = {options[i], NULL};
		const struct spawn spawn = {
			.program = getenv("MSGFETCHD"),
			.arguments = arguments,
			.out = open("/dev/full", O_WRONLY | O_CLOEXEC),
		};
		int status = actors_wait(actors_spawn(&spawn), WAIT_LIMIT_MS);

		close(spawn.out);
		ck_assert(WIFEXITED(status));
		ck_assert_int_eq(WEXITSTATUS(status), STATUS_IO);
	}
}

TEST(the_classic_layouts_are_off_by_default)
{
	uint8_t classic[260] = {0};
	int queue = queue_create_private();

	serve_pub();
	memcpy(classic, &queue, sizeof(queue));
	memcpy(classic + 4, "/pub/file", 10);
	peer_send_raw(1, classic, sizeof(classic));
	msgfetchd_await_log(&first_daemon, "dropped");
	ck_assert_int_eq(queue_remove(queue), 0);
}

int main(void)
{
	return harness_main("integration/daemon", HARNESS_IPC);
}
