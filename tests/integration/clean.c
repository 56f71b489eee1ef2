/* SPDX-License-Identifier: ISC */
/* integration/clean: msgfetchd --clean removes the objects of a dead daemon only. */
#include "config.h"

#include "tests/support/actors.h"
#include "tests/support/harness.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	CODE_USAGE = 64,
	CODE_LIVING = 69,
	CODE_FOREIGN = 77,
};

#define OTHER_KEY_TEXT "0x6d736755"
#define OTHER_KEY ((key_t)0x6d736755)

static struct msgfetchd server, other;
static struct client run;
static uid_t server_uid = OTHER_UID, client_uid = THIRD_UID;

/* Serves as another user if that is possible. */
static void serve_as_other(void)
{
	if (harness_other_users()) {
		server.prepare = other.prepare = harness_become;
		server.context = other.context = &server_uid;
	}
	serve(&server);
}

/* Kills daemon, worker and client in the middle of a transfer. */
static void crash(void)
{
	struct client client = {0};
	pid_t worker;

	if (harness_other_users()) {
		client.prepare = harness_become;
		client.context = &client_uid;
	}
	client_start(&client, "--server-user", harness_format("%d", OTHER_UID), "pub/large",
		     NULL);
	client_await_standstill(&client);
	worker = harness_only_child(server.pid);
	harness_stop(worker);
	harness_stop(server.pid);
	ck_assert_int_eq(kill(client.pid, SIGKILL), 0);
	client_finish(&client);
	ck_assert_int_eq(kill(worker, SIGKILL), 0);
	msgfetchd_kill(&server);
	WAIT_FOR(kill(worker, 0) != 0 ||
		 strstr(harness_read_proc(worker, "status"), "State:\tZ") != NULL);
}

/* Runs msgfetchd as uid, where there are other users. */
static void run_as(uid_t uid, const char *const *arguments)
{
	struct spawn spawn = {.program = getenv("MSGFETCHD"), .arguments = arguments};

	if (harness_other_users()) {
		spawn.prepare = harness_become;
		spawn.context = &uid;
	}
	run = (struct client){0};
	actors_run(&run, &spawn);
}

static void clean(void)
{
	run_as(server_uid, (const char *const[]){"--clean", "-k", TEST_KEY_TEXT, NULL});
}

static void clean_dry(void)
{
	run_as(server_uid,
	       (const char *const[]){"--clean", "--dry-run", "-k", TEST_KEY_TEXT, NULL});
}

static void expect_output(const char *text)
{
	ck_assert_msg(strstr(run.output, text) != NULL, "no \"%s\" in: %s", text, run.output);
}

TEST(the_objects_of_a_crash_are_listed_and_then_removed)
{
	struct ipc_count before;
	bool users = harness_other_users();

	serve_as_other();
	crash();
	before = harness_ipc_count();
	clean_dry();
	expect_code(&run, 0, NULL);
	expect_output("would remove request queue");
	expect_output("would remove lease of key " TEST_KEY_TEXT);
	if (users)
		expect_output(harness_format("of uid %d, left by a dead client", THIRD_UID));
	ck_assert_int_eq(harness_ipc_count().queues, before.queues);
	ck_assert_int_eq(harness_ipc_count().semaphores, before.semaphores);
	clean();
	expect_code(&run, 0, NULL);
	expect_output("removed request queue");
	expect_output("removed lease of key " TEST_KEY_TEXT);
	/* With one user only, the client's queue may belong to any program. */
	ck_assert_int_eq(harness_ipc_count().queues, users ? 0 : 1);
	ck_assert_int_eq(harness_ipc_count().semaphores, 0);
	if (!users)
		for (int slot = 0; slot <= queue_last_slot(); slot++) {
			struct queue_info info;

			queue_remove(queue_at(slot, &info));
		}
}

TEST(clean_reports_that_nothing_is_left)
{
	clean();
	expect_code(&run, 0, NULL);
	expect_output("key " TEST_KEY_TEXT ": nothing to remove");
	clean_dry();
	expect_code(&run, 0, NULL);
	expect_output("key " TEST_KEY_TEXT ": nothing to remove");
}

TEST(the_number_of_unread_requests_is_reported)
{
	struct peer peer;

	serve_as_other();
	harness_stop(server.pid);
	peer_open(&peer);
	peer_ask(&peer, "pub/large", 0);
	msgfetchd_kill(&server);
	clean();
	expect_code(&run, 0, NULL);
	expect_output("unread requests: 1");
	peer_close(&peer);
}

TEST(a_living_daemon_is_not_touched)
{
	serve_as_other();
	clean();
	expect_code(&run, CODE_LIVING, "key " TEST_KEY_TEXT ": held by a living msgfetchd");
	clean_dry();
	expect_code(&run, CODE_LIVING, "key " TEST_KEY_TEXT ": held by a living msgfetchd");
	fetch(&run, "--server-user", harness_format("%d", OTHER_UID), "pub/large", NULL);
	expect_file(&run, "pub/large");
}

TEST(the_key_of_another_user_is_not_touched)
{
	static const char *const arguments[] = {"--clean", "-k", TEST_KEY_TEXT, NULL};

	if (!harness_other_users())
		SKIP("needs root");
	serve_as_other();
	msgfetchd_kill(&server);
	run_as(THIRD_UID, arguments);
	expect_code(&run, CODE_FOREIGN, harness_format("belongs to uid %d", OTHER_UID));
	run_as(0, arguments);
	expect_code(&run, CODE_FOREIGN, harness_format("belongs to uid %d", OTHER_UID));
	ck_assert_int_eq(harness_ipc_count().queues, 1);
	ck_assert_int_eq(harness_ipc_count().semaphores, 1);
	clean();
	expect_code(&run, 0, NULL);
}

TEST(another_users_lease_is_not_touched)
{
	int queue;

	if (!harness_other_users())
		SKIP("needs root");
	serve_as_other();
	msgfetchd_kill(&server);
	queue = queue_find(TEST_KEY);
	ck_assert_int_eq(queue_give_user(queue, THIRD_UID), 0);
	run_as(THIRD_UID, (const char *const[]){"--clean", "-k", TEST_KEY_TEXT, NULL});
	expect_code(&run, CODE_FOREIGN, "the lease belongs to uid");
	ck_assert_int_eq(harness_ipc_count().queues, 1);
	actors_remove_stale(TEST_KEY);
}

TEST(the_queue_of_a_client_that_lives_is_left_and_named)
{
	struct peer peer;

	if (!harness_other_users())
		SKIP("needs root: a queue of the daemon's user's own is never looked at");
	serve_as_other();
	peer_open(&peer);
	msgfetchd_kill(&server);
	clean();
	expect_code(&run, 0, NULL);
	expect_output(harness_format("kept queue %d of uid 0: process %d is alive", peer.queue,
				     (int)getpid()));
	peer_close(&peer);
}

/*
 * Imitates the server of another program: creates the key's queue and receives until the queue
 * is removed.
 */
static void receive_as_foreign_server(void)
{
	static struct message message;
	int queue;

	if (harness_other_users())
		harness_become(&server_uid);
	queue = queue_create(TEST_KEY, 0622);
	while (queue >= 0 && queue_receive(queue, &message, 0, true) >= 0)
		;
	_exit(0);
}

/* Starts this server, which receives one message. */
static pid_t start_foreign_server(void)
{
	struct queue_info info = {0};
	pid_t foreign = fork();

	if (foreign == 0)
		receive_as_foreign_server();
	ck_assert_int_gt(foreign, 0);
	WAIT_FOR(queue_find(TEST_KEY) >= 0);
	peer_send_raw(1, "x", 1);
	WAIT_FOR(queue_inspect_any(queue_find(TEST_KEY), &info) == 0 &&
		 info.last_receiver == foreign);
	return foreign;
}

static void expect_foreign_refused(pid_t foreign)
{
	expect_code(&run, CODE_LIVING, "has no lease, so another program uses it");
	expect_code(&run, CODE_LIVING, harness_format("last receiver: pid %d", (int)foreign));
	ck_assert_int_eq(harness_ipc_count().queues, 1);
	ck_assert_int_eq(harness_ipc_count().semaphores, 0);
}

TEST(the_queue_of_another_program_is_removed_by_force_only)
{
	static const char *const force[] = {"--clean", "--force", "-k", TEST_KEY_TEXT, NULL};
	pid_t foreign = start_foreign_server();

	clean_dry();
	expect_foreign_refused(foreign);
	clean();
	expect_foreign_refused(foreign);
	fetch(&run, "--doctor", "--server-user", harness_format("%d", OTHER_UID), NULL);
	expect_output("another program uses key");
	ck_assert_ptr_null(strstr(run.output, "ipcrm -Q"));
	ck_assert_ptr_null(strstr(run.output, "--clean"));
	run_as(server_uid, force);
	expect_code(&run, 0, NULL);
	expect_output("removed request queue");
	ck_assert_int_eq(actors_wait(foreign, WAIT_LIMIT_MS), 0);
}

TEST(a_daemon_does_not_start_over_the_queue_of_another_program)
{
	static const char *const start[] = {"-k", TEST_KEY_TEXT, "-e", "pub=/", NULL};
	pid_t foreign = start_foreign_server();

	for (int i = 0; i < 3; i++) {
		run_as(server_uid, start);
		expect_foreign_refused(foreign);
	}
	ck_assert_int_eq(kill(foreign, SIGKILL), 0);
	ck_assert_int_eq(actors_wait(foreign, WAIT_LIMIT_MS), SIGKILL);
	run_as(server_uid, start);
	expect_code(&run, CODE_LIVING, "has no lease");
	actors_remove_stale(TEST_KEY);
}

TEST(force_does_not_touch_a_living_daemon)
{
	static const char *const force[] = {"--clean", "--force", "-k", TEST_KEY_TEXT, NULL};

	serve_as_other();
	run_as(server_uid, force);
	expect_code(&run, CODE_LIVING, "held by a living msgfetchd");
	fetch(&run, "--server-user", harness_format("%d", OTHER_UID), "pub/large", NULL);
	expect_file(&run, "pub/large");
}

/* Worker and daemon are dead, but another daemon lives, so the client may still read. */
TEST(a_slow_reader_is_kept_while_another_daemon_of_the_user_lives)
{
	if (!harness_other_users())
		SKIP("needs root: a queue of the daemon's user's own is never looked at");
	serve_as_other();
	msgfetchd_launch(&other, "-k", OTHER_KEY_TEXT, "-e", "pub=pub", NULL);
	msgfetchd_await(&other, "READY=1");
	crash();
	clean();
	expect_code(&run, 0, NULL);
	expect_output("kept queue");
	ck_assert_int_eq(lease_held(lease_find(OTHER_KEY)), 1);
	ck_assert_int_eq(harness_ipc_count().queues, 2);
	msgfetchd_stop(&other);
	clean();
	expect_code(&run, 0, NULL);
	ck_assert_int_eq(harness_ipc_count().queues, 0);
}

TEST(clean_takes_key_and_user_from_a_file_without_exports)
{
	harness_write("conf", "key = \"" TEST_KEY_TEXT "\"\n");
	run_as(server_uid, (const char *const[]){"--clean", "-c", "conf", NULL});
	expect_code(&run, 0, NULL);
	expect_output(TEST_KEY_TEXT);
}

TEST(options_that_conflict_with_clean_are_refused)
{
	run_as(server_uid, (const char *const[]){"--dry-run", "-e", "pub=/", NULL});
	expect_code(&run, CODE_USAGE, "--dry-run needs --clean");
	run_as(server_uid, (const char *const[]){"--clean", "-t", NULL});
	expect_code(&run, CODE_USAGE, "--clean cannot be combined");
	run_as(server_uid, (const char *const[]){"--force", "-e", "pub=/", NULL});
	expect_code(&run, CODE_USAGE, "--force needs --clean");
}

int main(void)
{
	return harness_main("integration/clean", HARNESS_IPC);
}
