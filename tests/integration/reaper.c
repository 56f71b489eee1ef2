/* SPDX-License-Identifier: ISC */
/* integration/reaper: queues of dead clients are removed, queues of live clients stay. */
#include "config.h"

#include "tests/support/actors.h"
#include "tests/support/harness.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct msgfetchd server, successor;
static uid_t server_uid = OTHER_UID, client_uid = THIRD_UID;

enum last_deed {
	HAS_GIVEN_ITS_QUEUE,
	WAS_SERVED, /* the worker has ended, and the client has read nothing */
};

/* Serves as another user if that is possible. */
static void serve_with_age(const char *age)
{
	if (harness_other_users()) {
		server.prepare = successor.prepare = harness_become;
		server.context = successor.context = &server_uid;
	}
	serve(&server, .settings = harness_format("orphan-age = %s", age), .options = {"-v"});
}

static void become_client(void)
{
	if (harness_other_users())
		harness_become(&client_uid);
}

static void live(enum last_deed deed, int tell)
{
	struct peer peer;

	become_client();
	peer_open(&peer);
	if (deed == WAS_SERVED) {
		peer_ask(&peer, "pub/file", 0);
		WAIT_FOR(peer_count_messages(&peer) == 3); /* ENTRY, DATA and END */
	}
	if (write(tell, &peer.queue, sizeof(peer.queue)) == (ssize_t)sizeof(peer.queue))
		pause();
	_exit(1);
}

/* Returns the client's process, and sets *queue to the client's queue. */
static pid_t start_client(enum last_deed deed, int *queue)
{
	int tell[2];
	pid_t child;

	ck_assert_int_eq(pipe(tell), 0);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0)
		live(deed, tell[1]);
	ck_assert_int_eq(read(tell[0], queue, sizeof(*queue)), sizeof(*queue));
	close(tell[0]);
	close(tell[1]);
	return child;
}

static int leave_queue(enum last_deed deed)
{
	int queue;
	pid_t client = start_client(deed, &queue);

	WAIT_FOR(server.pid == 0 || harness_count_children(server.pid, 0) == 0);
	ck_assert_int_eq(kill(client, SIGKILL), 0);
	actors_wait(client, WAIT_LIMIT_MS);
	return queue;
}

static void stir(void)
{
	struct client client = {0};

	if (harness_other_users())
		fetch(&client, "--server-user", harness_format("%d", OTHER_UID), "pub/file",
		      NULL);
	else
		fetch(&client, "pub/file", NULL);
	expect_file(&client, "pub/file");
}

static bool is_there(int queue)
{
	struct queue_info info;

	return queue_inspect_any(queue, &info) == 0;
}

static unsigned long count_wakings(void)
{
	const char *text = harness_read_proc(server.pid, "status");
	const char *at = strstr(text, "\nvoluntary_ctxt_switches:");

	ck_assert_ptr_nonnull(at);
	return strtoul(at + strlen("\nvoluntary_ctxt_switches:"), NULL, 10);
}

TEST(the_queue_of_a_dead_client_is_removed_after_service)
{
	serve_with_age("3600");
	leave_queue(WAS_SERVED);
	WAIT_FOR(harness_ipc_count().queues == 1);
}

TEST(the_queue_of_a_client_that_died_before_asking_is_removed)
{
	if (!harness_other_users())
		SKIP("needs root: a queue that was made by the daemon's user stays");
	serve_with_age("3600");
	leave_queue(HAS_GIVEN_ITS_QUEUE);
	stir();
	WAIT_FOR(harness_ipc_count().queues == 1);
	ck_assert(msgfetchd_logged(&server, harness_format("of uid %d: removed", THIRD_UID)));
}

TEST(a_new_daemon_removes_orphans_before_it_is_ready)
{
	if (!harness_other_users())
		SKIP("needs root: a queue that was made by the daemon's user stays");
	serve_with_age("3600");
	msgfetchd_kill(&server);
	leave_queue(HAS_GIVEN_ITS_QUEUE);
	ck_assert_int_eq(harness_ipc_count().queues, 2);
	msgfetchd_start(&successor, "-c", "conf", NULL);
	ck_assert_int_eq(harness_ipc_count().queues, 1);
	ck_assert(msgfetchd_logged(&successor, "removed 1 queues and memory segments"));
}

TEST(the_queue_of_a_client_that_lives_is_kept)
{
	int living, dead;
	pid_t client;

	if (!harness_other_users())
		SKIP("needs root: a queue that was made by the daemon's user stays");
	serve_with_age("1");
	client = start_client(HAS_GIVEN_ITS_QUEUE, &living);
	dead = leave_queue(HAS_GIVEN_ITS_QUEUE);
	stir();
	WAIT_FOR(!is_there(dead));
	ck_assert(is_there(living));
	ck_assert_int_eq(kill(client, SIGKILL), 0);
	actors_wait(client, WAIT_LIMIT_MS);
	WAIT_FOR(!is_there(living));
}

/* Creates a donated queue without a known sender or receiver. */
static int give_silent_queue(void)
{
	int queue, tell[2];
	pid_t child;

	ck_assert_int_eq(pipe(tell), 0);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0) {
		become_client();
		queue = queue_create_private();
		_exit(queue_give_user(queue, server_uid) != 0 ||
		      write(tell[1], &queue, sizeof(queue)) < 0);
	}
	ck_assert_int_eq(actors_wait(child, WAIT_LIMIT_MS), 0);
	ck_assert_int_eq(read(tell[0], &queue, sizeof(queue)), sizeof(queue));
	close(tell[0]);
	close(tell[1]);
	return queue;
}

TEST(a_queue_of_which_nothing_is_known_goes_at_its_age_limit)
{
	if (!harness_other_users())
		SKIP("needs root: a queue that was made by the daemon's user stays");
	serve_with_age("3");
	int queue = give_silent_queue();
	stir();
	WAIT_FOR(!is_there(queue));
}

TEST(an_orphan_below_the_age_limit_stays)
{
	int unknown, dead;

	if (!harness_other_users())
		SKIP("needs root: a queue that was made by the daemon's user stays");
	serve_with_age("3600");
	unknown = give_silent_queue();
	dead = leave_queue(HAS_GIVEN_ITS_QUEUE);
	stir();
	WAIT_FOR(!is_there(dead));
	ck_assert(is_there(unknown));
	ck_assert_int_eq(queue_remove(unknown), 0);
}

TEST(foreign_queues_are_left_alone)
{
	int own, open, keyed, dead;

	if (!harness_other_users())
		SKIP("needs root");
	serve_with_age("1");
	own = queue_create_private();
	ck_assert_int_ge(own, 0);
	open = queue_create_private();
	ck_assert_int_eq(queue_restrict(open, getegid(), 0622), 0);
	ck_assert_int_eq(queue_give_user(open, server_uid), 0);
	keyed = queue_create(TEST_KEY + 1, 0600);
	ck_assert_int_eq(queue_give_user(keyed, server_uid), 0);
	dead = leave_queue(WAS_SERVED);
	stir();
	WAIT_FOR(!is_there(dead));
	ck_assert(is_there(own) && is_there(open) && is_there(keyed));
	ck_assert_int_eq(queue_remove(own), 0);
	ck_assert_int_eq(queue_remove(open), 0);
	ck_assert_int_eq(queue_remove(keyed), 0);
}

/* A running timer would wake the daemon every second. */
TEST(with_nothing_left_the_daemon_sleeps_for_good)
{
	unsigned long before;
	uint64_t start, quiet_since;

	serve_with_age("3600");
	stir();
	before = count_wakings();
	start = quiet_since = harness_now_ms();
	while (harness_now_ms() - quiet_since < 2500) {
		if (count_wakings() != before)
			quiet_since = harness_now_ms();
		before = count_wakings();
		ck_assert_uint_lt(harness_now_ms() - start, 2 * WAIT_LIMIT_MS);
		harness_pause();
	}
}

int main(void)
{
	return harness_main("integration/reaper", HARNESS_IPC);
}
