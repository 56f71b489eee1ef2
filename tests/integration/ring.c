/* SPDX-License-Identifier: ISC */
/*
 * integration/ring: files of all sizes through shared memory, slow and fast peers, deaths in
 * the middle of a transfer, and false descriptions of a ring. No test may leave a segment.
 */
#include "config.h"

#include "tests/support/actors.h"
#include "tests/support/harness.h"

#include "client/lib/msgfetch.h"
#include "common/sysv/ring.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/msg.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	CODE_ERROR = 1,
};

#define LARGE (3 << 20) /* exceeds ring, pipe and buffers of the client together */
#define KIB 1024u
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct msgfetchd server, successor;
static struct client client;

static void expect_still_serving(void)
{
	struct client next = {0};

	fetch(&next, "--transport=auto", "pub/file", NULL);
	expect_file(&next, "pub/file");
}

static void await_only_daemon(void)
{
	WAIT_FOR(harness_ipc_count().queues == 1);
	WAIT_FOR(harness_ipc_count().rings == 0);
	WAIT_FOR(harness_count_children(server.pid, 0) == 0);
}

/* Uses the library in the test: an output that keeps the bytes. */

struct shape {
	enum msgfetch_transport transport;
	unsigned slots, slot_bytes;
};

static const struct shape shapes[] = {
	{MSGFETCH_INLINE, 4, 256 * KIB}, {MSGFETCH_AUTO, 4, 256 * KIB},
	{MSGFETCH_RING, 4, 256 * KIB},   {MSGFETCH_AUTO, 1, 16 * KIB},
	{MSGFETCH_RING, 1, 16 * KIB},    {MSGFETCH_AUTO, 2, 16 * KIB},
	{MSGFETCH_RING, 3, 48 * KIB},    {MSGFETCH_RING, 64, 16 * KIB},
};

struct kept {
	uint8_t *bytes;
	uint64_t size, come;
	unsigned begun, ended;
	unsigned pause; /* above 0: one piece of this many is received slowly */
};

static int keep_begin(void *context, const struct msgfetch_file *file)
{
	struct kept *kept = context;

	kept->bytes = realloc(kept->bytes, file->size + 1);
	if (kept->bytes == NULL)
		return -ENOMEM;
	memset(kept->bytes, 0, file->size + 1);
	kept->size = file->size;
	kept->come = 0;
	kept->begun++;
	return 0;
}

static int keep_data(void *context, const void *bytes, size_t length, uint64_t offset)
{
	struct kept *kept = context;

	if (offset + length > kept->size)
		return -EINVAL;
	if (kept->pause > 0 && random() % kept->pause == 0)
		harness_pause();
	memcpy(kept->bytes + offset, bytes, length);
	kept->come += length;
	return 0;
}

static int keep_end(void *context, const struct msgfetch_end *end)
{
	struct kept *kept = context;

	kept->ended++;
	return end->size == kept->size ? 0 : -EINVAL;
}

static struct msgfetch_sink sink_of(struct kept *kept)
{
	return (struct msgfetch_sink){.size = sizeof(struct msgfetch_sink),
				      .context = kept,
				      .begin = keep_begin,
				      .data = keep_data,
				      .end = keep_end};
}

static struct msgfetch *open_session(const struct shape *shape)
{
	struct msgfetch_options options;
	struct msgfetch *session;

	msgfetch_options_init(&options);
	options.key = TEST_KEY;
	options.transport = shape->transport;
	options.ring_slots = shape->slots;
	options.ring_slot_bytes = shape->slot_bytes;
	ck_assert_int_eq(msgfetch_open(&session, &options), 0);
	return session;
}

static const uint8_t *master; /* every file of these tests is a prefix of this */
#define MASTER_BYTES (2u << 20)

static void make_master(void)
{
	harness_make_file("pub/master", MASTER_BYTES, 7);
	master = (const uint8_t *)harness_read("pub/master", NULL);
}

/* Makes a file of the first size bytes of the master. */
static void get_size(struct msgfetch *session, struct kept *kept, size_t size)
{
	const struct msgfetch_sink sink = sink_of(kept);
	int error;

	ck_assert_int_eq(truncate("pub/master", (off_t)size), 0);
	error = msgfetch_get(session, "pub/master", &sink);
	ck_assert_msg(error == 0, "%zu bytes: %s", size, msgfetch_error(session));
	ck_assert_uint_eq(kept->size, size);
	ck_assert_msg(memcmp(kept->bytes, master, size) == 0, "%zu bytes: others", size);
}

/* Tries sizes near a multiple of unit, with heads and padding. */
static void get_around(struct msgfetch *session, struct kept *kept, size_t edge)
{
	static const size_t above[] = {9, 8, 7, 1, 0};
	static const size_t below[] = {1,  7,  8,   9,   16,  23,  24,  25, 31,
				       32, 40, 63,  64,  65,  66,  72,  87, 88,
				       89, 96, 112, 128, 129, 136, 152, 153};

	/* The file is only cut, and so stays a prefix of the master. */
	harness_make_file("pub/master", edge + above[0], 7);
	for (size_t i = 0; i < COUNT(above); i++)
		get_size(session, kept, edge + above[i]);
	for (size_t i = 0; i < COUNT(below); i++)
		get_size(session, kept, edge - below[i]);
}

static void get_all_edges(const struct shape *shape)
{
	struct msgfetch *session = open_session(shape);
	struct kept kept = {0};

	for (unsigned slots = 1; slots <= shape->slots + 1 && slots <= 5; slots++)
		get_around(session, &kept, (size_t)slots * shape->slot_bytes);
	msgfetch_close(session);
	free(kept.bytes);
}

TEST(sizes_around_the_edges_of_slots_come_byte_for_byte)
{
	serve(&server);
	make_master();
	for (size_t i = 0; i < COUNT(shapes); i++)
		get_all_edges(&shapes[i]);
}

TEST(sizes_around_the_edges_of_messages_come_byte_for_byte)
{
	const size_t edges[] = {8052, 8168, 8192, 16000, 16104, 16336, 16384, 24576};

	serve(&server);
	make_master();
	for (size_t i = 0; i < COUNT(shapes); i++) {
		struct msgfetch *session = open_session(&shapes[i]);
		struct kept kept = {0};

		for (size_t j = 0; j < COUNT(edges); j++)
			get_around(session, &kept, edges[j]);
		for (size_t size = 20; size-- > 0;)
			get_size(session, &kept, size);
		msgfetch_close(session);
		free(kept.bytes);
	}
}

/* Tests of random sizes, shapes and transports. */

static void seed_random(void)
{
	const char *given = getenv("MSGFETCH_TEST_SEED");
	unsigned seed = given != NULL ? (unsigned)strtoul(given, NULL, 10)
				      : (unsigned)(getpid() ^ (int)harness_now_ms());

	fprintf(stderr, "MSGFETCH_TEST_SEED=%u\n", seed);
	srandom(seed);
}

static size_t random_below(size_t limit)
{
	return (size_t)random() % limit;
}

/* Returns a random size: half of them near a power of two. */
static size_t random_size(void)
{
	size_t power = (size_t)1 << random_below(21);

	return random_below(2) == 0 ? random_below(power + 1)
				    : power - (power < 200 ? 0 : random_below(200));
}

static struct shape random_shape(void)
{
	struct shape shape = {.transport = (enum msgfetch_transport)random_below(3)};

	shape.slots = 1 + (unsigned)random_below(8);
	shape.slot_bytes = RING_SLOT_BYTES_MIN * (1 + (unsigned)random_below(20));
	return shape;
}

TEST(random_sizes_through_random_rings_come_byte_for_byte)
{
	seed_random();
	serve(&server);
	make_master();
	for (int round = 0; round < 60; round++) {
		struct shape shape = random_shape();
		struct msgfetch *session = open_session(&shape);
		struct kept kept = {.pause = random_below(3) == 0 ? 4 : 0};

		for (int i = 0; i < 8; i++) {
			harness_make_file("pub/master", MASTER_BYTES, 7);
			get_size(session, &kept, random_size());
		}
		msgfetch_close(session);
		free(kept.bytes);
	}
}

/* Compares each file of a list when the path is done. */
struct list {
	struct kept kept;
	size_t sizes[64];
	unsigned wrong;
};

static int list_done(void *context, size_t path)
{
	struct list *list = context;

	if (list->kept.size != list->sizes[path] ||
	    memcmp(list->kept.bytes, master, list->kept.size) != 0)
		list->wrong++;
	return 0;
}

TEST(random_lists_through_random_rings_come_byte_for_byte)
{
	const char *paths[64];

	seed_random();
	serve(&server);
	make_master();
	for (size_t i = 0; i < COUNT(paths); i++)
		paths[i] = harness_format("pub/%zu", i);
	for (int round = 0; round < 20; round++) {
		struct shape shape = random_shape();
		struct msgfetch *session = open_session(&shape);
		struct list list = {.wrong = 0};
		struct msgfetch_sink sink = sink_of(&list.kept);
		struct msgfetch_request request;

		sink.context = &list;
		sink.done = list_done;
		for (size_t i = 0; i < COUNT(paths); i++) {
			list.sizes[i] =
				random_below(4) == 0 ? random_size() : random_below(700);
			harness_make_file(paths[i], list.sizes[i], 7);
		}
		msgfetch_request_init(&request);
		request.paths = paths;
		request.count = COUNT(paths);
		ck_assert_int_eq(msgfetch_fetch(session, &request, &sink), 0);
		ck_assert_uint_eq(list.wrong, 0);
		ck_assert_uint_eq(list.kept.ended, COUNT(paths));
		msgfetch_close(session);
		free(list.kept.bytes);
	}
}

TEST(holes_are_left_out_through_every_transport)
{
	const uint64_t offsets[] = {0, 1 << 20, 5 << 20, (6 << 20) - SPARSE_BLOCK};

	serve(&server);
	harness_make_sparse("pub/sparse", 6 << 20, offsets, COUNT(offsets));
	for (size_t i = 0; i < COUNT(shapes); i++) {
		struct msgfetch *session = open_session(&shapes[i]);
		struct kept kept = {0};
		const struct msgfetch_sink sink = sink_of(&kept);

		ck_assert_int_eq(msgfetch_get(session, "pub/sparse", &sink), 0);
		ck_assert_uint_eq(kept.size, 6 << 20);
		ck_assert_uint_eq(kept.come, COUNT(offsets) * SPARSE_BLOCK);
		for (size_t at = 0; at < COUNT(offsets); at++)
			ck_assert_mem_eq(kept.bytes + offsets[at],
					 harness_sparse_block(offsets[at]), SPARSE_BLOCK);
		msgfetch_close(session);
		free(kept.bytes);
	}
}

TEST(a_ring_is_detached_after_each_request_that_used_it)
{
	struct msgfetch *session;
	struct kept kept = {0};

	serve(&server);
	make_master();
	session = open_session(&shapes[2]);
	for (int i = 0; i < 50; i++) {
		get_size(session, &kept, 1 << 20);
		WAIT_FOR(harness_ipc_count().rings == 0); /* the worker may still be ending */
	}
	msgfetch_close(session);
	free(kept.bytes);
}

TEST(a_ring_that_no_request_used_serves_the_next)
{
	struct msgfetch *session;
	struct kept kept = {0};

	serve(&server);
	make_master();
	session = open_session(&shapes[1]);
	for (int i = 0; i < 10; i++) {
		get_size(session, &kept, 100);
		ck_assert_int_eq(harness_ipc_count().rings, 1);
	}
	msgfetch_close(session);
	free(kept.bytes);
	WAIT_FOR(harness_ipc_count().rings == 0);
}

TEST(an_inline_session_makes_no_ring)
{
	struct msgfetch *session;
	struct kept kept = {0};

	serve(&server);
	make_master();
	session = open_session(&shapes[0]);
	get_size(session, &kept, 1 << 20);
	ck_assert_int_eq(harness_ipc_count().rings, 0);
	msgfetch_close(session);
	free(kept.bytes);
}

TEST(a_ring_of_a_shape_that_is_none_is_refused)
{
	const struct shape wrong[] = {
		{MSGFETCH_RING, 0, 16 * KIB},     {MSGFETCH_RING, 65, 16 * KIB},
		{MSGFETCH_RING, 4, 16 * KIB + 1}, {MSGFETCH_RING, 4, 8 * KIB},
		{MSGFETCH_RING, 64, 2048 * KIB},  {(enum msgfetch_transport)3, 4, 16 * KIB},
	};

	for (size_t i = 0; i < COUNT(wrong); i++) {
		struct msgfetch_options options;
		struct msgfetch *session = NULL;

		msgfetch_options_init(&options);
		options.transport = wrong[i].transport;
		options.ring_slots = wrong[i].slots;
		options.ring_slot_bytes = wrong[i].slot_bytes;
		ck_assert_int_eq(msgfetch_open(&session, &options), -EINVAL);
	}
}

/* Tests of the command. */

TEST(the_command_takes_each_transport)
{
	const char *const transports[] = {"--transport=auto", "--transport=inline",
					  "--transport=ring"};
	const char *const rings[] = {"--ring=4x256K", "--ring=1x16K", "--ring=64x1M",
				     "--ring=2x16384"};

	serve(&server);
	for (size_t i = 0; i < COUNT(transports); i++)
		for (size_t j = 0; j < COUNT(rings); j++) {
			fetch(&client, transports[i], rings[j], "pub/large", NULL);
			expect_file(&client, "pub/large");
			fetch(&client, transports[i], rings[j], "pub/file", NULL);
			expect_file(&client, "pub/file");
		}
}

TEST(a_transport_or_ring_that_is_none_is_wrong_usage)
{
	const char *const wrong[] = {
		"--transport=pigeon", "--transport=", "--ring=0x16K",  "--ring=65x16K",
		"--ring=4x1000",      "--ring=4x8K",  "--ring=64x2M",  "--ring=4",
		"--ring=x16K",        "--ring=4x",    "--ring=-1x16K", "--ring=4x16Q",
	};

	for (size_t i = 0; i < COUNT(wrong); i++) {
		fetch(&client, wrong[i], "pub/file", NULL);
		expect_code(&client, 2, "msgfetch: ");
	}
}

/* Tests of slow and stopping peers. */

/* Reads from the client's pipe, at most limit bytes. */
static size_t take_some(const uint8_t *expected, size_t at, size_t limit)
{
	static uint8_t bytes[65536];
	int unread = 0;
	ssize_t got;

	ck_assert_int_eq(ioctl(client.out, FIONREAD, &unread), 0);
	if (unread == 0)
		return 0;
	got = read(client.out, bytes, limit < sizeof(bytes) ? limit : sizeof(bytes));
	ck_assert_int_gt(got, 0);
	ck_assert_uint_le(at + (size_t)got, LARGE);
	ck_assert_mem_eq(bytes, expected + at, (size_t)got);
	return (size_t)got;
}

/* Stops and continues the process again and again. */
static void expect_hampered(const char *transport, const char *ring, bool worker)
{
	const uint8_t *expected = (const uint8_t *)harness_read("pub/large", NULL);
	size_t at = 0, length;
	pid_t whom;

	client_start(&client, transport, ring, "pub/large", NULL);
	WAIT_FOR((at += take_some(expected, at, 10000)) > 0);
	whom = worker ? harness_only_child(server.pid) : client.pid;
	for (int i = 0; i < 30 && kill(whom, 0) == 0 && at < LARGE / 2; i++) {
		harness_stop(whom);
		for (size_t j = random_below(4); j > 0; j--)
			at += take_some(expected, at, random_below(40000) + 1);
		ck_assert_int_eq(kill(whom, SIGCONT), 0);
		WAIT_FOR((length = take_some(expected, at, 5000)) > 0);
		at += length;
	}
	client_finish(&client);
	expect_code(&client, 0, NULL);
	ck_assert_uint_eq(at + client.output_length, LARGE);
	ck_assert_mem_eq(client.output, expected + at, client.output_length);
}

TEST(a_reader_that_stops_again_and_again_misses_nothing)
{
	serve(&server);
	expect_hampered("--transport=ring", "--ring=4x256K", false);
	expect_hampered("--transport=ring", "--ring=1x16K", false);
	expect_hampered("--transport=auto", "--ring=3x16K", false);
	expect_hampered("--transport=inline", "--ring=1x16K", false);
}

TEST(a_writer_that_stops_again_and_again_leaves_nothing_out)
{
	serve(&server);
	expect_hampered("--transport=ring", "--ring=4x256K", true);
	expect_hampered("--transport=ring", "--ring=1x16K", true);
	expect_hampered("--transport=auto", "--ring=3x16K", true);
	expect_hampered("--transport=inline", "--ring=1x16K", true);
}

TEST(a_hundred_slow_readers_are_all_served_and_in_nobodys_way)
{
	enum { READERS = 100 };
	static struct client readers[READERS];

	serve(&server);
	for (int i = 0; i < READERS; i++)
		client_start(&readers[i], "--transport=ring", "--ring=2x16K", "pub/large",
			     NULL);
	WAIT_FOR(harness_count_children(server.pid, 'S') == READERS);
	expect_still_serving();
	for (int i = 0; i < READERS; i++) {
		client_finish(&readers[i]);
		expect_file(&readers[i], "pub/large");
		free(readers[i].output);
		readers[i].output = NULL;
	}
	await_only_daemon();
}

/* Tests of deaths. */

static void start_large(void)
{
	client_start(&client, "--transport=ring", "pub/large", NULL);
	client_await_standstill(&client);
	ck_assert_int_eq(harness_ipc_count().rings, 1);
}

TEST(a_killed_clients_ring_is_gone)
{
	serve(&server);
	start_large();
	ck_assert_int_eq(kill(client.pid, SIGKILL), 0);
	client_finish(&client);
	await_only_daemon();
	expect_still_serving();
}

TEST(an_interrupted_clients_ring_is_gone)
{
	serve(&server);
	start_large();
	ck_assert_int_eq(kill(client.pid, SIGINT), 0);
	client_finish(&client);
	ck_assert_int_eq(client.signal, SIGINT);
	await_only_daemon();
}

TEST(a_killed_workers_ring_is_used_no_more)
{
	serve(&server);
	start_large();
	ck_assert_int_eq(kill(harness_only_child(server.pid), SIGKILL), 0);
	client_finish(&client);
	expect_file(&client, "pub/large");
	await_only_daemon();
}

TEST(a_killed_daemon_leaves_no_ring)
{
	serve(&server);
	start_large();
	msgfetchd_kill(&server);
	client_finish(&client);
	expect_file(&client, "pub/large");
	WAIT_FOR(harness_ipc_count().rings == 0);
	actors_remove_stale(TEST_KEY);
}

static void remove_queues(void)
{
	union {
		struct msginfo info;
		struct msqid_ds status;
	} queue;
	int last = msgctl(0, MSG_INFO, &queue.status);

	for (int index = 0; index <= last; index++)
		msgctl(msgctl(index, MSG_STAT, &queue.status), IPC_RMID, NULL);
}

TEST(no_ring_is_left_when_all_of_them_die)
{
	pid_t worker;

	serve(&server);
	start_large();
	worker = harness_only_child(server.pid);
	harness_stop(server.pid);
	harness_stop(worker);
	ck_assert_int_eq(kill(client.pid, SIGKILL), 0);
	ck_assert_int_eq(kill(worker, SIGKILL), 0);
	msgfetchd_kill(&server);
	client_finish(&client);
	WAIT_FOR(harness_ipc_count().rings == 0);
	remove_queues(); /* no process is left to remove them */
	actors_remove_stale(TEST_KEY);
}

TEST(a_transfer_goes_on_after_a_restart_byte_for_byte)
{
	pid_t worker;

	serve(&server);
	start_large();
	worker = harness_only_child(server.pid);
	harness_stop(server.pid);
	ck_assert_int_eq(kill(worker, SIGKILL), 0);
	msgfetchd_kill(&server);
	msgfetchd_start(&successor, "-e", "pub=pub", NULL);
	client_finish(&client);
	expect_file(&client, "pub/large");
}

TEST(a_file_that_changes_meanwhile_is_reported)
{
	serve(&server);
	start_large();
	ck_assert_int_eq(truncate("pub/large", LARGE / 2), 0);
	client_finish(&client);
	expect_code(&client, 7, "msgfetch: pub/large: ");
	await_only_daemon();
}

/* Tests with low limits of the kernel. */

static bool set_limit(const char *name, const char *value)
{
	int file = open(name, O_WRONLY | O_CLOEXEC);
	bool done = file >= 0 && write(file, value, strlen(value)) > 0;

	if (file >= 0)
		close(file);
	return done;
}

/* Enters a new IPC namespace.  Returns false where the kernel refuses. */
static bool lower_limits(const char *message_max, const char *queue_max)
{
	return unshare(CLONE_NEWIPC) == 0 &&
	       set_limit("/proc/sys/kernel/msgmax", message_max) &&
	       set_limit("/proc/sys/kernel/msgmnb", queue_max);
}

static void expect_all_sizes(void)
{
	const size_t edges[] = {500, 1000, 2048, 4096, 8192, 16000, 32768};

	serve(&server);
	make_master();
	for (size_t i = 0; i < COUNT(shapes); i++) {
		struct msgfetch *session = open_session(&shapes[i]);
		struct kept kept = {0};

		for (size_t j = 0; j < COUNT(edges); j++)
			get_around(session, &kept, edges[j]);
		msgfetch_close(session);
		free(kept.bytes);
	}
}

TEST(short_messages_carry_files_of_all_sizes)
{
	if (!lower_limits("2048", "16384"))
		SKIP("needs an IPC namespace whose kernel.msgmax it may set");
	expect_all_sizes();
}

TEST(small_queues_carry_files_of_all_sizes)
{
	if (!lower_limits("4096", "4096"))
		SKIP("needs an IPC namespace whose kernel.msgmnb it may set");
	expect_all_sizes();
}

/* A name that fits a slot and no message. */
TEST(long_names_come_although_messages_are_short)
{
	char component[201] = "";
	const char *name = "pub/tree";

	if (!lower_limits("2048", "16384"))
		SKIP("needs an IPC namespace whose kernel.msgmax it may set");
	serve(&server);
	memset(component, 'c', sizeof(component) - 1);
	for (int i = 0; i < 12; i++) {
		ck_assert_int_eq(mkdir(name, 0755), 0);
		name = harness_format("%s/%s", name, component);
	}
	harness_write(name, "deep");
	harness_write("pub/tree/zzz", "last");
	fetch(&client, "--transport=ring", "-r", "-o", "ring", "pub/tree", NULL);
	expect_code(&client, 0, NULL);
	fetch(&client, "--transport=inline", "-r", "-o", "inline", "pub/tree", NULL);
	expect_code(&client, CODE_ERROR, "too long");
}

/* Tests without shared memory. */

/* Leaves room for a seal, but not for a ring.  Returns false where the kernel refuses. */
static bool forbid_rings(void)
{
	return unshare(CLONE_NEWIPC) == 0 && set_limit("/proc/sys/kernel/shmmni", "1");
}

TEST(without_shared_memory_messages_carry_the_file_silently)
{
	if (!forbid_rings())
		SKIP("needs an IPC namespace whose kernel.shmmni it may set");
	serve(&server);
	fetch(&client, "pub/large", NULL);
	expect_file(&client, "pub/large");
	ck_assert_str_eq(client.errors, "");
}

TEST(verbose_reports_a_lack_of_shared_memory)
{
	if (!forbid_rings())
		SKIP("needs an IPC namespace whose kernel.shmmni it may set");
	serve(&server);
	fetch(&client, "-v", "pub/large", NULL);
	expect_file(&client, "pub/large");
	ck_assert_ptr_nonnull(strstr(client.errors, "shared memory"));
}

TEST(without_shared_memory_a_forced_ring_fails_clearly)
{
	if (!forbid_rings())
		SKIP("needs an IPC namespace whose kernel.shmmni it may set");
	serve(&server);
	fetch(&client, "--transport=ring", "pub/large", NULL);
	expect_code(&client, CODE_ERROR, "shared memory");
	ck_assert_ptr_nonnull(strstr(client.errors, "msgfetch: pub/large: "));
	ck_assert_uint_eq(client.output_length, 0);
	ck_assert_int_eq(harness_ipc_count().queues, 1);
}

/* Tests of false descriptions, by a peer that the test plays. */

static void offer(struct peer *peer, int id, uint32_t slots, uint32_t slot_bytes)
{
	peer_open(peer);
	peer->request.ring = id;
	peer->request.ring_slots = slots;
	peer->request.ring_slot_bytes = slot_bytes;
}

#define EVERYTHING (REQUEST_LIST | REQUEST_PACK | REQUEST_HOLES | REQUEST_BULK)

static void expect_refused(struct peer *peer, int error)
{
	struct reply reply;

	peer_ask(peer, "pub/large", EVERYTHING);
	reply = peer_receive(peer);
	ck_assert_int_eq(reply.type, MESSAGE_FAILURE);
	ck_assert_uint_eq(reply.entry, ENTRY_WHOLE);
	ck_assert_int_eq(reply.body.failure.reason, FAILURE_BAD_REQUEST);
	ck_assert_int_eq(reply.body.failure.error, error);
	peer_close(peer);
	expect_still_serving();
	WAIT_FOR(harness_count_children(server.pid, 0) == 0);
}

TEST(a_ring_that_never_was_is_refused)
{
	struct peer peer;

	serve(&server);
	offer(&peer, 12345, 4, 65536);
	expect_refused(&peer, EIDRM);
}

TEST(a_ring_of_another_size_is_refused)
{
	struct ring ring;
	struct peer peer;

	serve(&server);
	ck_assert_int_eq(ring_create(4, 65536, geteuid(), &ring), 0);
	offer(&peer, ring.id, 64, 65536);
	expect_refused(&peer, EINVAL);
	offer(&peer, ring.id, 1, 65536);
	expect_refused(&peer, EINVAL);
	ring_detach(&ring);
}

TEST(a_ring_that_is_gone_is_refused)
{
	struct ring ring;
	struct peer peer;

	serve(&server);
	ck_assert_int_eq(ring_create(4, 65536, geteuid(), &ring), 0);
	offer(&peer, ring.id, 4, 65536);
	ring_detach(&ring);
	expect_refused(&peer, EIDRM);
}

TEST(a_segment_of_another_user_is_refused)
{
	uid_t uid = OTHER_UID;
	int ends[2], id = -1;
	struct peer peer;
	pid_t owner;

	if (!harness_other_users())
		SKIP("needs real root, to be another user");
	serve(&server);
	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	owner = fork();
	if (owner == 0) {
		struct ring ring;

		harness_become(&uid);
		if (ring_create(4, 65536, 0, &ring) != 0 ||
		    write(ends[1], &ring.id, sizeof(ring.id)) != sizeof(ring.id))
			_exit(1);
		for (;;)
			pause();
	}
	ck_assert_int_eq(read(ends[0], &id, sizeof(id)), sizeof(id));
	offer(&peer, id, 4, 65536);
	expect_refused(&peer, EACCES);
	ck_assert_int_eq(kill(owner, SIGKILL), 0);
	actors_wait(owner, WAIT_LIMIT_MS);
}

static void become_other(void *context)
{
	static uid_t uid = OTHER_UID;

	(void)context;
	harness_become(&uid);
}

/* Starts a daemon of another user; the peer is root. */
static void serve_as_other(void)
{
	ck_assert_int_eq(chmod(".", 0777), 0);
	server.prepare = become_other;
	serve(&server);
}

TEST(a_ring_that_was_not_given_is_refused)
{
	struct ring ring;
	struct peer peer;

	if (!harness_other_users())
		SKIP("needs real root, to be another user");
	serve_as_other();
	ck_assert_int_eq(ring_create(4, 65536, geteuid(), &ring), 0);
	offer(&peer, ring.id, 4, 65536);
	peer_ask(&peer, "pub/large", EVERYTHING);
	peer_expect_failure(&peer, FAILURE_BAD_REQUEST, EACCES);
	peer_close(&peer);
	ring_detach(&ring);
}

TEST(a_ring_that_may_only_be_read_is_refused)
{
	struct shmid_ds status;
	struct ring ring;
	struct peer peer;

	if (!harness_other_users())
		SKIP("needs real root, to be another user");
	serve_as_other();
	ck_assert_int_eq(ring_create(4, 65536, OTHER_UID, &ring), 0);
	ck_assert_int_eq(shmctl(ring.id, IPC_STAT, &status), 0);
	status.shm_perm.mode = 0400;
	ck_assert_int_eq(shmctl(ring.id, IPC_SET, &status), 0);
	offer(&peer, ring.id, 4, 65536);
	peer_ask(&peer, "pub/large", EVERYTHING);
	peer_expect_failure(&peer, FAILURE_BAD_REQUEST, EACCES);
	peer_close(&peer);
	ring_detach(&ring);
}

TEST(another_user_fetches_through_a_ring)
{
	if (!harness_other_users())
		SKIP("needs real root, to be another user");
	serve(&server);
	client.prepare = become_other;
	fetch(&client, "--transport=ring", "pub/large", NULL);
	expect_file(&client, "pub/large");
	await_only_daemon();
}

TEST(root_fetches_from_an_ordinary_daemon_through_a_ring)
{
	if (!harness_other_users())
		SKIP("needs real root, to be another user");
	serve_as_other();
	fetch(&client, "--transport=ring", "--server-user", harness_format("%d", OTHER_UID),
	      "pub/large", NULL);
	expect_file(&client, "pub/large");
}

/*
 * Huge pages without a reservation: a store to one is a SIGBUS.  With free huge pages in the
 * machine, the ring works as any other.
 */
TEST(a_segment_without_memory_is_a_failure_and_no_death)
{
	const size_t size = 2u << 20;
	struct peer peer;
	struct reply reply;
	int id = shmget(IPC_PRIVATE, size, IPC_CREAT | SHM_HUGETLB | SHM_NORESERVE | 0600);

	if (id < 0)
		SKIP("needs huge pages that were not reserved: %s", strerror(errno));
	serve(&server);
	offer(&peer, id, 1, (uint32_t)size);
	peer_ask(&peer, "pub/large", EVERYTHING);
	reply = peer_receive(&peer);
	if (reply.type == MESSAGE_FAILURE)
		ck_assert_int_ne(reply.body.failure.reason, FAILURE_WORKER_LOST);
	peer_close(&peer);
	ck_assert_int_eq(shmctl(id, IPC_RMID, NULL), 0);
	expect_still_serving();
	ck_assert(!msgfetchd_logged(&server, "signal"));
}

/* Receives and ignores all messages. */
static void drain(const struct peer *peer)
{
	static struct message message;

	while (queue_receive(peer->queue, &message, -MESSAGE_CREDIT, false) >= 0)
		;
}

/* Superfluous credits garble only the bytes of the same client. */
TEST(a_client_that_gives_more_than_it_has_harms_only_itself)
{
	const struct message credit = {.type = MESSAGE_CREDIT};
	static struct message message;
	struct ring ring;
	struct peer peer;

	serve(&server);
	ck_assert_int_eq(ring_create(2, 16384, geteuid(), &ring), 0);
	offer(&peer, ring.id, 2, 16384);
	peer_ask(&peer, "pub/large", EVERYTHING);
	WAIT_FOR(harness_count_children(server.pid, 0) == 1);
	for (int i = 0; i < 1000; i++)
		ck_assert_int_eq(queue_send(peer.queue, &credit, 0, false), 0);
	WAIT_FOR(queue_receive(peer.queue, &message, MESSAGE_PACK, false) >= 0);
	WAIT_FOR((drain(&peer), harness_count_children(server.pid, 0) == 0));
	ck_assert(!msgfetchd_logged(&server, "signal"));
	peer_close(&peer);
	ring_detach(&ring);
	expect_still_serving();
}

/* A client that returns no slot counts as stalled. */
TEST(a_client_that_gives_nothing_back_loses_its_worker)
{
	struct queue_info info;
	struct ring ring;
	struct peer peer;

	ck_assert_int_eq(mkdir("pub", 0755), 0);
	harness_write("pub/file", "text");
	harness_make_file("pub/large", LARGE, 1);
	harness_write("conf",
		      harness_format("stall-limit = 1\nexport \"pub\" { path = \"%s/pub\" }\n",
				     harness_directory()));
	msgfetchd_start(&server, "-c", harness_format("%s/conf", harness_directory()), NULL);
	ck_assert_int_eq(ring_create(4, 16384, geteuid(), &ring), 0);
	offer(&peer, ring.id, 4, 16384);
	peer_ask(&peer, "pub/large", EVERYTHING);
	WAIT_FOR(harness_count_children(server.pid, 0) == 1);
	WAIT_FOR(harness_count_children(server.pid, 0) == 0);
	ck_assert_int_eq(queue_inspect(peer.queue, &info), -EIDRM);
	peer_close(&peer);
	ring_detach(&ring);
	expect_still_serving();
}

/* Tests of a daemon that names bytes outside the ring. */

static struct fake fake;

static void expect_violation(uint16_t slot, uint32_t length)
{
	const struct stamp stamp = FAKE_STAMP(1 << 20);
	uint8_t text[64];

	fake_open(&fake);
	client_start(&client, "--ring=2x16K", "pub/file", NULL);
	fake_await(&fake);
	ck_assert_uint_eq(fake.request.ring_slots, 2);
	ck_assert_uint_eq(fake.request.ring_slot_bytes, 16384);
	fake_entry(&fake, stamp);
	fake_send(
		&fake, MESSAGE_DATA, text,
		reply_encode_head(text, MESSAGE_DATA, fake.request.serial, 0, 0, length, slot));
	client_finish(&client);
	expect_code(&client, CODE_ERROR, "protocol");
	ck_assert_uint_eq(client.output_length, 0);
	fake_close(&fake);
}

TEST(a_slot_that_is_not_there_is_refused)
{
	expect_violation(3, 16384);
	expect_violation(UINT16_MAX, 1);
}

TEST(a_slot_out_of_turn_is_refused)
{
	expect_violation(2, 16384);
}

TEST(more_than_a_slot_holds_is_refused)
{
	expect_violation(1, 16385);
	expect_violation(1, UINT32_MAX);
}

TEST(a_slot_without_a_ring_is_refused)
{
	uint8_t text[64];

	fake_open(&fake);
	client_start(&client, "--transport=inline", "pub/file", NULL);
	fake_await(&fake);
	ck_assert_uint_eq(fake.request.ring_slots, 0);
	fake_entry(&fake, FAKE_STAMP(10));
	fake_send(&fake, MESSAGE_DATA, text,
		  reply_encode_head(text, MESSAGE_DATA, fake.request.serial, 0, 0, 10, 1));
	client_finish(&client);
	expect_code(&client, CODE_ERROR, "protocol");
	fake_close(&fake);
}

/* Sends a PACK whose slot holds junk. */
TEST(junk_in_a_slot_is_refused)
{
	struct ring ring;
	uint8_t text[64];

	fake_open(&fake);
	client_start(&client, "--ring=2x16K", "pub/file", NULL);
	fake_await(&fake);
	ck_assert_int_eq(ring_attach(fake.request.ring, 2, 16384, geteuid(), &ring), 0);
	memset(ring.bytes, 0xff, 16384);
	fake_send(&fake, MESSAGE_PACK, text,
		  reply_encode_head(text, MESSAGE_PACK, fake.request.serial, 0, 0, 16384, 1));
	client_finish(&client);
	expect_code(&client, CODE_ERROR, "protocol");
	ring_detach(&ring);
	fake_close(&fake);
}

int main(void)
{
	return harness_main("integration/ring", HARNESS_IPC);
}
