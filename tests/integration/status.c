/* SPDX-License-Identifier: ISC */
/* integration/status: the numbers in the status, and the users who may ask. */
#include "config.h"

#include "tests/support/actors.h"
#include "tests/support/harness.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LARGE (3 << 20) /* more than a queue and a client's ring */

enum { CODE_USAGE = 2, CODE_DENIED = 6 };

static struct msgfetchd server;
static struct client client;

static const struct served files[] = {
	{"file", .size = 1000, .seed = 1}, {"large", .size = LARGE, .seed = 2}, {.name = NULL}};

/* Collects DATA up to END.  Returns NULL when the daemon is busy. */
static char *receive_text(struct peer *peer)
{
	char *text = harness_keep(calloc(1, 1 << 20));
	uint64_t length = 0;

	for (;;) {
		struct reply reply = peer_receive(peer);

		if (reply.type == MESSAGE_END) {
			ck_assert_uint_eq(reply.body.end.wire.offset, length);
			return text;
		}
		if (reply.type == MESSAGE_FAILURE && reply.body.failure.reason == FAILURE_BUSY)
			return NULL;
		ck_assert_int_eq(reply.type, MESSAGE_DATA);
		ck_assert_uint_eq(reply.offset, length);
		ck_assert_uint_lt(length + reply.body.data.length, 1 << 20);
		memcpy(text + length, reply.body.data.bytes, reply.body.data.length);
		length += reply.body.data.length;
	}
}

static void ask_status(struct peer *peer)
{
	peer_open(peer);
	peer->request.operation = OPERATION_STATUS;
	peer_send(peer);
}

/* Asks until the daemon is no longer busy. */
static char *status_now(void)
{
	struct peer peer;
	char *text = NULL;

	while (text == NULL) {
		ask_status(&peer);
		text = receive_text(&peer);
		peer_close(&peer);
	}
	return text;
}

/* Returns the number on the line that begins with name, or -1. */
static long long number(const char *text, const char *name)
{
	const char *line = harness_format("\n%s ", name);
	const char *found = strstr(harness_format("\n%s", text), line);

	return found != NULL ? strtoll(found + strlen(line), NULL, 10) : -1;
}

/* Waits for a counter that the daemon updates after reaping the worker. */
static void expect_soon(const char *name, long long value)
{
	WAIT_FOR(number(status_now(), name) == value);
}

TEST(requests_are_counted_by_user_export_and_outcome)
{
	char *text;

	serve(&server, .files = files);
	for (int i = 0; i < 3; i++) {
		fetch(&client, "pub/file", NULL);
		expect_file(&client, "pub/file");
	}
	fetch(&client, "pub/missing", NULL);
	/* For a hint, the client lists the exports after this failure: one more request. */
	fetch(&client, "nowhere/file", NULL);
	fetch(&client, "--ping", NULL);
	expect_soon("ended_total{outcome=\"sent\"}", 4);
	expect_soon("ended_total{outcome=\"failed\"}", 2);
	text = status_now();
	ck_assert_int_eq(number(text, "requests_total"), 6);
	ck_assert_int_eq(number(text, "pings_total"), 1);
	ck_assert_int_ge(number(text, "status_requests_total"), 2);
	ck_assert_int_eq(number(text, "ended_total{outcome=\"sent\"}"), 4);
	ck_assert_int_eq(number(text, "sent_bytes_total"), 3000);
	ck_assert_int_eq(number(text, "failures_total{kind=\"not-found\"}"), 2);
	ck_assert_int_eq(number(text, "export_requests_total{export=\"pub\"}"), 4);
	ck_assert_int_eq(number(text, "export_sent_bytes_total{export=\"pub\"}"), 3000);
	ck_assert_int_eq(number(text, "export_requests_total{export=\"\"}"), 2);
	ck_assert_int_eq(number(text, harness_format("user_sent_bytes_total{uid=\"%u\"}",
						     (unsigned)geteuid())),
			 3000);
	ck_assert_int_eq(number(text, "pid"), server.pid);
	ck_assert_int_ge(number(text, "workers_peak"), 1);
	ck_assert_int_eq(number(text, "workers"), 0);
	ck_assert_int_ge(number(text, "uptime_seconds"), 0);
	ck_assert_ptr_nonnull(strstr(text, "info{version=\"" PACKAGE_VERSION "\"} 1\n"));
}

TEST(a_running_worker_is_shown_and_counted)
{
	struct peer busy;
	char *text, *line;

	serve(&server, .files = files);
	peer_occupy_worker(&busy);
	line = harness_format("worker_sent_bytes{worker=\"%d\",uid=\"%u\",client=\"%d\","
			      "export=\"pub\",path=\"pub/large\"}",
			      (int)harness_only_child(server.pid), (unsigned)geteuid(),
			      (int)getpid());
	WAIT_FOR(number(text = status_now(), line) > 0);
	ck_assert_int_eq(number(text, line), number(text, "sent_bytes_total"));
	/* The age grows. */
	WAIT_FOR(strstr(status_now(), "\noldest_transfer_seconds 0.00") == NULL);
	ck_assert_int_le(number(status_now(), "oldest_transfer_seconds"), WAIT_LIMIT_MS / 1000);
	ck_assert_ptr_null(strstr(status_now(), "\"} 0.000\n"));
	ck_assert_int_lt(number(text, line), LARGE);
	ck_assert_int_eq(number(text, "workers"), 1);
	ck_assert_int_eq(
		number(text, harness_format("user_workers{uid=\"%u\"}", (unsigned)geteuid())),
		1);
	peer_close(&busy);
	expect_soon("ended_total{outcome=\"client-gone\"}", 1);
	ck_assert_ptr_null(strstr(status_now(), "worker_"));
}

TEST(status_is_answered_under_full_load)
{
	struct peer busy, refused;
	char *text;

	serve(&server, .files = files, .settings = "max-workers = 1\nmax-waiting = 0");
	peer_occupy_worker(&busy);
	peer_open(&refused);
	peer_ask(&refused, "pub/file", 0);
	peer_expect_failure(&refused, FAILURE_BUSY, EAGAIN);
	text = status_now();
	ck_assert_int_eq(number(text, "workers"), 1);
	ck_assert_int_eq(number(text, "workers_limit"), 1);
	ck_assert_int_eq(number(text, "refused_total{reason=\"busy\"}"), 1);
	ck_assert_int_eq(number(text, "limit_hits_total{limit=\"max-waiting\"}"), 1);
	peer_close(&refused);
	peer_close(&busy);
}

/* Fills the peer's queue of 16 KiB, which also holds the ticket. */
static void fill_queue(const struct peer *peer)
{
	static const size_t lengths[] = {MESSAGE_TEXT_MAX,
					 MESSAGE_TEXT_MAX - PROTOCOL_TICKET_BYTES};
	static struct message filler = {.type = 99};

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
		ck_assert_int_eq(queue_send(peer->queue, &filler, lengths[i], false), 0);
}

TEST(a_status_whose_client_reads_nothing_takes_no_place_of_a_transfer)
{
	struct peer peer;

	serve(&server, .files = files,
	      .settings = "max-workers = 1\nmax-workers-per-user = 1\nlimit-root = true\n"
			  "max-waiting = 0");
	peer_open(&peer);
	fill_queue(&peer);
	peer.request.operation = OPERATION_STATUS;
	peer_send(&peer);
	WAIT_FOR(harness_count_children(server.pid, 0) == 1);
	fetch(&client, "--retry", "0", "pub/file", NULL);
	expect_file(&client, "pub/file");
	ck_assert_int_eq(harness_count_children(server.pid, 0), 1);
	peer_close(&peer);
}

TEST(limits_that_delay_requests_are_counted)
{
	struct peer busy, waiting;
	char *text;

	serve(&server, .files = files,
	      .settings = "max-workers = 4\nmax-workers-per-user = 1\nlimit-root = true");
	peer_occupy_worker(&busy);
	peer_open(&waiting);
	peer_ask(&waiting, "pub/file", 0);
	WAIT_FOR(number(text = status_now(), "waiting") == 1);
	ck_assert_int_eq(number(text, "limit_hits_total{limit=\"max-workers-per-user\"}"), 1);
	ck_assert_int_eq(
		number(text, harness_format("user_waiting{uid=\"%u\"}", (unsigned)geteuid())),
		1);
	peer_close(&busy);
	peer_expect_file(&waiting, "pub/file");
	peer_close(&waiting);
	expect_soon("waiting", 0);
	ck_assert_int_eq(number(status_now(), "waiting_peak"), 1);
}

TEST(a_killed_worker_is_counted_as_killed)
{
	struct peer busy;

	serve(&server, .files = files);
	peer_occupy_worker(&busy);
	ck_assert_int_eq(kill(harness_only_child(server.pid), SIGKILL), 0);
	expect_soon("ended_total{outcome=\"killed\"}", 1);
	ck_assert_int_ge(number(status_now(), "sent_bytes_total"), 1);
	peer_close(&busy);
}

/* A worker that ends by itself counts the limit; the daemon would kill the worker later. */
TEST(a_transfer_that_the_worker_ends_at_its_limit_is_counted)
{
	struct peer busy;

	serve(&server, .files = files, .settings = "transfer-limit = 1");
	peer_open(&busy);
	peer_ask(&busy, "pub/large", 0);
	ck_assert_int_eq(peer_receive(&busy).type, MESSAGE_ENTRY);
	expect_soon("limit_hits_total{limit=\"transfer-limit\"}", 1);
	ck_assert_int_eq(number(status_now(), "ended_total{outcome=\"killed\"}"), 0);
	peer_close(&busy);
}

TEST(junk_is_counted_by_reason)
{
	serve(&server, .files = files);
	peer_send_raw(MESSAGE_REQUEST, "nonsense", 8);
	peer_send_raw(MESSAGE_REQUEST, "nonsense", 8);
	expect_soon("junk_total{reason=\"not-a-request\"}", 2);
}

TEST(a_transfer_that_a_rate_slows_down_is_counted)
{
	serve(&server, .files = files, .settings = "rate-limit = 10000");
	fetch(&client, "pub/file", NULL);
	expect_file(&client, "pub/file");
	expect_soon("limit_hits_total{limit=\"rate-limit\"}", 1);
}

TEST(counters_survive_a_reload)
{
	serve(&server, .files = files);
	fetch(&client, "pub/file", NULL);
	expect_soon("sent_bytes_total", 1000);
	msgfetchd_clear_states(&server);
	ck_assert_int_eq(kill(server.pid, SIGHUP), 0);
	msgfetchd_await(&server, "READY=1");
	ck_assert_int_eq(number(status_now(), "export_sent_bytes_total{export=\"pub\"}"), 1000);
}

TEST(status_requests_are_not_in_the_access_log)
{
	serve(&server, .files = files);
	status_now();
	fetch(&client, "pub/file", NULL);
	msgfetchd_await_log(&server, "path=\"pub/file\"");
	ck_assert_int_eq(msgfetchd_count_log(&server, "access uid="), 1);
}

TEST(a_path_forges_no_line_of_the_status)
{
	struct peer busy;
	char *text;

	serve(&server, .files = files);
	ck_assert_int_eq(rename("pub/large", "pub/a\"} 1\nworkers 77\nx{y=\"z"), 0);
	peer_open(&busy);
	peer_ask(&busy, "pub/a\"} 1\nworkers 77\nx{y=\"z", 0);
	ck_assert_int_eq(peer_receive(&busy).type, MESSAGE_ENTRY);
	text = status_now();
	ck_assert_int_eq(number(text, "workers"), 1);
	ck_assert_ptr_nonnull(strstr(text, "path=\"pub/a\\\"} 1\\\\nworkers 77"));
	peer_close(&busy);
}

/* Asks as another user: only the creator of the queue counts. */
static void ask_as(struct peer *peer, uid_t uid)
{
	ck_assert_int_eq(seteuid(uid), 0);
	ask_status(peer);
	ck_assert_int_eq(seteuid(0), 0);
}

TEST(users_without_permission_get_no_status)
{
	struct peer peer;

	if (!harness_other_users())
		SKIP("needs root, to be another user");
	serve(&server, .files = files,
	      .settings = harness_format("status-users = {\"%u\"}", THIRD_UID));
	ask_as(&peer, OTHER_UID);
	peer_expect_failure(&peer, FAILURE_FILE, EACCES);
	peer_close(&peer);
	expect_soon("refused_total{reason=\"not-permitted\"}", 1);
}

TEST(users_whom_the_configuration_names_may_ask)
{
	struct peer peer;

	if (!harness_other_users())
		SKIP("needs root, to be another user");
	serve(&server, .files = files,
	      .settings = harness_format("status-users = {\"%u\"}", OTHER_UID));
	ask_as(&peer, OTHER_UID);
	ck_assert_int_eq(number(receive_text(&peer), "workers_limit"), 128);
	peer_close(&peer);
}

TEST(status_works_in_the_strict_sandbox)
{
	char *text;

	serve(&server, .files = files, .settings = TIGHTEST_SANDBOX);
	text = status_now();
	ck_assert_int_gt(number(text, "queue_limit_bytes"), 0);
}

/* The command. */

TEST(the_command_prints_the_state)
{
	serve(&server, .files = files);
	fetch(&client, "pub/file", NULL);
	expect_soon("sent_bytes_total", 1000);
	fetch(&client, "--status", NULL);
	expect_code(&client, 0, NULL);
	ck_assert_str_eq(client.errors, "");
	ck_assert_int_eq(number(client.output, "sent_bytes_total"), 1000);
	ck_assert_int_eq(number(client.output, "pid"), server.pid);
}

TEST(the_command_prints_one_json_object_per_number)
{
	serve(&server, .files = files);
	fetch(&client, "--status=json", NULL);
	expect_code(&client, 0, NULL);
	ck_assert_ptr_nonnull(
		strstr(client.output, "\n{\"name\":\"workers_limit\",\"value\":128}\n"));
	ck_assert_ptr_nonnull(strstr(client.output, "\n{\"name\":\"refused_total\","
						    "\"reason\":\"busy\",\"value\":0}\n"));
}

TEST(the_command_prints_the_prometheus_format)
{
	serve(&server, .files = files);
	fetch(&client, "--status=prometheus", NULL);
	expect_code(&client, 0, NULL);
	ck_assert_ptr_nonnull(strstr(client.output, "# TYPE msgfetchd_requests_total counter\n"
						    "msgfetchd_requests_total 0\n"));
	ck_assert_ptr_nonnull(
		strstr(client.output, "\nmsgfetchd_refused_total{reason=\"busy\"} 0\n"));
	/* Each number of this version has its own HELP line. */
	ck_assert_ptr_null(strstr(client.output, "msgfetch-protocol"));
}

TEST(the_command_refuses_unknown_formats)
{
	fetch(&client, "--status=xml", NULL);
	expect_code(&client, CODE_USAGE, "--status");
	fetch(&client, "--status", "pub/file", NULL);
	expect_code(&client, CODE_USAGE, "takes no PATH");
}

TEST(the_command_reports_a_refusal)
{
	uid_t other = OTHER_UID;

	if (!harness_other_users())
		SKIP("needs root, to be another user");
	serve(&server, .files = files);
	client.prepare = harness_become;
	client.context = &other;
	fetch(&client, "--status", NULL);
	expect_code(&client, CODE_DENIED, "status-users");
	ck_assert_str_eq(client.output, "");
}

TEST(the_command_refuses_a_malformed_state)
{
	static struct fake fake;

	fake_open(&fake);
	client_start(&client, "--status", NULL);
	fake_await(&fake);
	ck_assert_int_eq(fake.request.operation, OPERATION_STATUS);
	fake_data(&fake, 0, "workers \033[2J\n", 13);
	fake_end(&fake, (struct stamp){0}, 13);
	client_finish(&client);
	expect_code(&client, 1, "form");
	ck_assert_str_eq(client.output, "");
	fake_close(&fake);
}

int main(void)
{
	return harness_main("integration/status", HARNESS_IPC);
}
