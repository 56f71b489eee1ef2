/* SPDX-License-Identifier: ISC */
/* integration/limits: limits for one user, and on the time and rate of a transfer. */
#include "config.h"

#include "tests/support/actors.h"
#include "tests/support/harness.h"

#include <errno.h>
#include <sys/stat.h>

enum { CODE_DENIED = 6, CODE_TIMED_OUT = 8 };

#define LARGE (3 << 20) /* more than a ring, a pipe and the client's buffers */
#define MIDDLE 60000

static struct msgfetchd server;
static struct client client;
static uid_t other_uid = OTHER_UID;

static const struct served files[] = {{"file", .text = "text"},
				      {"middle", .size = MIDDLE, .seed = 1},
				      {"large", .size = LARGE, .seed = 2},
				      {.name = NULL}};

TEST(one_user_has_no_more_workers_than_a_user_may)
{
	struct peer busy, waiting;

	serve(&server, .files = files,
	      .settings = "max-workers = 4\nmax-workers-per-user = 1\nlimit-root = true");
	peer_occupy_worker(&busy);
	peer_wait_for_worker(&waiting);
	ck_assert_int_eq(harness_count_children(server.pid, 0), 1);
	ck_assert_uint_eq(peer_count_messages(&waiting), 0);
	peer_close(&busy);
	peer_expect_file(&waiting, "pub/file");
	peer_close(&waiting);
}

TEST(root_has_all_of_them_by_default)
{
	struct peer busy[2];

	serve(&server, .files = files, .settings = "max-workers = 2\nmax-workers-per-user = 1");
	peer_occupy_worker(&busy[0]);
	peer_occupy_worker(&busy[1]);
	peer_close(&busy[0]);
	peer_close(&busy[1]);
}

TEST(past_a_users_share_of_the_wait_queue_the_answer_is_busy)
{
	struct peer busy, waiting, refused;

	serve(&server, .files = files,
	      .settings =
		      "max-workers = 4\nmax-workers-per-user = 1\nmax-waiting-per-user = 1\n"
		      "limit-root = true");
	peer_occupy_worker(&busy);
	peer_wait_for_worker(&waiting);
	peer_open(&refused);
	peer_ask(&refused, "pub/file", 0);
	peer_expect_failure(&refused, FAILURE_BUSY, EAGAIN);
	peer_close(&refused);
	peer_close(&busy);
	peer_expect_file(&waiting, "pub/file");
	peer_close(&waiting);
}

TEST(a_user_at_the_limit_delays_no_other_user)
{
	struct peer busy[2], waiting[2];

	if (!harness_other_users())
		SKIP("one user is all there is");
	serve(&server, .files = files,
	      .settings = "max-workers = 4\nmax-workers-per-user = 2\nlimit-root = true");
	for (int i = 0; i < 2; i++)
		peer_occupy_worker(&busy[i]);
	for (int i = 0; i < 2; i++)
		peer_wait_for_worker(&waiting[i]);
	client.prepare = harness_become;
	client.context = &other_uid;
	fetch(&client, "pub/file", NULL);
	expect_file(&client, "pub/file");
	ck_assert_uint_eq(peer_count_messages(&waiting[0]), 0);
	ck_assert_uint_eq(peer_count_messages(&waiting[1]), 0);
	for (int i = 0; i < 2; i++) {
		peer_close(&busy[i]);
		peer_expect_file(&waiting[i], "pub/file");
		peer_close(&waiting[i]);
	}
}

/* Starts count clients of uid that stop reading. */
static void stall(struct client clients[], int count, uid_t *uid)
{
	for (int i = 0; i < count; i++) {
		clients[i].prepare = harness_become;
		clients[i].context = uid;
		client_start(&clients[i], "--retry", "0", "pub/large", NULL);
		client_await_standstill(&clients[i]);
	}
}

static void finish(struct client clients[], int count)
{
	for (int i = 0; i < count; i++)
		client_finish(&clients[i]);
}

TEST(stalled_workers_of_two_users_give_way_to_a_third_user)
{
	static uid_t first = OTHER_UID, second = OTHER_UID + 100, third = THIRD_UID;
	struct client held[4] = {0};
	uint64_t start;

	if (!harness_other_users())
		SKIP("needs root, to be several users");
	serve(&server, .files = files,
	      .settings = "max-workers = 4\nmax-workers-per-user = 2\n"
			  "unknown-users = allow");
	stall(held, 2, &first);
	stall(held + 2, 2, &second);
	client.prepare = harness_become;
	client.context = &third;
	start = harness_now_ms();
	fetch(&client, "--retry", "0", "pub/file", NULL);
	expect_file(&client, "pub/file");
	ck_assert_uint_lt(harness_now_ms() - start, 2000);
	finish(held, 4);
	ck_assert_int_eq((held[0].code != 0) + (held[1].code != 0) + (held[2].code != 0) +
				 (held[3].code != 0),
			 1);
}

/* Users outside the user database. */

enum { KNOWN = 64200 };

static uid_t subordinate[] = {OTHER_UID, OTHER_UID + 100, THIRD_UID}, known = KNOWN;

static bool have_database(void)
{
	return harness_user_database(
		harness_format("root:x:0:0::/:/bin/sh\nknown:x:%d:%d::/:/bin/sh\n", KNOWN,
			       KNOWN),
		"root:x:0:\n");
}

static void fetch_as(uid_t *uid)
{
	client.prepare = harness_become;
	client.context = uid;
	fetch(&client, "--retry", "0", "--timeout", "2", "pub/file", NULL);
}

TEST(users_outside_the_user_database_share_the_limits_of_one_user)
{
	struct client held[2] = {0};

	if (!have_database())
		SKIP("needs root and a mount namespace");
	serve(&server, .files = files, .settings = "max-workers = 4\nmax-workers-per-user = 2");
	stall(&held[0], 1, &subordinate[0]);
	stall(&held[1], 1, &subordinate[1]);
	fetch_as(&subordinate[2]);
	expect_code(&client, CODE_TIMED_OUT, NULL);
	fetch_as(&known);
	expect_file(&client, "pub/file");
	finish(held, 2);
}

TEST(a_user_of_the_database_leaves_the_shared_limits_after_its_look_up)
{
	struct client held[2] = {0};

	if (!have_database())
		SKIP("needs root and a mount namespace");
	serve(&server, .files = files, .settings = "max-workers = 2\nmax-workers-per-user = 1");
	stall(&held[0], 1, &subordinate[0]);
	fetch_as(&known);
	expect_file(&client, "pub/file");
	finish(held, 1);
}

TEST(users_outside_the_user_database_can_be_refused)
{
	if (!have_database())
		SKIP("needs root and a mount namespace");
	serve(&server, .files = files, .settings = "unknown-users = refuse");
	fetch_as(&subordinate[0]);
	expect_code(&client, CODE_DENIED, "not in the user database");
	fetch_as(&known);
	expect_file(&client, "pub/file");
}

TEST(users_outside_the_user_database_can_have_limits_of_their_own)
{
	struct client held[2] = {0};

	if (!have_database())
		SKIP("needs root and a mount namespace");
	serve(&server, .files = files,
	      .settings = "max-workers = 4\nmax-workers-per-user = 1\nunknown-users = allow");
	stall(&held[0], 1, &subordinate[0]);
	stall(&held[1], 1, &subordinate[1]);
	fetch_as(&subordinate[2]);
	expect_file(&client, "pub/file");
	finish(held, 2);
}

TEST(a_stalled_worker_gives_way_to_no_job_of_its_own_user)
{
	struct peer busy[2], waiting;

	serve(&server, .files = files, .settings = "max-workers = 2");
	peer_occupy_worker(&busy[0]);
	peer_occupy_worker(&busy[1]);
	peer_wait_for_worker(&waiting);
	for (uint64_t start = harness_now_ms(); harness_now_ms() - start < 1800;)
		harness_pause();
	ck_assert_uint_eq(peer_count_messages(&waiting), 0);
	ck_assert_int_eq(harness_count_children(server.pid, 0), 2);
	peer_close(&busy[0]);
	peer_expect_file(&waiting, "pub/file");
	peer_close(&busy[1]);
	peer_close(&waiting);
}

TEST(a_transfer_that_takes_too_long_is_ended_and_its_client_told)
{
	serve(&server, .files = files, .settings = "transfer-limit = 1");
	client_start(&client, "pub/large", NULL);
	client_await_standstill(&client);
	WAIT_FOR(harness_count_children(server.pid, 0) == 0);
	client_finish(&client);
	expect_code(&client, CODE_TIMED_OUT, "limit for one transfer");
}

TEST(a_transfer_within_its_time_is_left_alone)
{
	serve(&server, .files = files, .settings = "transfer-limit = 60");
	fetch(&client, "pub/large", NULL);
	expect_file(&client, "pub/large");
}

/* Fetches once and returns the time taken, in ms. */
static uint64_t time_to_fetch(void)
{
	uint64_t start = harness_now_ms();

	fetch(&client, "pub/middle", NULL);
	expect_file(&client, "pub/middle");
	return harness_now_ms() - start;
}

TEST(a_rate_is_kept_to)
{
	serve(&server, .files = files, .settings = "rate-limit = 100000\nlimit-root = true");
	/* 60000 bytes; the worker waits after the last piece as well. */
	ck_assert_uint_ge(time_to_fetch(), 500);
}

/* A message at this rate takes longer than the interval at which a worker checks its client.
 */
TEST(a_low_rate_is_kept_to)
{
	uint64_t start;

	serve(&server, .files = files, .settings = "rate-limit = 700\nlimit-root = true");
	harness_make_file("pub/few", 900, 9);
	start = harness_now_ms();
	fetch(&client, "pub/few", NULL);
	expect_file(&client, "pub/few");
	ck_assert_uint_ge(harness_now_ms() - start, 1200);
}

TEST(transfers_of_one_user_share_a_rate)
{
	struct client first = {0};
	uint64_t start;

	serve(&server, .files = files, .settings = "rate-limit = 100000\nlimit-root = true");
	start = harness_now_ms();
	client_start(&first, "-o", "copy", "pub/middle", NULL);
	time_to_fetch();
	client_finish(&first);
	expect_code(&first, 0, NULL);
	harness_assert_same("copy", "pub/middle");
	ck_assert_uint_ge(harness_now_ms() - start, 900);
}

TEST(a_share_of_the_rate_is_given_back)
{
	enum { OTHERS = 9 };
	struct peer busy[OTHERS];
	uint64_t start;

	serve(&server, .files = files, .settings = "rate-limit = 200000\nlimit-root = true");
	for (int i = 0; i < OTHERS; i++)
		peer_occupy_worker(&busy[i]);
	start = harness_now_ms();
	client_start(&client, "pub/middle", NULL);
	WAIT_FOR(harness_count_children(server.pid, 0) == OTHERS + 1);
	for (int i = 0; i < OTHERS; i++)
		peer_close(&busy[i]);
	client_finish(&client);
	expect_file(&client, "pub/middle");
	/* Takes 3 s with a tenth of the rate, and 0.3 s alone. */
	ck_assert_uint_lt(harness_now_ms() - start, 2000);
}

TEST(a_client_that_goes_is_noticed_while_its_worker_waits_for_the_rate)
{
	struct peer peer;

	serve(&server, .files = files, .settings = "rate-limit = 1000\nlimit-root = true");
	peer_occupy_worker(&peer);
	peer_close(&peer);
	WAIT_FOR(harness_count_children(server.pid, 0) == 0);
}

int main(void)
{
	return harness_main("integration/limits", HARNESS_IPC);
}
