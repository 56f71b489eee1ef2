/* SPDX-License-Identifier: ISC */
/*
 * integration/classic: the clients of the book in both layouts.  As in the book, they use the
 * kernel's calls directly, without a ticket or a header.
 */
#include "config.h"

#include "tests/support/actors.h"
#include "tests/support/harness.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/stat.h>
#include <unistd.h>

#define LARGE (1 << 20) /* more than a queue holds */

enum { CLASSIC_FAILURE = 1, CLASSIC_DATA = 2, CLASSIC_END = 3 };

struct request_large {
	long type;
	int queue;
	char path[4096];
};

struct request_small {
	long type;
	int queue;
	char path[256];
	char padding[4]; /* as the compiler of a 64-bit machine adds */
};

struct response {
	long type;
	char data[8192];
};

struct classic {
	bool small;
	size_t padding; /* bytes sent after the path */
	int queue;
	size_t longest; /* length of the longest response so far */
	char *bytes;    /* of the file */
	size_t length;
	char failure[8192];
};

static struct msgfetchd server;

static void serve_all(const char *settings)
{
	const char *directory = harness_directory();

	ck_assert_int_eq(mkdir("all", 0755), 0);
	harness_make_file("all/file", 20001, 1);
	harness_make_file("all/large", LARGE, 2);
	harness_write("all/empty", "");
	harness_write("conf", harness_format("%s\nexport \"/\" { path = \"%s/all\" }\n",
					     settings, directory));
	msgfetchd_start(&server, "-c", harness_format("%s/conf", directory), NULL);
}

static void serve_classic(void)
{
	serve_all("classic-clients = true");
}

static void send_large(int queue, const char *path, size_t length)
{
	struct request_large request = {.type = 1, .queue = queue};

	memcpy(request.path, path, length);
	ck_assert_int_eq(msgsnd(msgget(TEST_KEY, 0), &request,
				sizeof(request.queue) + sizeof(request.path), 0),
			 0);
}

static void send_small(int queue, const char *path, size_t length, size_t padding)
{
	struct request_small request = {.type = 1, .queue = queue};

	ck_assert_uint_le(padding, sizeof(request.padding));
	memcpy(request.path, path, length);
	ck_assert_int_eq(msgsnd(msgget(TEST_KEY, 0), &request,
				sizeof(request.queue) + sizeof(request.path) + padding, 0),
			 0);
}

/* Sends a request of so many bytes, whose id has the size of an int or of a long. */
static void send_any(int queue, size_t id_bytes, const char *path, size_t length)
{
	struct {
		long type;
		char text[8192];
	} request = {.type = 77};
	long id = queue;

	memcpy(request.text, &id, id_bytes);
	memcpy(request.text + id_bytes, path,
	       strlen(path) < length - id_bytes ? strlen(path) : length - id_bytes);
	ck_assert_int_eq(msgsnd(msgget(TEST_KEY, 0), &request, length, 0), 0);
}

static void ask(struct classic *classic, const char *path)
{
	classic->queue = msgget(IPC_PRIVATE, S_IRUSR | S_IWUSR | S_IWGRP);
	ck_assert_int_ge(classic->queue, 0);
	if (classic->small)
		send_small(classic->queue, path, strlen(path) + 1, classic->padding);
	else
		send_large(classic->queue, path, strlen(path) + 1);
}

/* Receives the next response and returns the length. */
static size_t receive(struct classic *classic, struct response *response)
{
	ssize_t length = -1;

	WAIT_FOR((length = msgrcv(classic->queue, response, sizeof(response->data), 0,
				  IPC_NOWAIT)) >= 0 ||
		 errno != ENOMSG);
	ck_assert_msg(length >= 0, "msgrcv: %s", strerror(errno));
	if ((size_t)length > classic->longest)
		classic->longest = (size_t)length;
	return (size_t)length;
}

/* Receives all responses and returns the type of the last one. */
static long take_all(struct classic *classic)
{
	struct response response;
	size_t length;

	classic->bytes = harness_keep(malloc(LARGE + sizeof(response.data)));
	for (;;) {
		length = receive(classic, &response);
		if (response.type != CLASSIC_DATA)
			break;
		ck_assert_uint_le(classic->length + length, LARGE + sizeof(response.data));
		memcpy(classic->bytes + classic->length, response.data, length);
		classic->length += length;
	}
	if (response.type == CLASSIC_FAILURE) {
		ck_assert_uint_gt(length, 0);
		ck_assert_int_eq(response.data[length - 1], '\0');
		memcpy(classic->failure, response.data, length);
	} else {
		ck_assert_uint_eq(length, 0);
	}
	return response.type;
}

static void finish(struct classic *classic)
{
	ck_assert_int_eq(msgctl(classic->queue, IPC_RMID, NULL), 0);
}

static void expect_classic_file(bool small, const char *path, const char *file)
{
	struct classic classic = {.small = small};
	size_t length;
	const char *bytes = harness_read(file, &length);

	ask(&classic, path);
	ck_assert_int_eq(take_all(&classic), CLASSIC_END);
	ck_assert_uint_eq(classic.length, length);
	ck_assert_int_eq(memcmp(classic.bytes, bytes, length), 0);
	ck_assert_uint_le(classic.longest, small ? 4096 : 8192);
	finish(&classic);
}

static void expect_classic_failure(bool small, const char *path, const char *text)
{
	struct classic classic = {.small = small};

	ask(&classic, path);
	ck_assert_int_eq(take_all(&classic), CLASSIC_FAILURE);
	ck_assert_uint_eq(classic.length, 0);
	ck_assert_uint_gt(strlen(classic.failure), 0);
	if (text != NULL)
		ck_assert_msg(strstr(classic.failure, text) != NULL, "\"%s\"", classic.failure);
	ck_assert_uint_le(classic.longest, small ? 4096 : 8192);
	finish(&classic);
}

TEST(the_large_layout_fetches_a_file)
{
	serve_classic();
	expect_classic_file(false, "/file", "all/file");
}

TEST(the_small_layout_fetches_a_file)
{
	serve_classic();
	expect_classic_file(true, "/file", "all/file");
}

TEST(the_padded_small_layout_fetches_a_file)
{
	struct classic classic = {.small = true, .padding = 4};
	size_t length;
	const char *bytes;

	serve_classic();
	bytes = harness_read("all/file", &length);
	ask(&classic, "/file");
	ck_assert_int_eq(take_all(&classic), CLASSIC_END);
	ck_assert_uint_eq(classic.length, length);
	ck_assert_int_eq(memcmp(classic.bytes, bytes, length), 0);
	finish(&classic);
}

static void expect_any(size_t id_bytes, const char *path, size_t length)
{
	struct classic classic = {.small = true};
	size_t bytes;
	const char *file = harness_read("all/file", &bytes);

	classic.queue = msgget(IPC_PRIVATE, 0620);
	ck_assert_int_ge(classic.queue, 0);
	send_any(classic.queue, id_bytes, path, length);
	ck_assert_int_eq(take_all(&classic), CLASSIC_END);
	ck_assert_uint_eq(classic.length, bytes);
	ck_assert_mem_eq(classic.bytes, file, bytes);
	/* The buffer of such a client is not known. */
	if (length != 260 && length != 4104)
		ck_assert_uint_le(classic.longest, 512);
	finish(&classic);
}

TEST(a_field_of_any_size_is_served)
{
	static const size_t lengths[] = {304, 520, 1028, 4104, 5000};

	serve_classic();
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
		expect_any(sizeof(int), "/file", lengths[i]);
}

TEST(a_request_that_ends_with_its_path_is_served)
{
	serve_classic();
	expect_any(sizeof(int), "/file", sizeof(int) + sizeof("/file"));
	expect_any(sizeof(int), "/file", sizeof(int) + strlen("/file"));
}

TEST(a_queue_id_of_type_long_is_understood)
{
	serve_classic();
	expect_any(sizeof(long), "/file", sizeof(long) + 256 + 44);
	expect_any(sizeof(long), "/file", sizeof(long) + strlen("/file"));
}

static void expect_answer(const char *path, size_t length, const char *text)
{
	struct classic classic = {0};

	classic.queue = msgget(IPC_PRIVATE, 0620);
	send_any(classic.queue, sizeof(int), path, length);
	ck_assert_int_eq(take_all(&classic), CLASSIC_FAILURE);
	ck_assert_str_eq(classic.failure, text);
	finish(&classic);
}

TEST(a_path_that_cannot_be_served_is_answered)
{
	char *path = harness_keep(malloc(6001));

	serve_classic();
	for (size_t i = 0; i < 6000; i++)
		path[i] = i % 100 == 0 ? '/' : 'a';
	path[6000] = '\0';
	expect_answer("", 5, "the path is empty");
	expect_answer("", 260, "the path is empty");
	expect_answer("", 4100, "the path is empty");
	expect_answer(path, 6005, "the path is too long");
	expect_answer(path, 4100, "the path is too long");
}

TEST(the_large_layout_fetches_a_large_file)
{
	serve_classic();
	expect_classic_file(false, "/large", "all/large");
}

TEST(the_small_layout_fetches_a_large_file)
{
	serve_classic();
	expect_classic_file(true, "/large", "all/large");
}

TEST(both_layouts_fetch_an_empty_file)
{
	serve_classic();
	expect_classic_file(false, "/empty", "all/empty");
	expect_classic_file(true, "/empty", "all/empty");
}

TEST(both_layouts_get_holes_as_zeros)
{
	const uint64_t at = 32 * SPARSE_BLOCK;

	serve_classic();
	harness_make_sparse("all/sparse", 500000, &at, 1);
	expect_classic_file(false, "/sparse", "all/sparse");
	expect_classic_file(true, "/sparse", "all/sparse");
}

TEST(both_layouts_are_told_of_a_missing_file)
{
	serve_classic();
	expect_classic_failure(false, "/missing", "No such file");
	expect_classic_failure(true, "/missing", "No such file");
}

TEST(both_layouts_are_refused_other_than_regular_files)
{
	serve_classic();
	ck_assert_int_eq(mkdir("all/dir", 0755), 0);
	ck_assert_int_eq(mkfifo("all/fifo", 0666), 0);
	expect_classic_failure(false, "/dir", "is a directory");
	expect_classic_failure(true, "/fifo", "is not a regular file");
}

TEST(a_file_of_proc_fails_with_its_reason)
{
	serve_all("classic-clients = true\nexport \"proc\" { path = \"/proc/sys/kernel\" }");
	expect_classic_failure(false, "proc/ostype", "has content but reports size 0");
}

/* A file of sysfs has 4096 bytes by its size, and mostly fewer by its content. */
TEST(a_file_with_less_content_than_its_size_fails_with_its_reason)
{
	struct classic classic = {.small = false};

	serve_all("classic-clients = true\nexport \"sys\" { path = \"/sys/kernel\" }");
	ask(&classic, "sys/uevent_seqnum");
	ck_assert_int_eq(take_all(&classic), CLASSIC_FAILURE);
	ck_assert_uint_gt(classic.length, 0);
	ck_assert_ptr_nonnull(strstr(classic.failure, "has less content than its size"));
	finish(&classic);
}

TEST(both_layouts_cannot_leave_the_export)
{
	serve_classic();
	harness_write("secret", "secret");
	expect_classic_failure(false, "/../secret", "leads out of the export");
	expect_classic_failure(true, "/../secret", "leads out of the export");
}

TEST(a_path_that_fills_its_field_is_served)
{
	char path[256];

	serve_classic();
	memset(path, '/', sizeof(path));
	memcpy(path + sizeof(path) - 5, "file", 5);
	expect_classic_file(true, path, "all/file");
}

TEST(current_and_classic_clients_are_served_side_by_side)
{
	struct client client = {0};
	struct classic classic = {.small = false};

	serve_classic();
	ask(&classic, "/large");
	fetch(&client, "file", NULL);
	expect_file(&client, "all/file");
	ck_assert_int_eq(take_all(&classic), CLASSIC_END);
	ck_assert_uint_eq(classic.length, LARGE);
	finish(&classic);
}

TEST(a_path_without_its_nul_is_taken_as_it_is)
{
	char path[257];

	serve_classic();
	memset(path, '/', sizeof(path));
	memcpy(path + 256 - 4, "file", sizeof("file"));
	expect_any(sizeof(int), path, sizeof(int) + 256);
	memcpy(path + 256 - 4, "none", sizeof("none"));
	expect_answer(path, sizeof(int) + 256, "No such file or directory");
}

static void expect_dropped(void)
{
	msgfetchd_await_log(&server, "dropped");
	expect_classic_file(false, "/file", "all/file");
}

TEST(a_bad_queue_id_is_dropped)
{
	serve_classic();
	send_large(-1, "/file", 6);
	send_small(INT_MAX, "/file", 6, 0);
	expect_dropped();
}

TEST(a_queue_that_the_daemon_cannot_write_to_is_named)
{
	uid_t uid = OTHER_UID;
	int queue;

	if (!harness_other_users())
		SKIP("needs real root, to be another user");
	server.prepare = harness_become;
	server.context = &uid;
	serve_classic();
	queue = msgget(IPC_PRIVATE, 0600);
	send_large(queue, "/file", 6);
	msgfetchd_await_log(&server, harness_format("queue %d of uid 0 (mode 0600): cannot "
						    "write, so the client gets no answer; see "
						    "\"Classic clients\" in msgfetchd.conf(5)",
						    queue));
	WAIT_FOR(harness_count_children(server.pid, 0) == 0);
	ck_assert_int_eq(msgctl(queue, IPC_RMID, NULL), 0);
}

TEST(another_users_queue_that_is_open_to_the_daemon_is_served)
{
	uid_t uid = OTHER_UID;
	struct classic classic = {.small = true};
	struct msqid_ds status;

	if (!harness_other_users())
		SKIP("needs real root, to be another user");
	server.prepare = harness_become;
	server.context = &uid;
	serve_classic();
	classic.queue = msgget(IPC_PRIVATE, 0622);
	send_small(classic.queue, "/file", 6, 0);
	ck_assert_int_eq(take_all(&classic), CLASSIC_END);
	ck_assert_uint_eq(classic.length, 20001);
	ck_assert_int_eq(msgctl(classic.queue, IPC_STAT, &status), 0);
	finish(&classic);
}

TEST(a_current_clients_queue_cannot_be_aimed_at)
{
	uid_t uid = OTHER_UID;
	struct peer victim;

	if (!harness_other_users())
		SKIP("needs real root, to be another user");
	server.prepare = harness_become;
	server.context = &uid;
	serve_classic();
	peer_open(&victim);
	send_large(victim.queue, "/file", 6);
	msgfetchd_await_log(&server, "dropped");
	peer_ask(&victim, "file", 0);
	peer_expect_file(&victim, "all/file");
	peer_close(&victim);
}

TEST(a_classic_client_that_goes_leaves_no_worker)
{
	struct classic classic = {.small = false};
	struct response response;

	serve_classic();
	ask(&classic, "/large");
	receive(&classic, &response);
	finish(&classic);
	WAIT_FOR(harness_count_children(server.pid, 0) == 0);
}

TEST(a_file_that_grows_comes_up_to_its_first_size)
{
	struct classic classic = {.small = false};
	struct response response;
	size_t length;

	serve_classic();
	ask(&classic, "/large");
	length = receive(&classic, &response);
	ck_assert_int_eq(truncate("all/large", LARGE + 10), 0);
	ck_assert_int_eq(take_all(&classic), CLASSIC_END);
	ck_assert_uint_eq(length + classic.length, LARGE);
	finish(&classic);
}

TEST(a_file_that_is_written_to_meanwhile_fails)
{
	struct classic classic = {.small = false};
	struct response response;
	int file;

	serve_classic();
	ask(&classic, "/large");
	(void)receive(&classic, &response);
	file = open("all/large", O_WRONLY | O_CLOEXEC);
	ck_assert_int_eq(pwrite(file, "changed", 7, LARGE / 2), 7);
	close(file);
	ck_assert_int_eq(take_all(&classic), CLASSIC_FAILURE);
	ck_assert_str_eq(classic.failure, "the file changed while it was sent");
	finish(&classic);
}

TEST(a_file_that_shrinks_meanwhile_fails)
{
	struct classic classic = {.small = false};
	struct response response;

	serve_classic();
	ask(&classic, "/large");
	(void)receive(&classic, &response);
	ck_assert_int_eq(truncate("all/large", LARGE - 1), 0);
	ck_assert_int_eq(take_all(&classic), CLASSIC_FAILURE);
	finish(&classic);
}

TEST(a_classic_client_is_told_when_its_worker_is_killed)
{
	struct classic classic = {.small = false};
	struct response response;

	serve_classic();
	ask(&classic, "/large");
	receive(&classic, &response);
	ck_assert_int_eq(kill(harness_only_child(server.pid), SIGKILL), 0);
	ck_assert_int_eq(take_all(&classic), CLASSIC_FAILURE);
	finish(&classic);
}

TEST(a_classic_queue_is_never_removed_by_the_daemon)
{
	struct classic classic = {.small = false};
	struct response response;
	struct msqid_ds status;

	serve_all("classic-clients = true\nstall-limit = 1");
	ask(&classic, "/large");
	receive(&classic, &response);
	WAIT_FOR(harness_count_children(server.pid, 0) == 0);
	ck_assert_int_eq(msgctl(classic.queue, IPC_STAT, &status), 0);
	finish(&classic);
}

TEST(switched_off_both_layouts_are_dropped)
{
	struct response response;
	int queue = msgget(IPC_PRIVATE, 0620);
	struct client client = {0};

	serve_all("classic-clients = false");
	send_large(queue, "/file", 6);
	send_small(queue, "/file", 6, 0);
	msgfetchd_await_log(&server, "dropped");
	fetch(&client, "file", NULL);
	expect_file(&client, "all/file");
	ck_assert_int_eq(msgrcv(queue, &response, sizeof(response.data), 0, IPC_NOWAIT), -1);
	ck_assert_int_eq(msgctl(queue, IPC_RMID, NULL), 0);
}

int main(void)
{
	return harness_main("integration/classic", HARNESS_IPC);
}
