/* SPDX-License-Identifier: ISC */
/*
 * integration/pidns: daemon and client in separate PID namespaces, where neither sees the
 * other's processes.  A death is noticed within two seconds, and orphans are removed.
 */
#include "config.h"

#include "tests/support/actors.h"
#include "tests/support/harness.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	CODE_NO_DAEMON = 3,
	CODE_CHANGED = 7,
};

#define LARGE (3 << 20) /* more than a ring, a pipe and the client's buffers */
#define LONGEST_WAIT_MS 2000u

static struct msgfetchd server, successor;
static struct client client;
static pid_t inner; /* set in the process outside the namespace */

static void pass_on(int number)
{
	kill(inner, number);
}

/* Continues in a new PID namespace, as its first process. */
static void enter_namespace(void *context)
{
	int status;

	(void)context;
	if (unshare(CLONE_NEWPID) != 0)
		_exit(126);
	inner = fork();
	if (inner == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		return;
	}
	signal(SIGTERM, pass_on);
	while (waitpid(inner, &status, 0) < 0 && errno == EINTR)
		;
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 125);
}

static bool namespaces(void)
{
	int status;
	pid_t child = fork();

	if (child == 0)
		_exit(unshare(CLONE_NEWPID) != 0);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	return status == 0;
}

/* Skips the test where PID namespaces are not available. */
#define NEED_NAMESPACES()  \
	if (!namespaces()) \
	SKIP("the kernel grants no PID namespace")

/* Serves from a PID namespace of its own. */
static void serve_hidden(const char *settings)
{
	server.prepare = enter_namespace;
	serve(&server, .settings = settings);
}

static pid_t daemon_process(void)
{
	return server.prepare != NULL ? harness_only_child(server.pid) : server.pid;
}

static pid_t worker_process(void)
{
	return harness_only_child(daemon_process());
}

/* Starts a hidden client whose transfer blocks, because nobody reads its output. */
static void start_large(const char *retries)
{
	client.prepare = enter_namespace;
	client_start(&client, "--retry", retries, "pub/large", NULL);
	client_await_standstill(&client);
}

static bool sleeps_in_receive(pid_t process)
{
	return strtol(harness_read_proc(process, "syscall"), NULL, 10) == SYS_msgrcv;
}

/* Reads the output until the client waits in vain for its stopped worker. */
static void await_waiting(void)
{
	static char bytes[65536];
	pid_t process = harness_only_child(client.pid);

	ck_assert_int_eq(fcntl(client.out, F_SETFL, O_NONBLOCK), 0);
	WAIT_FOR(read(client.out, bytes, sizeof(bytes)) < 0 && sleeps_in_receive(process));
	ck_assert_int_eq(fcntl(client.out, F_SETFL, 0), 0);
}

/* Asserts that the hidden client ends in time after start. */
static void expect_end(uint64_t start, int code, const char *text)
{
	uint64_t took;

	client_finish(&client);
	took = harness_now_ms() - start;
	expect_code(&client, code, text);
	ck_assert_msg(took < LONGEST_WAIT_MS, "it took %ju ms", (uintmax_t)took);
}

/* A peer in its own namespace reports the pids that it sees. */
TEST(neither_sees_the_others_processes)
{
	int status;
	pid_t child;

	NEED_NAMESPACES();
	serve_hidden("");
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0) {
		struct queue_info info;
		struct peer peer;

		enter_namespace(NULL);
		peer_open(&peer);
		peer_ping(&peer);
		WAIT_FOR(queue_inspect(peer.queue, &info) == 0 && info.messages == 2);
		_exit(info.last_sender != 0 || info.last_receiver != 0 ||
		      queue_remove(peer.queue) != 0);
	}
	status = actors_wait(child, WAIT_LIMIT_MS);
	ck_assert_int_eq(status, 0);
}

TEST(a_file_is_fetched_as_ever)
{
	NEED_NAMESPACES();
	serve_hidden("");
	client.prepare = enter_namespace;
	fetch(&client, "pub/large", NULL);
	expect_file(&client, "pub/large");
}

TEST(the_daemon_tells_of_a_dead_worker)
{
	uint64_t start;

	NEED_NAMESPACES();
	serve_hidden("");
	start_large("0");
	harness_stop(worker_process());
	await_waiting();
	start = harness_now_ms();
	ck_assert_int_eq(kill(worker_process(), SIGKILL), 0);
	expect_end(start, CODE_CHANGED, "died");
}

TEST(the_daemon_tells_of_a_dead_worker_once_there_is_room_in_the_queue)
{
	uint64_t start;

	NEED_NAMESPACES();
	serve_hidden("");
	start_large("0");
	ck_assert_int_eq(kill(worker_process(), SIGKILL), 0);
	WAIT_FOR(harness_count_children(daemon_process(), 0) == 0);
	start = harness_now_ms();
	expect_end(start, CODE_CHANGED, "died");
}

TEST(after_a_workers_death_the_rest_is_fetched)
{
	NEED_NAMESPACES();
	serve_hidden("");
	start_large("5");
	ck_assert_int_eq(kill(worker_process(), SIGKILL), 0);
	client_finish(&client);
	expect_file(&client, "pub/large");
}

/* The kernel kills a whole namespace with its first process. */
static void kill_daemon_and_worker(void)
{
	ck_assert_int_eq(kill(daemon_process(), SIGKILL), 0);
	ck_assert_int_eq(msgfetchd_exit_status(&server), 125);
}

TEST(the_lease_tells_of_the_death_of_daemon_and_worker)
{
	uint64_t start;

	NEED_NAMESPACES();
	serve_hidden("");
	start_large("0");
	harness_stop(worker_process());
	await_waiting();
	start = harness_now_ms();
	kill_daemon_and_worker();
	expect_end(start, CODE_NO_DAEMON, "died");
	actors_remove_stale(TEST_KEY);
}

TEST(the_lease_tells_of_a_worker_that_dies_after_its_daemon)
{
	pid_t worker;
	uint64_t start;

	NEED_NAMESPACES();
	serve(&server);
	start_large("0");
	worker = worker_process();
	harness_stop(worker);
	msgfetchd_kill(&server);
	await_waiting();
	start = harness_now_ms();
	ck_assert_int_eq(kill(worker, SIGKILL), 0);
	expect_end(start, CODE_NO_DAEMON, "died");
	actors_remove_stale(TEST_KEY);
}

TEST(the_lease_reveals_a_daemon_that_died_before_taking_the_request)
{
	uint64_t start;

	NEED_NAMESPACES();
	serve_hidden("");
	harness_stop(daemon_process());
	client.prepare = enter_namespace;
	client_start(&client, "--retry", "0", "pub/file", NULL);
	WAIT_FOR(harness_ipc_count().messages == 2); /* request and ticket */
	WAIT_FOR(sleeps_in_receive(harness_only_child(client.pid)));
	start = harness_now_ms();
	kill_daemon_and_worker();
	expect_end(start, CODE_NO_DAEMON, "died");
	actors_remove_stale(TEST_KEY);
}

TEST(a_new_daemon_sends_the_rest)
{
	NEED_NAMESPACES();
	serve_hidden("");
	start_large("5");
	kill_daemon_and_worker();
	successor.prepare = enter_namespace;
	msgfetchd_start(&successor, "-c", "conf", NULL);
	client_finish(&client);
	expect_file(&client, "pub/large");
}

TEST(a_new_daemon_serves_requests_that_a_dead_daemon_had_not_read)
{
	NEED_NAMESPACES();
	serve_hidden("");
	harness_stop(daemon_process());
	client.prepare = enter_namespace;
	client_start(&client, "--retry", "0", "pub/file", NULL);
	WAIT_FOR(harness_ipc_count().messages >= 2);
	kill_daemon_and_worker();
	successor.prepare = enter_namespace;
	msgfetchd_start(&successor, "-c", "conf", NULL);
	client_finish(&client);
	expect_file(&client, "pub/file");
}

TEST(a_client_outlives_its_daemon_while_the_worker_lives)
{
	NEED_NAMESPACES();
	serve(&server);
	start_large("0");
	msgfetchd_kill(&server);
	client_finish(&client);
	expect_file(&client, "pub/large");
	actors_remove_stale(TEST_KEY);
}

TEST(the_queue_of_a_client_that_was_killed_goes_at_the_stall_limit)
{
	NEED_NAMESPACES();
	serve_hidden("stall-limit = 1");
	start_large("0");
	ck_assert_int_eq(kill(harness_only_child(client.pid), SIGKILL), 0);
	client_finish(&client);
	WAIT_FOR(harness_ipc_count().queues == 1);
}

/* Runs a peer that is served and reads nothing.  The first process of a namespace ignores
 * signals. */
static void be_served(int tell)
{
	struct peer peer;

	enter_namespace(NULL);
	peer_open(&peer);
	peer_ask(&peer, "pub/file", 0);
	WAIT_FOR(peer_count_messages(&peer) == 3); /* ENTRY, DATA and END */
	if (write(tell, "", 1) == 1)
		pause();
	_exit(1);
}

TEST(the_queue_of_a_client_that_was_killed_once_served_goes_at_its_age_limit)
{
	int tell[2];
	char byte;
	pid_t child;

	NEED_NAMESPACES();
	serve_hidden("orphan-age = 1");
	ck_assert_int_eq(pipe(tell), 0);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0)
		be_served(tell[1]);
	ck_assert_int_eq(read(tell[0], &byte, 1), 1);
	WAIT_FOR(harness_count_children(daemon_process(), 0) == 0);
	ck_assert_int_eq(kill(harness_only_child(child), SIGKILL), 0);
	actors_wait(child, WAIT_LIMIT_MS);
	WAIT_FOR(harness_ipc_count().queues == 1);
}

int main(void)
{
	return harness_main("integration/pidns", HARNESS_IPC);
}
