/* SPDX-License-Identifier: ISC */
/*
 * integration/flood: one user sends as many messages of each kind as possible.  Small
 * fetches of another user succeed and take at most ten times as long as without the flood,
 * or three times as long as beside processes that only compute.  Prints all times.  Needs
 * real root.
 */
#include "config.h"

#include "tests/support/actors.h"
#include "tests/support/harness.h"

#include <grp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { FLOODERS = 4, FETCHES = 100, QUEUES = 8, ROUNDS = 3 };

#define FLOOD_LIMIT_MS 25000u

enum { QUIET_FACTOR = 10, CONTROL_FACTOR = 3 };

static struct msgfetchd server;
static uid_t flooder_uid = OTHER_UID, victim_uid = THIRD_UID;
static pid_t flooders[FLOODERS];

static const struct served files[] = {{"file", .size = 1024, .seed = 1},
				      {"large", .size = 3 << 20, .seed = 2},
				      {.name = NULL}};

/* Functions of a flooder's process. */

static void send_messages(long type, size_t length)
{
	static struct message message;
	uint64_t until = harness_now_ms() + FLOOD_LIMIT_MS;
	int queue = queue_find(TEST_KEY);

	message.type = type;
	while (harness_now_ms() < until)
		for (int i = 0; i < 64; i++)
			queue_send(queue, &message, length, false);
}

static void flood_junk(void)
{
	send_messages(MESSAGE_REQUEST, 152);
}

static void flood_oversize(void)
{
	send_messages(MESSAGE_REQUEST, MESSAGE_TEXT_MAX);
}

static void flood_empty(void)
{
	send_messages(MESSAGE_REQUEST, 0);
}

static void flood_wake(void)
{
	send_messages(MESSAGE_WAKE, 0);
}

/* Requests path as fast as possible through many queues.  hold: never removes a queue. */
static void ask_for(const char *path, bool hold)
{
	static struct peer peers[QUEUES];
	static struct message message;
	uint64_t until = harness_now_ms() + FLOOD_LIMIT_MS;
	int queue = queue_find(TEST_KEY);

	for (unsigned i = 0; harness_now_ms() < until; i++) {
		struct peer *peer = &peers[i % QUEUES];
		int length;

		if (i >= QUEUES && hold) {
			harness_pause();
			continue;
		}
		/* A process killed while it creates a seal would leave the seal behind. */
		if (i >= QUEUES)
			peer_renew(peer);
		else
			peer_open(peer);
		peer->request.operation = OPERATION_FETCH;
		peer->request.paths = path;
		peer->request.path_count = 1;
		peer->request.path_bytes = (uint32_t)strlen(path) + 1;
		length = request_encode(&peer->request, message.text);
		message.type = MESSAGE_REQUEST;
		while (queue_send(queue, &message, (size_t)length, false) != 0 && hold)
			harness_pause();
	}
}

static void flood_valid(void)
{
	ask_for("pub/file", false);
}

static void flood_valid_large(void)
{
	ask_for("pub/large", false);
}

static void hold_workers(void)
{
	ask_for("pub/large", true);
}

/* The control: uses the processor and sends nothing to the daemon. */
static void compute(void)
{
	uint64_t until = harness_now_ms() + FLOOD_LIMIT_MS;

	while (harness_now_ms() < until)
		;
}

/* Functions of the test's own process. */

static void start_flood(void (*flood)(void))
{
	for (int i = 0; i < FLOODERS; i++) {
		flooders[i] = fork();
		if (flooders[i] == 0) {
			harness_become(&flooder_uid);
			flood();
			_exit(0);
		}
		ck_assert_int_gt(flooders[i], 0);
	}
}

static void remove_queues(void)
{
	/* The flooders are dead, so nobody else removes their queues. */
	for (int index = 0; index <= queue_last_slot(); index++) {
		struct queue_info info;
		int queue = queue_at(index, &info);

		if (queue >= 0 && info.cuid == flooder_uid)
			queue_remove(queue);
	}
}

static void stop_flood(void)
{
	for (int i = 0; i < FLOODERS; i++) {
		kill(flooders[i], SIGKILL);
		waitpid(flooders[i], NULL, 0);
	}
	remove_queues();
}

static int compare(const void *one, const void *other)
{
	uint64_t a = *(const uint64_t *)one, b = *(const uint64_t *)other;

	return a < b ? -1 : a > b;
}

static uint64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

struct times {
	uint64_t middle, p99, longest; /* us */
};

/* Fetches as the victim without retries: no fetch may fail. */
static struct times time_fetches(const char *what)
{
	static uint64_t took[FETCHES];
	struct times times;

	for (int i = 0; i < FETCHES; i++) {
		struct client client = {.prepare = harness_become, .context = &victim_uid};
		uint64_t start = now_us();

		fetch(&client, "--retry", "0", "pub/file", NULL);
		took[i] = now_us() - start;
		expect_file(&client, "pub/file");
	}
	qsort(took, FETCHES, sizeof(took[0]), compare);
	times = (struct times){took[FETCHES / 2], took[FETCHES - 2], took[FETCHES - 1]};
	printf("%s: p50 %ju us, p99 %ju us, longest %ju us\n", what, (uintmax_t)times.middle,
	       (uintmax_t)times.p99, (uintmax_t)times.longest);
	return times;
}

static struct times time_flooded(const char *what, void (*flood)(void))
{
	struct times times;

	start_flood(flood);
	times = time_fetches(what);
	stop_flood();
	return times;
}

/* Measures once.  The caller repeats this: a burst of another program may spoil one round. */
static bool bearable(const char *what, void (*flood)(void))
{
	struct times quiet = time_fetches("quiet");
	struct times flooded = time_flooded(what, flood);

	return flooded.p99 <= QUIET_FACTOR * quiet.p99 ||
	       flooded.p99 <= CONTROL_FACTOR * time_flooded("computing only", compute).p99;
}

static void expect_bearable(const char *what, void (*flood)(void))
{
	bool held = false;

	serve(&server, .files = files,
	      .settings = "access-log = false\nmax-workers = 16\n"
			  "unknown-users = allow");
	for (int round = 0; round < ROUNDS && !held; round++)
		held = bearable(what, flood);
	ck_assert_msg(held,
		      "%s: more than ten times as long as in quiet, and three times "
		      "as beside computing processes",
		      what);
}

#define FLOOD_TEST(name, what, flood)                     \
	TEST(name)                                        \
	{                                                 \
		if (!harness_other_users())               \
			SKIP("one user is all there is"); \
		expect_bearable(what, flood);             \
	}

FLOOD_TEST(junk_is_borne, "junk", flood_junk)
FLOOD_TEST(the_longest_messages_are_borne, "oversize", flood_oversize)
FLOOD_TEST(empty_messages_are_borne, "zero-length", flood_empty)
FLOOD_TEST(wake_messages_are_borne, "wake", flood_wake)
FLOOD_TEST(good_requests_are_borne, "valid", flood_valid)
FLOOD_TEST(good_requests_for_large_files_are_borne, "valid, large", flood_valid_large)
FLOOD_TEST(held_workers_are_borne, "stopped clients", hold_workers)

/* Fetches while the request queue is full: only a scan can find the request. */
static void expect_found(struct client *client)
{
	int full;

	serve(&server, .files = files,
	      .settings = "access-log = false\nmax-workers = 16\n"
			  "unknown-users = allow");
	harness_stop(server.pid);
	for (struct message junk = {.type = MESSAGE_REQUEST};
	     queue_send(queue_find(TEST_KEY), &junk, 100, false) == 0;)
		;
	full = harness_ipc_count().messages;
	client_start(client, "pub/file", NULL);
	WAIT_FOR(harness_ipc_count().queues == 2);
	WAIT_FOR(harness_ipc_count().messages > full);
	ck_assert_int_eq(kill(server.pid, SIGCONT), 0);
	client_finish(client);
	expect_file(client, "pub/file");
}

TEST(a_request_that_finds_no_room_is_found)
{
	struct client client = {.prepare = harness_become, .context = &victim_uid};

	if (!harness_other_users())
		SKIP("one user is all there is");
	expect_found(&client);
}

TEST(a_request_of_the_daemons_own_user_is_found)
{
	struct client client = {0};

	expect_found(&client);
}

/* In a child as uid with the group gid: puts a request into a private queue only. */
static void put_request(uid_t uid, gid_t gid, int result)
{
	static struct peer peer;
	static struct message message;

	if (setgroups(0, NULL) != 0 || setresgid(gid, gid, gid) != 0 ||
	    setresuid(uid, uid, uid) != 0)
		_exit(126);
	peer_open(&peer);
	queue_receive(peer.queue, &message, MESSAGE_TICKET, false);
	peer.request.operation = OPERATION_FETCH;
	peer.request.paths = "pub/file";
	peer.request.path_count = 1;
	peer.request.path_bytes = sizeof("pub/file");
	message.type = MESSAGE_TICKET;
	queue_send(peer.queue, &message, (size_t)request_encode(&peer.request, message.text),
		   false);
	if (write(result, &peer.queue, sizeof(peer.queue)) != sizeof(peer.queue))
		_exit(1);
	pause();
}

/* Returns the id of the queue of a new process, which lives until the end of the test. */
static int start_asker(uid_t uid, gid_t gid, pid_t *asker)
{
	int ends[2], queue = -1;

	ck_assert_int_eq(pipe(ends), 0);
	*asker = fork();
	if (*asker == 0)
		put_request(uid, gid, ends[1]);
	ck_assert_int_eq(read(ends[0], &queue, sizeof(queue)), sizeof(queue));
	close(ends[0]);
	close(ends[1]);
	return queue;
}

static bool holds_ticket(int queue)
{
	static struct message message;

	return queue_look(queue, 0, &message) > 0 && message.type == MESSAGE_TICKET;
}

TEST(a_scan_finds_members_of_the_group_only)
{
	const struct group *group = getgrnam("daemon");
	int outsider, member;
	pid_t askers[2];

	if (group == NULL || !harness_other_users())
		SKIP("needs real root and a group \"daemon\"");
	serve(&server, .files = files, .settings = "group = \"daemon\"");
	harness_stop(server.pid);
	outsider = start_asker(OTHER_UID, OTHER_UID, &askers[0]);
	member = start_asker(THIRD_UID, group->gr_gid, &askers[1]);
	for (struct message junk = {.type = MESSAGE_REQUEST};
	     queue_send(queue_find(TEST_KEY), &junk, 100, false) == 0;)
		;
	ck_assert_int_eq(kill(server.pid, SIGCONT), 0);
	/* The scan passes the outsider's queue first, because that has the lower slot. */
	WAIT_FOR(!holds_ticket(member));
	ck_assert(holds_ticket(outsider));
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(kill(askers[i], SIGKILL), 0);
		ck_assert_int_eq(waitpid(askers[i], NULL, 0), askers[i]);
	}
	queue_remove(outsider);
	queue_remove(member);
}

int main(void)
{
	return harness_main("integration/flood", HARNESS_IPC);
}
