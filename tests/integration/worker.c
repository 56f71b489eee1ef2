/* SPDX-License-Identifier: ISC */
/* integration/worker: the number of workers, their titles, and their ends. */
#include "config.h"

#include "server/process/priority.h"
#include "tests/support/actors.h"
#include "tests/support/harness.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
	CODE_CHANGED = 7,
	CODE_BUSY = 10,
};

#define LARGE (3 << 20) /* more than a ring, a pipe and the client's buffers */

static struct msgfetchd server;
static struct client client;

static bool has_message(const struct peer *peer)
{
	return peer_count_messages(peer) > 0;
}

static void await_no_workers(void)
{
	WAIT_FOR(harness_count_children(server.pid, 0) == 0);
}

TEST(no_more_workers_run_than_allowed)
{
	struct peer busy[2], waiting[2];

	serve(&server, .settings = "max-workers = 2");
	peer_occupy_worker(&busy[0]);
	peer_occupy_worker(&busy[1]);
	peer_wait_for_worker(&waiting[0]);
	peer_wait_for_worker(&waiting[1]);
	ck_assert_int_eq(harness_count_children(server.pid, 0), 2);
	ck_assert(!has_message(&waiting[0]) && !has_message(&waiting[1]));
	for (int i = 0; i < 2; i++) {
		peer_close(&busy[i]);
		peer_expect_file(&waiting[i], "pub/file");
		peer_close(&waiting[i]);
	}
}

TEST(requests_that_wait_are_served_in_their_order)
{
	struct peer busy, waiting[3];

	serve(&server, .settings = "max-workers = 1");
	peer_occupy_worker(&busy);
	for (int i = 0; i < 3; i++) {
		peer_open(&waiting[i]);
		peer_ask(&waiting[i], "pub/large", 0);
		WAIT_FOR(peer_count_messages(&waiting[i]) == 0);
	}
	peer_close(&busy);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(peer_receive(&waiting[i]).type, MESSAGE_ENTRY);
		for (int later = i + 1; later < 3; later++)
			ck_assert(!has_message(&waiting[later]));
		peer_close(&waiting[i]);
	}
}

TEST(with_a_full_wait_queue_the_answer_is_busy)
{
	struct peer busy, waiting, refused;
	struct reply reply;

	serve(&server, .settings = "max-workers = 1\nmax-waiting = 1");
	peer_occupy_worker(&busy);
	peer_wait_for_worker(&waiting);
	peer_open(&refused);
	peer_ask(&refused, "pub/file", 0);
	reply = peer_receive(&refused);
	ck_assert_int_eq(reply.type, MESSAGE_FAILURE);
	ck_assert_uint_eq(reply.entry, ENTRY_WHOLE);
	ck_assert_int_eq(reply.body.failure.reason, FAILURE_BUSY);
	ck_assert_int_eq(reply.body.failure.error, EAGAIN);
	ck_assert_uint_gt(reply.body.failure.retry_ms, 0);
	peer_close(&refused);
	peer_close(&busy);
	peer_expect_file(&waiting, "pub/file");
	peer_close(&waiting);
}

TEST(a_busy_daemon_is_reported)
{
	struct peer busy;

	serve(&server, .settings = "max-workers = 1\nmax-waiting = 0");
	peer_occupy_worker(&busy);
	fetch(&client, "--retry", "0", "pub/file", NULL);
	expect_code(&client, CODE_BUSY, "msgfetch: pub/file: ");
	peer_close(&busy);
}

TEST(a_client_that_retries_gets_through_in_the_end)
{
	struct peer busy;

	serve(&server, .settings = "max-workers = 1\nmax-waiting = 0");
	peer_occupy_worker(&busy);
	client_start(&client, "--verbose", "pub/file", NULL);
	client_await_errors(&client);
	peer_close(&busy);
	client_finish(&client);
	expect_file(&client, "pub/file");
}

TEST(a_ping_needs_no_worker)
{
	struct peer busy, pinging;

	serve(&server, .settings = "max-workers = 1\nmax-waiting = 0");
	peer_occupy_worker(&busy);
	peer_open(&pinging);
	peer_ping(&pinging);
	ck_assert_int_eq(peer_receive(&pinging).type, MESSAGE_DATA);
	ck_assert_int_eq(peer_receive(&pinging).type, MESSAGE_END);
	peer_close(&pinging);
	peer_close(&busy);
}

TEST(a_lower_limit_lets_workers_finish_and_starts_no_more)
{
	struct peer busy[2], waiting;

	serve(&server, .settings = "max-workers = 2");
	peer_occupy_worker(&busy[0]);
	peer_occupy_worker(&busy[1]);
	harness_write("conf", harness_format("max-workers = 1\nexport \"pub\" { path = "
					     "\"%s/pub\" }\n",
					     harness_directory()));
	msgfetchd_clear_states(&server);
	ck_assert_int_eq(kill(server.pid, SIGHUP), 0);
	msgfetchd_await(&server, "READY=1");
	peer_wait_for_worker(&waiting);
	peer_close(&busy[0]);
	WAIT_FOR(harness_count_children(server.pid, 0) == 1);
	ck_assert(!has_message(&waiting));
	peer_close(&busy[1]);
	peer_expect_file(&waiting, "pub/file");
	peer_close(&waiting);
}

TEST(a_higher_limit_starts_waiting_requests)
{
	struct peer busy, waiting;

	serve(&server, .settings = "max-workers = 1");
	peer_occupy_worker(&busy);
	peer_wait_for_worker(&waiting);
	harness_write("conf", harness_format("max-workers = 2\nexport \"pub\" { path = "
					     "\"%s/pub\" }\n",
					     harness_directory()));
	ck_assert_int_eq(kill(server.pid, SIGHUP), 0);
	peer_expect_file(&waiting, "pub/file");
	peer_close(&waiting);
	peer_close(&busy);
}

TEST(two_hundred_fetches_at_once_are_all_served)
{
	enum { CLIENTS = 200 };
	static struct client clients[CLIENTS];

	serve(&server);
	harness_make_file("pub/middle", 300000, 2);
	/* Writes into files, because an unread pipe would block the worker. */
	for (int i = 0; i < CLIENTS; i++)
		client_start(&clients[i], "-o", harness_format("copy-%d", i), "pub/middle",
			     NULL);
	for (int i = 0; i < CLIENTS; i++) {
		client_finish(&clients[i]);
		expect_code(&clients[i], 0, NULL);
		harness_assert_same(harness_format("copy-%d", i), "pub/middle");
	}
	await_no_workers();
}

TEST(a_burst_of_ends_leaves_no_zombie)
{
	enum { PEERS = 100 };
	static struct peer peers[PEERS];

	serve(&server);
	for (int i = 0; i < PEERS; i++)
		peer_occupy_worker(&peers[i]);
	harness_stop(server.pid);
	for (int i = 0; i < PEERS; i++)
		peer_close(&peers[i]);
	WAIT_FOR(harness_count_children(server.pid, 'Z') == PEERS);
	ck_assert_int_eq(kill(server.pid, SIGCONT), 0);
	await_no_workers();
	fetch(&client, "pub/file", NULL);
	expect_file(&client, "pub/file");
}

static int count_descriptors(void)
{
	return harness_count_entries(harness_format("/proc/%d/fd", (int)server.pid));
}

TEST(serving_leaks_no_descriptor)
{
	int before;

	serve(&server);
	fetch(&client, "pub/file", NULL);
	before = count_descriptors();
	for (int i = 0; i < 20; i++)
		fetch(&client, "pub/file", "pub/missing", NULL);
	ck_assert_int_eq(count_descriptors(), before);
}

TEST(a_workers_title_has_client_and_path)
{
	struct peer peer;
	const char *title;

	serve(&server);
	peer_occupy_worker(&peer);
	title = harness_read_proc(harness_only_child(server.pid), "cmdline");
	ck_assert_msg(strstr(title, harness_format("msgfetchd: uid %u: pub/large",
						   (unsigned)geteuid())) != NULL,
		      "the title is %s", title);
	peer_close(&peer);
}

TEST(a_worker_ends_when_its_clients_queue_goes)
{
	struct peer peer;

	serve(&server);
	peer_occupy_worker(&peer);
	ck_assert_int_eq(harness_count_children(server.pid, 0), 1);
	peer_close(&peer);
	await_no_workers();
}

TEST(a_worker_that_is_killed_is_reported_at_once)
{
	struct peer peer;
	struct reply reply;

	serve(&server);
	peer_occupy_worker(&peer);
	ck_assert_int_eq(kill(harness_only_child(server.pid), SIGKILL), 0);
	do {
		reply = peer_receive(&peer);
	} while (reply.type == MESSAGE_DATA);
	ck_assert_int_eq(reply.type, MESSAGE_FAILURE);
	ck_assert_uint_eq(reply.entry, ENTRY_WHOLE);
	ck_assert_int_eq(reply.body.failure.reason, FAILURE_WORKER_LOST);
	ck_assert_int_eq(reply.body.failure.error, ECHILD);
	peer_close(&peer);
}

/* A worker does not inherit the daemon's handler: SIGTERM ends the worker. */
TEST(a_worker_that_is_told_to_end_ends)
{
	pid_t worker;

	serve(&server);
	client_start(&client, "pub/large", NULL);
	client_await_standstill(&client);
	worker = harness_only_child(server.pid);
	ck_assert_int_eq(kill(worker, SIGTERM), 0);
	WAIT_FOR(msgfetchd_logged(&server, harness_format("worker %d for uid", (int)worker)));
	ck_assert(msgfetchd_logged(&server, "ended by signal 15"));
	client_finish(&client);
	expect_file(&client, "pub/large");
}

TEST(a_client_whose_worker_is_killed_fetches_the_rest)
{
	serve(&server);
	client_start(&client, "pub/large", NULL);
	client_await_standstill(&client);
	ck_assert_int_eq(kill(harness_only_child(server.pid), SIGKILL), 0);
	client_finish(&client);
	expect_file(&client, "pub/large");
}

TEST(a_client_that_does_not_retry_is_told_that_its_worker_was_lost)
{
	serve(&server);
	client_start(&client, "--retry", "0", "pub/large", NULL);
	client_await_standstill(&client);
	ck_assert_int_eq(kill(harness_only_child(server.pid), SIGKILL), 0);
	client_finish(&client);
	expect_code(&client, CODE_CHANGED, "msgfetch: pub/large: ");
	ck_assert_uint_lt(client.output_length, LARGE);
}

TEST(a_client_that_takes_nothing_loses_its_worker)
{
	struct peer peer;
	struct queue_info info;

	serve(&server, .settings = "stall-limit = 1");
	peer_occupy_worker(&peer);
	await_no_workers();
	ck_assert_int_eq(queue_inspect(peer.queue, &info), -EIDRM);
	peer_close(&peer);
}

TEST(a_stopped_worker_does_not_keep_others_waiting)
{
	struct peer peer;
	pid_t worker;

	serve(&server);
	peer_occupy_worker(&peer);
	worker = harness_only_child(server.pid);
	harness_stop(worker);
	fetch(&client, "pub/large", NULL);
	expect_file(&client, "pub/large");
	ck_assert_int_eq(kill(worker, SIGCONT), 0);
	peer_close(&peer);
}

/* A digest of so many bytes takes several seconds of processor time. */
#define COSTLY (INT64_C(1) << 36)

/* Waits until a process has used so many seconds of a processor. */
static void await_processor_time(pid_t process, time_t seconds)
{
	struct timespec used = {0};
	clockid_t clock;

	ck_assert_int_eq(clock_getcpuclockid(process, &clock), 0);
	while (used.tv_sec < seconds) {
		harness_pause();
		ck_assert_int_eq(clock_gettime(clock, &used), 0);
	}
}

static void expect_low_priority(const char *settings)
{
	struct peer peer;
	struct stat status;
	struct stamp stamp;
	pid_t worker;

	serve(&server, .settings = settings);
	harness_make_sparse("pub/costly", COSTLY, NULL, 0);
	ck_assert_int_eq(stat("pub/costly", &status), 0);
	stamp = (struct stamp){.device = status.st_dev,
			       .inode = status.st_ino,
			       .mtime_ns = status.st_mtim.tv_sec * 1000000000ll +
					   status.st_mtim.tv_nsec,
			       .size = COSTLY};
	peer_open(&peer);
	peer.request.flags = REQUEST_SHA256;
	peer_ask_rest(&peer, "pub/costly", &stamp, COSTLY);
	worker = harness_only_child(server.pid);
	await_processor_time(worker, 1);
	WAIT_FOR(getpriority(PRIO_PROCESS, (id_t)worker) >= PRIORITY_LOW);
	/* The kernel repeats the signal each second, which a worker of low priority gets late.
	 */
	WAIT_FOR((kill(worker, SIGXCPU),
		  getpriority(PRIO_PROCESS, (id_t)worker) == PRIORITY_LOWEST));
	ck_assert_int_eq(getpriority(PRIO_PROCESS, (id_t)server.pid),
			 getpriority(PRIO_PROCESS, 0));
	peer_close(&peer);
}

TEST(a_worker_that_computes_for_long_lowers_its_priority)
{
	expect_low_priority("");
}

TEST(a_worker_lowers_its_priority_in_the_tightest_sandbox)
{
	expect_low_priority(TIGHTEST_SANDBOX);
}

/* Makes the next queue that another user creates and donates get this id. */
static void give_id_to_another(int id)
{
	const char *text = harness_format("%d", id);
	int file = open("/proc/sys/kernel/msg_next_id", O_WRONLY | O_CLOEXEC);
	pid_t child;

	ck_assert_int_ge(file, 0);
	ck_assert_int_eq(write(file, text, strlen(text)), (ssize_t)strlen(text));
	close(file);
	child = fork();
	if (child == 0) {
		uid_t uid = OTHER_UID;

		harness_become(&uid);
		_exit(queue_create_private() == id && queue_give_user(id, 0) == 0 ? 0 : 1);
	}
	ck_assert_int_eq(actors_wait(child, WAIT_LIMIT_MS), 0);
}

static void expect_untouched(int queue)
{
	struct queue_info info;

	ck_assert_int_eq(queue_inspect(queue, &info), 0);
	ck_assert_uint_eq(info.messages, 0);
	ck_assert_int_eq(info.last_sender, 0);
	ck_assert_int_eq(queue_remove(queue), 0);
}

/* Lets a job wait, removes the job's queue, and gives the id to another user's queue. */
static void reuse_waiting_id(struct peer *holder, struct peer *waiting)
{
	serve(&server, .settings = "max-workers = 1");
	peer_occupy_worker(holder);
	peer_wait_for_worker(waiting);
	ck_assert_int_eq(queue_remove(waiting->queue), 0);
	give_id_to_another(waiting->queue);
}

#define NEEDS_NEXT_ID                                                                        \
	do {                                                                                 \
		if (!harness_other_users() ||                                                \
		    access("/proc/sys/kernel/msg_next_id", W_OK) != 0)                       \
			SKIP("needs real root and a kernel with CONFIG_CHECKPOINT_RESTORE"); \
	} while (0)

TEST(a_job_whose_queue_id_was_reused_is_forgotten)
{
	struct peer holder, waiting;

	NEEDS_NEXT_ID;
	reuse_waiting_id(&holder, &waiting);
	peer_close(&holder);
	await_no_workers();
	fetch(&client, "pub/file", NULL);
	expect_file(&client, "pub/file");
	expect_untouched(waiting.queue);
	waiting.queue = -1;
	peer_close(&waiting);
}

TEST(a_second_request_on_one_queue_is_refused)
{
	struct peer holder, waiting;
	struct message ticket = {.type = MESSAGE_TICKET};

	serve(&server, .settings = "max-workers = 1");
	peer_occupy_worker(&holder);
	peer_wait_for_worker(&waiting);
	memcpy(ticket.text, waiting.request.ticket, PROTOCOL_TICKET_BYTES);
	ck_assert_int_eq(queue_send(waiting.queue, &ticket, PROTOCOL_TICKET_BYTES, false), 0);
	peer_send(&waiting);
	peer_expect_failure(&waiting, FAILURE_BAD_REQUEST, EALREADY);
	peer_close(&waiting);
	peer_close(&holder);
	await_no_workers();
}

TEST(a_stop_does_not_answer_into_a_reused_queue_id)
{
	struct peer holder, waiting;

	NEEDS_NEXT_ID;
	reuse_waiting_id(&holder, &waiting);
	peer_close(&holder);
	msgfetchd_stop(&server);
	expect_untouched(waiting.queue);
	waiting.queue = -1;
	peer_close(&waiting);
}

int main(void)
{
	return harness_main("integration/worker", HARNESS_IPC);
}
