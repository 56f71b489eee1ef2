/* SPDX-License-Identifier: ISC */
/*
 * integration/user: the daemon and its clients are different users, the main use of msgfetch.
 * Every test needs real root, and skips without.
 */
#include "config.h"

#include "tests/support/actors.h"
#include "tests/support/harness.h"

#include <errno.h>
#include <pwd.h>
#include <signal.h>
#include <string.h>
#include <sys/msg.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	CODE_UNTRUSTED = 4,
	CODE_DENIED = 6,
	CODE_CHANGED = 7,
};

#define LARGE (3 << 20) /* more than a ring, a pipe and the client's buffers */

static uid_t daemon_uid = OTHER_UID, client_uid = THIRD_UID;
static struct msgfetchd server, successor;
static struct client client;

static void start(struct msgfetchd *daemon)
{
	daemon->prepare = harness_become;
	daemon->context = &daemon_uid;
	msgfetchd_start(daemon, "-e", "pub=pub", NULL);
}

/* Serves files of one user, which clients of another user cannot open. */
static void serve_private(void)
{
	ck_assert_int_eq(mkdir("pub", 0700), 0);
	ck_assert_int_eq(chown("pub", daemon_uid, daemon_uid), 0);
	harness_make_file("pub/file", 12345, 1);
	harness_make_file("pub/large", LARGE, 2);
	ck_assert_int_eq(chown("pub/file", daemon_uid, daemon_uid), 0);
	ck_assert_int_eq(chmod("pub/file", 0600), 0);
	start(&server);
	client.prepare = harness_become;
	client.context = &client_uid;
}

#define TRUSTING "--server-user=64001" /* OTHER_UID */

#define NEEDS_USERS()                                                \
	do {                                                         \
		if (!harness_other_users())                          \
			SKIP("needs real root, to be another user"); \
	} while (0)

static void start_large(void)
{
	client_start(&client, TRUSTING, "pub/large", NULL);
	client_await_standstill(&client);
}

static void await_only_daemon(void)
{
	WAIT_FOR(harness_ipc_count().queues == 1);
	WAIT_FOR(harness_count_children(server.pid, 0) == 0);
}

TEST(another_user_fetches_a_file_byte_for_byte)
{
	NEEDS_USERS();
	serve_private();
	fetch(&client, TRUSTING, "pub/file", NULL);
	expect_file(&client, "pub/file");
	await_only_daemon();
}

TEST(another_user_fetches_a_large_file_byte_for_byte)
{
	NEEDS_USERS();
	serve_private();
	fetch(&client, TRUSTING, "pub/large", NULL);
	expect_file(&client, "pub/large");
	await_only_daemon();
}

TEST(root_fetches_from_an_ordinary_daemon)
{
	NEEDS_USERS();
	serve_private();
	client.prepare = NULL;
	fetch(&client, TRUSTING, "pub/file", NULL);
	expect_file(&client, "pub/file");
}

TEST(any_user_trusts_a_daemon_of_root)
{
	NEEDS_USERS();
	ck_assert_int_eq(mkdir("pub", 0700), 0);
	harness_make_file("pub/file", 12345, 1);
	msgfetchd_start(&server, "-e", "pub=pub", NULL);
	client.prepare = harness_become;
	client.context = &client_uid;
	fetch(&client, "pub/file", NULL);
	expect_file(&client, "pub/file");
}

TEST(a_daemon_of_a_stranger_is_not_asked)
{
	NEEDS_USERS();
	serve_private();
	fetch(&client, "pub/file", NULL);
	expect_code(&client, CODE_UNTRUSTED, harness_format("uid %u", (unsigned)daemon_uid));
	ck_assert_uint_eq(client.output_length, 0);
	ck_assert_int_eq(harness_ipc_count().queues, 1);
}

TEST(a_daemon_of_the_same_user_is_trusted)
{
	NEEDS_USERS();
	serve_private();
	client.context = &daemon_uid;
	fetch(&client, "pub/file", NULL);
	expect_file(&client, "pub/file");
}

TEST(the_daemons_rights_decide_not_the_clients)
{
	NEEDS_USERS();
	serve_private();
	harness_write("pub/roots", "secret");
	ck_assert_int_eq(chmod("pub/roots", 0600), 0);
	client.prepare = NULL; /* root could read the file */
	fetch(&client, TRUSTING, "pub/roots", NULL);
	expect_code(&client, CODE_DENIED, NULL);
}

TEST(the_workers_title_names_the_user_who_asked)
{
	const char *title;

	NEEDS_USERS();
	serve_private();
	start_large();
	title = harness_read_proc(harness_only_child(server.pid), "cmdline");
	ck_assert_ptr_nonnull(
		strstr(title, harness_format("uid %u: pub/large", (unsigned)client_uid)));
	client_finish(&client);
	expect_file(&client, "pub/large");
}

TEST(a_third_user_cannot_touch_the_queue_between_two_others)
{
	union {
		struct msginfo info;
		struct msqid_ds status;
	} queue;
	int last, seen = 0;

	NEEDS_USERS();
	serve_private();
	start_large();
	last = msgctl(0, MSG_INFO, &queue.status);
	for (int index = 0; index <= last; index++) {
		if (msgctl(index, MSG_STAT, &queue.status) < 0 ||
		    queue.status.msg_perm.__key != 0)
			continue;
		seen++;
		ck_assert_uint_eq(queue.status.msg_perm.mode & 0777, 0600);
		ck_assert_uint_eq(queue.status.msg_perm.cuid, client_uid);
		ck_assert_uint_eq(queue.status.msg_perm.uid, daemon_uid);
	}
	ck_assert_int_eq(seen, 1);
	client_finish(&client);
	expect_file(&client, "pub/large");
}

TEST(another_users_client_that_is_killed_leaves_nothing)
{
	NEEDS_USERS();
	serve_private();
	start_large();
	ck_assert_int_eq(kill(client.pid, SIGKILL), 0);
	client_finish(&client);
	await_only_daemon();
}

TEST(another_users_client_that_is_interrupted_leaves_nothing)
{
	NEEDS_USERS();
	serve_private();
	start_large();
	ck_assert_int_eq(kill(client.pid, SIGINT), 0);
	client_finish(&client);
	ck_assert_int_eq(client.signal, SIGINT);
	await_only_daemon();
}

TEST(another_users_client_outlives_its_daemon)
{
	NEEDS_USERS();
	serve_private();
	start_large();
	msgfetchd_kill(&server);
	client_finish(&client);
	expect_file(&client, "pub/large");
	actors_remove_stale(TEST_KEY);
}

TEST(another_users_transfer_goes_on_after_a_restart)
{
	pid_t worker;

	NEEDS_USERS();
	serve_private();
	start_large();
	worker = harness_only_child(server.pid);
	harness_stop(server.pid);
	ck_assert_int_eq(kill(worker, SIGKILL), 0);
	msgfetchd_kill(&server);
	start(&successor);
	client_finish(&client);
	expect_file(&client, "pub/large");
}

TEST(another_users_worker_that_is_killed_is_replaced)
{
	NEEDS_USERS();
	serve_private();
	start_large();
	ck_assert_int_eq(kill(harness_only_child(server.pid), SIGKILL), 0);
	client_finish(&client);
	expect_file(&client, "pub/large");
}

TEST(another_users_changing_transfer_is_reported)
{
	NEEDS_USERS();
	serve_private();
	start_large();
	ck_assert_int_eq(truncate("pub/large", 1), 0);
	client_finish(&client);
	expect_code(&client, CODE_CHANGED, NULL);
}

/* Sends junk as the client's user, and lives on until killed, so that the sender is found. */
static pid_t start_junk_sender(void)
{
	pid_t sender = fork();

	if (sender == 0) {
		struct message message = {.type = 1};

		harness_become(&client_uid);
		queue_send(queue_find(TEST_KEY), &message, 4, false);
		pause();
		_exit(0);
	}
	return sender;
}

TEST(junk_is_logged_with_the_uid_that_sent_it)
{
	pid_t sender;

	NEEDS_USERS();
	serve_private();
	sender = start_junk_sender();
	msgfetchd_await_log(&server, harness_format("uid %u", (unsigned)client_uid));
	ck_assert_int_eq(kill(sender, SIGKILL), 0);
	actors_wait(sender, WAIT_LIMIT_MS);
}

int main(void)
{
	return harness_main("integration/user", HARNESS_IPC);
}
