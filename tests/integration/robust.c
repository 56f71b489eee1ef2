/* SPDX-License-Identifier: ISC */
/* integration/robust: deaths, restarts, changing files, junk and forged requests. */
#include "config.h"

#include "tests/support/actors.h"
#include "tests/support/harness.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	CODE_CHANGED = 7,
	CODE_TIMED_OUT = 8,
	CODE_IN_USE = 69,
	CODE_SYSTEM = 71,
};

#define LARGE (3 << 20) /* more than a ring, a pipe and the client's buffers hold */

static struct msgfetchd server, successor;
static struct client client;

/* Starts a transfer and waits until the client blocks on a full pipe. */
static void start_large(void)
{
	client_start(&client, "pub/large", NULL);
	client_await_standstill(&client);
}

static void expect_still_serving(void)
{
	struct client next = {0};

	fetch(&next, "pub/file", NULL);
	expect_file(&next, "pub/file");
}

/* Waits until only the request queue is left. */
static void await_only_daemon(void)
{
	WAIT_FOR(harness_ipc_count().queues == 1);
	WAIT_FOR(harness_count_children(server.pid, 0) == 0);
}

/* Deaths. */

TEST(a_killed_clients_queue_is_removed_by_its_worker)
{
	serve(&server);
	start_large();
	ck_assert_int_eq(kill(client.pid, SIGKILL), 0);
	client_finish(&client);
	ck_assert_int_eq(client.signal, SIGKILL);
	await_only_daemon();
}

TEST(a_worker_notices_the_death_of_its_client_without_the_daemon)
{
	serve(&server);
	start_large();
	harness_stop(server.pid);
	ck_assert_int_eq(kill(client.pid, SIGKILL), 0);
	client_finish(&client);
	WAIT_FOR(harness_count_children(server.pid, 'Z') == 1);
	ck_assert_int_eq(harness_ipc_count().queues, 1);
	ck_assert_int_eq(kill(server.pid, SIGCONT), 0);
	await_only_daemon();
}

TEST(a_client_that_was_killed_before_it_was_served_leaves_nothing)
{
	serve(&server);
	harness_stop(server.pid);
	client_start(&client, "pub/large", NULL);
	WAIT_FOR(harness_ipc_count().queues == 2);
	struct queue_info info;
	WAIT_FOR(queue_inspect(queue_find(TEST_KEY), &info) == 0 && info.messages == 1);
	ck_assert_int_eq(kill(client.pid, SIGKILL), 0);
	client_finish(&client);
	ck_assert_int_eq(kill(server.pid, SIGCONT), 0);
	await_only_daemon();
}

TEST(a_client_outlives_its_daemon)
{
	serve(&server);
	start_large();
	msgfetchd_kill(&server);
	client_finish(&client);
	expect_file(&client, "pub/large");
	actors_remove_stale(TEST_KEY);
}

TEST(a_restart_at_rest_goes_unnoticed)
{
	serve(&server);
	expect_still_serving();
	msgfetchd_kill(&server);
	serve(&successor);
	expect_still_serving();
}

/* Kills daemon and worker at the same time, like a crash of the service. */
static void kill_all(void)
{
	pid_t worker = harness_only_child(server.pid);

	harness_stop(server.pid);
	ck_assert_int_eq(kill(worker, SIGKILL), 0);
	msgfetchd_kill(&server);
}

TEST(a_transfer_goes_on_after_a_restart_byte_for_byte)
{
	serve(&server);
	start_large();
	kill_all();
	serve(&successor);
	client_finish(&client);
	expect_file(&client, "pub/large");
}

TEST(a_transfer_goes_on_after_many_restarts)
{
	serve(&server);
	harness_make_file("pub/large", 4 * LARGE, 1);
	start_large();
	for (int i = 0; i < 3; i++) {
		static char bytes[65536];

		kill_all();
		msgfetchd_start(&server, "-e", "pub=pub", NULL);
		/* Reads from the pipe, so that the transfer continues. */
		WAIT_FOR(harness_count_children(server.pid, 0) == 1 ||
			 read(client.out, bytes, sizeof(bytes)) < 0);
		client_await_standstill(&client);
	}
	ck_assert_int_eq(kill(client.pid, SIGTERM), 0);
	client_finish(&client);
	ck_assert_int_eq(client.signal, SIGTERM);
}

TEST(a_transfer_to_stdout_cannot_go_on_with_another_file)
{
	serve(&server);
	start_large();
	kill_all();
	harness_make_file("pub/new", LARGE, 2);
	ck_assert_int_eq(rename("pub/new", "pub/large"), 0);
	serve(&successor);
	client_finish(&client);
	ck_assert_int_ne(client.code, 0);
	ck_assert_uint_lt(client.output_length, LARGE);
}

/* Objects removed under a living daemon. */

static void remove_lease(void)
{
	ck_assert_int_eq(semctl(lease_find(TEST_KEY), 0, IPC_RMID), 0);
}

static void expect_lease_retaken(void)
{
	msgfetchd_await_log(&server, "another process removed the lease: created a new lease");
	ck_assert_int_eq(lease_held(lease_find(TEST_KEY)), 1);
	expect_still_serving();
}

TEST(a_removed_lease_is_taken_again_at_a_tick)
{
	serve(&server);
	remove_lease();
	ck_assert_int_eq(kill(server.pid, SIGALRM), 0);
	expect_lease_retaken();
}

TEST(a_removed_lease_is_taken_again_at_a_reload)
{
	serve(&server);
	remove_lease();
	ck_assert_int_eq(kill(server.pid, SIGHUP), 0);
	expect_lease_retaken();
}

TEST(a_removed_queue_and_lease_are_made_again)
{
	serve(&server);
	remove_lease();
	ck_assert_int_eq(queue_remove(queue_find(TEST_KEY)), 0);
	expect_lease_retaken();
	ck_assert_int_eq(msgfetchd_count_log(&server, "removed the request queue"), 1);
}

TEST(without_its_lease_a_living_daemon_keeps_its_queue)
{
	int queue;

	serve(&server);
	queue = queue_find(TEST_KEY);
	remove_lease();
	ck_assert_int_eq(msgfetchd_run(&successor, "-k", TEST_KEY_TEXT, "-e", "pub=pub", NULL),
			 CODE_IN_USE);
	ck_assert_int_eq(msgfetchd_run(&successor, "--clean", "-k", TEST_KEY_TEXT, NULL),
			 CODE_IN_USE);
	ck_assert_int_eq(queue_find(TEST_KEY), queue);
	ck_assert_int_eq(kill(server.pid, SIGALRM), 0);
	expect_lease_retaken();
}

/* Asserts that the daemon failed and left the queue of the next daemon. */
static void expect_yielded(int queue)
{
	ck_assert_int_eq(msgfetchd_exit_status(&server), EXIT_FAILURE);
	ck_assert_int_eq(queue_find(TEST_KEY), queue);
}

TEST(of_two_daemons_the_one_without_the_lease_ends)
{
	serve(&server);
	harness_stop(server.pid);
	remove_lease();
	ck_assert_int_eq(queue_remove(queue_find(TEST_KEY)), 0);
	serve(&successor);
	ck_assert_int_eq(kill(server.pid, SIGCONT), 0);
	expect_yielded(queue_find(TEST_KEY));
	ck_assert(msgfetchd_logged(&server, "another msgfetchd holds the key now"));
	expect_still_serving();
}

TEST(a_queue_that_another_program_put_in_place_is_left)
{
	int queue;

	serve(&server);
	harness_stop(server.pid);
	ck_assert_int_eq(queue_remove(queue_find(TEST_KEY)), 0);
	queue = queue_create(TEST_KEY, 0600);
	ck_assert_int_eq(kill(server.pid, SIGCONT), 0);
	expect_yielded(queue);
	ck_assert(msgfetchd_logged(&server, "another program replaced the request queue"));
	ck_assert_int_eq(queue_remove(queue), 0);
}

/* The kernel's default of kernel.sem. */
#define SEMAPHORE_LIMITS "32000 1024000000 500 32000"

/* Sets kernel.sem of this namespace.  Returns false if that is not allowed. */
static bool limit_semaphores(const char *limits)
{
	int file = open("/proc/sys/kernel/sem", O_WRONLY | O_CLOEXEC);
	bool done = file >= 0 && write(file, limits, strlen(limits)) == (ssize_t)strlen(limits);

	if (file >= 0)
		close(file);
	return done;
}

TEST(without_semaphores_the_daemon_names_the_limit)
{
	static const char *const limits[] = {"0 32000 500 32000", "32000 0 500 32000",
					     "32000 32000 0 32000", "32000 32000 500 0"};

	ck_assert_int_eq(mkdir("pub", 0755), 0);
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		if (!limit_semaphores(limits[i]))
			SKIP("kernel.sem cannot be changed here");
		ck_assert_int_eq(
			msgfetchd_run(&server, "-k", TEST_KEY_TEXT, "-e", "pub=pub", NULL),
			CODE_SYSTEM);
		ck_assert(msgfetchd_logged(&server, "raise kernel.sem"));
		ck_assert_int_eq(harness_ipc_count().queues, 0);
		ck_assert_int_eq(harness_ipc_count().semaphores, 0);
	}
	ck_assert(limit_semaphores(SEMAPHORE_LIMITS));
}

TEST(a_request_that_waits_survives_a_restart)
{
	struct queue_info info;

	serve(&server);
	harness_stop(server.pid);
	client_start(&client, "pub/file", NULL);
	WAIT_FOR(queue_inspect(queue_find(TEST_KEY), &info) == 0 && info.messages == 1);
	msgfetchd_kill(&server);
	serve(&successor);
	client_finish(&client);
	expect_file(&client, "pub/file");
}

TEST(a_client_that_is_never_answered_times_out)
{
	serve(&server);
	harness_stop(server.pid);
	fetch(&client, "-w", "0.3", "pub/file", NULL);
	expect_code(&client, CODE_TIMED_OUT, "msgfetch: pub/file: ");
	ck_assert_int_eq(harness_ipc_count().queues, 1);
	ck_assert_int_eq(kill(server.pid, SIGCONT), 0);
	expect_still_serving();
}

TEST(a_client_whose_worker_stalls_times_out)
{
	pid_t worker;

	serve(&server);
	client_start(&client, "--stall-timeout", "0.3", "pub/large", NULL);
	client_await_standstill(&client);
	worker = harness_only_child(server.pid);
	harness_stop(worker);
	client_finish(&client);
	expect_code(&client, CODE_TIMED_OUT, "msgfetch: pub/large: ");
	ck_assert_int_eq(kill(worker, SIGCONT), 0);
	await_only_daemon();
}

TEST(a_client_whose_queue_is_removed_does_not_hang)
{
	union {
		struct msginfo info;
		struct msqid_ds status;
	} queue;
	int last;

	serve(&server);
	client_start(&client, "--retry", "0", "pub/large", NULL);
	client_await_standstill(&client);
	last = msgctl(0, MSG_INFO, &queue.status);
	for (int index = 0; index <= last; index++) {
		int id = msgctl(index, MSG_STAT, &queue.status);

		if (id >= 0 && id != queue_find(TEST_KEY))
			ck_assert_int_eq(queue_remove(id), 0);
	}
	client_finish(&client);
	ck_assert_int_gt(client.code, 0);
	ck_assert_str_ne(client.errors, "");
	await_only_daemon();
}

/* Files that change while they are sent. */

static void expect_changed(void)
{
	client_finish(&client);
	expect_code(&client, CODE_CHANGED, "msgfetch: pub/large: ");
	await_only_daemon();
}

TEST(a_file_that_shrinks_meanwhile_is_reported)
{
	serve(&server);
	start_large();
	ck_assert_int_eq(truncate("pub/large", LARGE - 1), 0);
	expect_changed();
}

TEST(a_file_that_is_emptied_meanwhile_is_reported)
{
	serve(&server);
	start_large();
	ck_assert_int_eq(truncate("pub/large", 0), 0);
	expect_changed();
}

TEST(a_file_that_grows_meanwhile_arrives_up_to_its_first_size)
{
	serve(&server);
	ck_assert_int_eq(link("pub/large", "grown"), 0);
	start_large();
	ck_assert_int_eq(truncate("pub/large", LARGE + 1), 0);
	client_finish(&client);
	ck_assert_int_eq(truncate("grown", LARGE), 0);
	expect_file(&client, "grown");
}

TEST(a_file_that_is_written_to_meanwhile_is_reported)
{
	int file;

	serve(&server);
	start_large();
	file = open("pub/large", O_WRONLY | O_CLOEXEC);
	ck_assert_int_eq(pwrite(file, "changed", 7, LARGE / 2), 7);
	close(file);
	expect_changed();
}

TEST(a_file_that_is_removed_meanwhile_arrives_whole)
{
	serve(&server);
	start_large();
	ck_assert_int_eq(link("pub/large", "kept"), 0);
	ck_assert_int_eq(unlink("pub/large"), 0);
	client_finish(&client);
	expect_file(&client, "kept");
}

TEST(a_file_that_is_replaced_meanwhile_arrives_unchanged)
{
	serve(&server);
	start_large();
	ck_assert_int_eq(rename("pub/large", "kept"), 0);
	harness_make_file("pub/large", LARGE, 2);
	client_finish(&client);
	expect_file(&client, "kept");
}

/* Junk. */

static void expect_dropped(const char *why)
{
	msgfetchd_await_log(&server, "dropped");
	if (why != NULL)
		msgfetchd_await_log(&server, why);
	expect_still_serving();
}

TEST(an_empty_message_is_dropped)
{
	serve(&server);
	peer_send_raw(1, "", 0);
	expect_dropped("not a request");
}

TEST(a_short_message_is_dropped)
{
	serve(&server);
	peer_send_raw(1, "short", 5);
	expect_dropped("not a request");
}

TEST(a_message_without_the_magic_is_dropped)
{
	uint8_t zeros[256] = {0};

	serve(&server);
	peer_send_raw(1, zeros, sizeof(zeros));
	expect_dropped("not a request");
}

TEST(a_message_of_the_full_length_is_dropped)
{
	static uint8_t bytes[PROTOCOL_MESSAGE_MAX];

	serve(&server);
	memset(bytes, 0xff, sizeof(bytes));
	peer_send_raw(1, bytes, sizeof(bytes));
	expect_dropped("not a request");
}

TEST(a_message_of_another_type_is_dropped)
{
	serve(&server);
	peer_send_raw(7, "junk", 4);
	expect_dropped("not a request");
}

TEST(an_oversized_message_is_dropped)
{
	struct {
		long type;
		char text[12000];
	} large = {.type = 1};
	int limit = open("/proc/sys/kernel/msgmax", O_WRONLY | O_CLOEXEC);

	if (limit < 0 || write(limit, "16384", 5) != 5)
		SKIP("kernel.msgmax cannot be raised here");
	close(limit);
	serve(&server);
	ck_assert_int_eq(msgsnd(queue_find(TEST_KEY), &large, sizeof(large.text), 0), 0);
	expect_dropped("too long");
}

TEST(junk_is_logged_with_counts_not_once_per_message)
{
	enum { MESSAGES = 300 };

	serve(&server);
	for (int i = 0; i < MESSAGES; i++)
		peer_send_raw(1, "junk", 4);
	msgfetchd_await_log(&server, "more messages");
	ck_assert_int_le(msgfetchd_count_log(&server, "dropped"), MESSAGES / 20);
	ck_assert(msgfetchd_logged(&server, harness_format("uid %u", (unsigned)geteuid())));
	expect_still_serving();
}

/* Reads every "dropped N more messages" and "dropped a message" of the log. */
static unsigned long count_dropped(void)
{
	const char *at = harness_read(server.log, NULL);
	unsigned long count = 0;

	while ((at = strstr(at, "dropped ")) != NULL) {
		at += strlen("dropped ");
		count += strncmp(at, "a message", 9) == 0 ? 1 : strtoul(at, NULL, 10);
	}
	return count;
}

TEST(every_junk_message_is_counted_in_the_end)
{
	serve(&server);
	for (int i = 0; i < 50; i++)
		peer_send_raw(1, "junk", 4);
	WAIT_FOR(count_dropped() == 50);
}

TEST(random_messages_do_no_harm)
{
	uint64_t state = 88172645463325252u;
	static uint8_t bytes[PROTOCOL_MESSAGE_MAX];

	serve(&server);
	for (int i = 0; i < 2000; i++) {
		struct request_wire head = {
			.magic = PROTOCOL_MAGIC, .version = 1, .operation = 1};
		size_t length;

		for (size_t at = 0; at < 512; at++) {
			state ^= state << 13;
			state ^= state >> 7;
			state ^= state << 17;
			bytes[at] = (uint8_t)(state >> 32);
		}
		length = (size_t)(state % 512);
		if (i % 2 == 0) /* half of the messages pass the first check */
			memcpy(bytes, &head, 8);
		peer_send_raw(1 + (long)(state >> 60), bytes, length);
	}
	expect_dropped(NULL);
}

TEST(forged_wake_messages_do_no_harm)
{
	serve(&server);
	for (int i = 0; i < 500; i++)
		peer_send_raw(MESSAGE_WAKE, "", 0);
	expect_still_serving();
}

/* Forged requests. */

TEST(a_request_with_anothers_queue_is_dropped_and_that_one_served)
{
	struct peer victim, liar;

	serve(&server);
	peer_open(&victim);
	peer_open(&liar);
	liar.request.queue = victim.queue;
	peer_ask(&liar, "pub/file", 0);
	msgfetchd_await_log(&server, "dropped");
	ck_assert(peer_has_ticket(&victim));
	peer_ask(&victim, "pub/file", 0);
	peer_expect_file(&victim, "pub/file");
	ck_assert(peer_has_ticket(&liar));
	peer_close(&victim);
	peer_close(&liar);
}

TEST(a_request_without_a_ticket_is_dropped)
{
	struct peer peer;
	struct message message;

	serve(&server);
	peer_open(&peer);
	ck_assert_int_eq(queue_receive(peer.queue, &message, MESSAGE_TICKET, false),
			 PROTOCOL_TICKET_BYTES);
	peer_ask(&peer, "pub/file", 0);
	expect_dropped("ticket");
	ck_assert_int_eq(queue_receive(peer.queue, &message, 0, false), -ENOMSG);
	peer_close(&peer);
}

TEST(a_ticket_counts_once)
{
	struct peer peer;

	serve(&server);
	peer_open(&peer);
	peer_ask(&peer, "pub/file", 0);
	peer_expect_file(&peer, "pub/file");
	peer_send(&peer);
	expect_dropped("ticket");
	ck_assert_int_eq(queue_receive(peer.queue, &(struct message){0}, 0, false), -ENOMSG);
	peer_close(&peer);
}

TEST(every_byte_of_a_ticket_counts)
{
	struct peer peer, other;

	serve(&server);
	peer_open(&peer);
	for (size_t i = 0; i < PROTOCOL_TICKET_BYTES; i++) {
		peer.request.ticket[i] ^= 1;
		peer_ask(&peer, "pub/file", 0);
		peer.request.ticket[i] ^= 1;
	}
	/* The daemon answers the ping after all requests before it. */
	peer_open(&other);
	peer_ping(&other);
	peer_receive(&other);
	ck_assert_uint_eq(peer_count_messages(&peer), 1);
	ck_assert(peer_has_ticket(&peer));
	peer_ask(&peer, "pub/file", 0);
	peer_expect_file(&peer, "pub/file");
	peer_close(&other);
	peer_close(&peer);
}

/* Replaces the peer's ticket by a ticket of length bytes. */
static void put_ticket(struct peer *peer, size_t length)
{
	struct message message;

	queue_receive(peer->queue, &message, MESSAGE_TICKET, false);
	message.type = MESSAGE_TICKET;
	ck_assert_int_eq(queue_send(peer->queue, &message, length, false), 0);
}

TEST(a_ticket_of_another_length_does_not_count)
{
	struct peer peer;

	serve(&server);
	peer_open(&peer);
	put_ticket(&peer, PROTOCOL_TICKET_BYTES - 1);
	peer_ask(&peer, "pub/file", 0);
	expect_dropped(NULL);
	peer_close(&peer);
	peer_open(&peer);
	put_ticket(&peer, PROTOCOL_TICKET_BYTES + 1);
	peer_ask(&peer, "pub/file", 0);
	WAIT_FOR(count_dropped() == 2);
	peer_close(&peer);
}

static void expect_queue_refused(int queue, const char *why)
{
	struct peer liar;

	peer_open(&liar);
	liar.request.queue = queue;
	peer_ask(&liar, "pub/file", 0);
	expect_dropped(why);
	peer_close(&liar);
}

TEST(a_queue_that_does_not_exist_is_refused)
{
	serve(&server);
	expect_queue_refused(INT32_MAX, "does not exist");
}

TEST(the_request_queue_itself_is_refused)
{
	serve(&server);
	expect_queue_refused(queue_find(TEST_KEY), NULL);
}

TEST(a_queue_with_a_key_is_refused)
{
	int queue = queue_create(0x1234, 0600);

	serve(&server);
	expect_queue_refused(queue, "was not given to this daemon");
	ck_assert_int_eq(queue_remove(queue), 0);
}

TEST(a_queue_that_is_open_to_others_is_refused)
{
	struct peer peer;

	serve(&server);
	peer_open(&peer);
	ck_assert_int_eq(queue_restrict(peer.queue, getegid(), 0622), 0);
	peer_ask(&peer, "pub/file", 0);
	expect_dropped("was not given to this daemon");
	ck_assert(peer_has_ticket(&peer));
	peer_close(&peer);
}

/* Creates a queue with a ticket as another user, who does not give it to the daemon. */
static int make_foreign_queue(const uint8_t *ticket)
{
	uid_t uid = OTHER_UID;
	int ends[2], id = -1;
	pid_t maker;

	ck_assert_int_eq(pipe(ends), 0);
	maker = fork();
	if (maker == 0) {
		struct message message = {.type = MESSAGE_TICKET};

		harness_become(&uid);
		memcpy(message.text, ticket, PROTOCOL_TICKET_BYTES);
		id = queue_create_private();
		if (queue_send(id, &message, PROTOCOL_TICKET_BYTES, false) != 0 ||
		    write(ends[1], &id, sizeof(id)) != sizeof(id))
			_exit(1);
		_exit(0);
	}
	ck_assert_int_eq(read(ends[0], &id, sizeof(id)), sizeof(id));
	ck_assert_int_eq(waitpid(maker, NULL, 0), maker);
	return id;
}

TEST(a_queue_that_was_not_given_is_refused)
{
	struct peer liar;
	int queue;

	if (!harness_other_users())
		SKIP("needs real root, to be another user");
	serve(&server);
	peer_open(&liar);
	queue = make_foreign_queue(liar.request.ticket);
	liar.request.queue = queue;
	peer_ask(&liar, "pub/file", 0);
	expect_dropped("was not given to this daemon");
	ck_assert_int_eq(queue_remove(queue), 0);
	peer_close(&liar);
}

TEST(a_client_that_fills_its_own_queue_is_dropped)
{
	struct peer peer;
	struct message message = {.type = 50};
	size_t before;

	serve(&server);
	peer_open(&peer);
	for (size_t length = 4096; length > 0; length /= 8)
		while (queue_send(peer.queue, &message, length, false) == 0)
			;
	before = peer_count_messages(&peer);
	peer_ask(&peer, "pub/missing", 0);
	expect_dropped("no ticket");
	ck_assert_uint_eq(peer_count_messages(&peer), before);
	peer_close(&peer);
}

int main(void)
{
	return harness_main("integration/robust", HARNESS_IPC);
}
