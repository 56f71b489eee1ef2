/* SPDX-License-Identifier: ISC */
/*
 * integration/log_limit: lines that any user can cause are few, and the others are counted in
 * a later line.
 */
#include "config.h"

#include "tests/support/actors.h"
#include "tests/support/harness.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { REQUESTS = 100, FEW = 10 };

static struct msgfetchd server;

static const struct served files[] = {
	{"file", .text = "text"}, {"large", .size = 3 << 20, .seed = 1}, {.name = NULL}};

/* Holds the only worker until the end of the test. */
static void hold_worker(struct peer *peer)
{
	peer_open(peer);
	peer_ask(peer, "pub/large", 0);
	ck_assert_int_eq(peer_receive(peer).type, MESSAGE_ENTRY);
}

static void serve_one(const char *more)
{
	serve(&server, .files = files,
	      .settings = harness_format("max-workers = 1\nmax-waiting = 0\n%s", more));
}

/* Asks count times, and awaits each refusal. */
static void ask_in_vain(unsigned count)
{
	struct peer peer;

	for (unsigned i = 0; i < count; i++) {
		peer_open(&peer);
		peer_ask(&peer, "pub/file", 0);
		peer_expect_failure(&peer, FAILURE_BUSY, EAGAIN);
		peer_close(&peer);
	}
}

/* Adds up the numbers that follow each occurrence of text in the log. */
static unsigned long sum_of(const char *text)
{
	const char *at = harness_read(server.log, NULL);
	unsigned long sum = 0;

	while ((at = strstr(at, text)) != NULL) {
		at += strlen(text);
		sum += strtoul(at, NULL, 10);
	}
	return sum;
}

static unsigned lines_with(const char *text)
{
	return (unsigned)msgfetchd_count_log(&server, text);
}

TEST(busy_answers_are_counted)
{
	struct peer holder;
	unsigned reports;

	serve_one("");
	hold_worker(&holder);
	ask_in_vain(REQUESTS);
	WAIT_FOR(lines_with("outcome=busy") - lines_with("outcome=busy suppressed=") +
			 sum_of("outcome=busy suppressed=") ==
		 REQUESTS);
	reports = lines_with("outcome=busy suppressed=");
	ck_assert_uint_ge(reports, 1);
	ck_assert_uint_le(lines_with("outcome=busy"), FEW);
	msgfetchd_await_log(
		&server, harness_format("access uid=%u pid=%d bytes=0 outcome=busy suppressed=",
					(unsigned)geteuid(), (int)getpid()));
	peer_close(&holder);
}

TEST(a_stop_leaves_no_count_out)
{
	struct peer holder;

	serve_one("drain-limit = 0");
	hold_worker(&holder);
	ask_in_vain(REQUESTS);
	msgfetchd_stop(&server);
	ck_assert_uint_eq(lines_with("outcome=busy") - lines_with("outcome=busy suppressed=") +
				  sum_of("outcome=busy suppressed="),
			  REQUESTS);
	peer_close(&holder);
}

TEST(refused_requests_are_counted_at_the_debug_level)
{
	struct peer holder;

	serve_one("log-level = debug\naccess-log = false");
	hold_worker(&holder);
	ask_in_vain(2 * REQUESTS);
	WAIT_FOR(sum_of("suppressed ") + lines_with("refused: ") >= 2 * REQUESTS);
	ck_assert(msgfetchd_logged(&server, "lines of uid"));
	ck_assert(msgfetchd_logged(&server, ": request waits or is refused"));
	peer_close(&holder);
}

/* Asks with a queue that has no room for an answer, and waits until the ticket is taken. */
static void ask_without_room(void)
{
	static struct message filling = {.type = MESSAGE_CREDIT};
	struct peer peer;
	size_t messages;

	peer_open(&peer);
	/* Fills the queue with few messages: the daemon does not search a long list. */
	for (size_t length = MESSAGE_TEXT_MAX; length > 0; length -= PROTOCOL_TICKET_BYTES)
		while (queue_send(peer.queue, &filling, length, false) == 0)
			;
	messages = peer_count_messages(&peer);
	peer_ask(&peer, "pub/file", 0);
	WAIT_FOR(peer_count_messages(&peer) < messages);
	peer_close(&peer);
}

TEST(failed_paths_are_counted)
{
	static const char paths[] = "pub/missing\0pub/missing\0pub/missing\0pub/missing\0"
				    "pub/missing\0pub/missing\0pub/missing\0pub/missing";
	enum { EACH = sizeof(paths) / sizeof("pub/missing"), TIMES = 30 };
	struct peer peer;

	serve(&server, .files = files);
	for (unsigned i = 0; i < TIMES; i++) {
		peer_open(&peer);
		peer.request.operation = OPERATION_FETCH;
		peer.request.paths = paths;
		peer.request.path_bytes = sizeof(paths);
		peer.request.path_count = EACH;
		peer_send(&peer);
		WAIT_FOR(lines_with(harness_format("failures=%d paths=%d ", EACH, EACH)) > i);
		peer_close(&peer);
	}
	WAIT_FOR(lines_with("outcome=failed error=") + sum_of("outcome=failed suppressed=") ==
		 EACH * TIMES);
	ck_assert(msgfetchd_logged(&server, "outcome=failed suppressed="));
}

TEST(refusals_that_cannot_be_sent_are_counted)
{
	struct peer holder;

	serve_one("log-level = info\naccess-log = false");
	hold_worker(&holder);
	for (unsigned i = 0; i < FEW; i++)
		ask_without_room();
	WAIT_FOR(lines_with("cannot send the refusal") + sum_of("suppressed ") >= FEW);
	ck_assert_uint_lt(lines_with("cannot send the refusal"), FEW);
	ck_assert(msgfetchd_logged(&server, ": cannot send a refusal"));
	peer_close(&holder);
}

TEST(killed_workers_are_counted)
{
	struct peer peer;

	serve(&server, .files = files, .settings = "access-log = false");
	for (unsigned i = 0; i < FEW; i++) {
		hold_worker(&peer);
		ck_assert_int_eq(kill(harness_only_child(server.pid), SIGKILL), 0);
		WAIT_FOR(harness_count_children(server.pid, 0) == 0);
		peer_close(&peer);
	}
	WAIT_FOR(lines_with("ended by signal 9") + sum_of("suppressed ") == FEW);
	ck_assert_uint_lt(lines_with("ended by signal 9"), FEW);
	ck_assert(msgfetchd_logged(&server, ": worker ended by a signal"));
}

TEST(workers_that_cannot_send_are_counted)
{
	uid_t uid = OTHER_UID;
	struct peer peer;

	if (!harness_other_users())
		SKIP("root can send to every queue: needs real root, to be another user");
	server.prepare = harness_become;
	server.context = &uid;
	serve(&server, .files = files, .settings = "access-log = false");
	for (unsigned i = 0; i < FEW; i++) {
		hold_worker(&peer);
		/* Takes the queue back, so that the worker may no longer send to it. */
		ck_assert_int_eq(queue_give_user(peer.queue, geteuid()), 0);
		WAIT_FOR(harness_count_children(server.pid, 0) == 0);
		peer_close(&peer);
	}
	WAIT_FOR(lines_with(": broken\n") - lines_with("ended: broken\n") +
			 sum_of("suppressed ") ==
		 FEW);
	ck_assert_uint_le(lines_with(": broken\n"), FEW);
	ck_assert(msgfetchd_logged(&server, ": worker ended: broken"));
}

TEST(removals_of_the_request_queue_are_counted)
{
	struct client client = {0};
	int queue;

	serve(&server, .files = files);
	for (unsigned i = 0; i < FEW; i++) {
		queue = queue_find(TEST_KEY);
		ck_assert_int_eq(queue_remove(queue), 0);
		WAIT_FOR(queue_find(TEST_KEY) >= 0 && queue_find(TEST_KEY) != queue);
	}
	WAIT_FOR(lines_with("removed the request queue: ") + sum_of("suppressed ") == FEW);
	ck_assert_uint_lt(lines_with("removed the request queue: "), FEW);
	ck_assert(msgfetchd_logged(&server, " lines: another process removed the request "));
	fetch(&client, "pub/file", NULL);
	expect_file(&client, "pub/file");
}

int main(void)
{
	return harness_main("integration/log_limit", HARNESS_IPC);
}
