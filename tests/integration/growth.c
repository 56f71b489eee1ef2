/* SPDX-License-Identifier: ISC */
/*
 * integration/growth: files that change while they are sent. A file that only grew is a
 * success.
 */
#include "config.h"

#include "tests/support/actors.h"
#include "tests/support/harness.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	LARGE = 3 << 20,
	ADDED = 11, /* bytes */
	CODE_ERROR = 1,
	CODE_CHANGED = 7,
};

static const struct served files[] = {{.name = "tree/"},
				      {"tree/large", .size = LARGE, .seed = 1},
				      {.name = "empty"},
				      {.name = NULL}};

static struct msgfetchd server;
static struct client client;
static struct peer peer;

/* Writes bytes at offset, -1: at the end, and sets another time of change. */
static void write_at(const char *name, off_t offset)
{
	static const char bytes[ADDED] = "more bytes";
	const struct timespec times[] = {{.tv_sec = 1}, {.tv_sec = 1}};
	int file = open(name, O_WRONLY | O_CLOEXEC);

	ck_assert_int_ge(file, 0);
	if (offset < 0)
		offset = lseek(file, 0, SEEK_END);
	ck_assert_int_eq(pwrite(file, bytes, ADDED, offset), ADDED);
	ck_assert_int_eq(futimens(file, times), 0);
	close(file);
}

static void append(const char *name)
{
	write_at(name, -1);
}

/* Asks for path, and waits until the worker has filled the queue and stands still. */
static void begin(const char *path, uint32_t flags, uint64_t offset, uint64_t length)
{
	serve(&server, .files = files);
	peer_open(&peer);
	peer.request.offset = offset;
	peer.request.length = length;
	peer_ask(&peer, path, flags);
	WAIT_FOR(peer_count_messages(&peer) >= 2);
}

/* Receives all up to an END or a FAILURE of the current file. */
static struct reply finish(void)
{
	struct reply reply;

	do
		reply = peer_receive(&peer);
	while (reply.type == MESSAGE_ENTRY || reply.type == MESSAGE_DATA);
	peer_close(&peer);
	return reply;
}

/* Expects the END of a file that grew from LARGE bytes, at offset. */
static void expect_grown(const struct reply *reply, uint64_t offset)
{
	ck_assert_int_eq(reply->type, MESSAGE_END);
	ck_assert_uint_eq(reply->body.end.wire.offset, offset);
	ck_assert_uint_eq(reply->body.end.wire.stamp.size, LARGE + ADDED);
}

static void expect_changed(const struct reply *reply)
{
	ck_assert_int_eq(reply->type, MESSAGE_FAILURE);
	ck_assert_int_eq(reply->body.failure.reason, FAILURE_CHANGED);
}

TEST(the_end_of_a_file_that_grew_has_the_new_stamp)
{
	struct reply reply;

	begin("pub/tree/large", 0, 0, 0);
	append("pub/tree/large");
	reply = finish();
	expect_grown(&reply, LARGE);
}

TEST(a_range_of_a_growing_file_keeps_its_end)
{
	struct reply reply;

	begin("pub/tree/large", REQUEST_RANGE, 100, 1000000);
	append("pub/tree/large");
	reply = finish();
	expect_grown(&reply, 1000100);
}

TEST(the_last_bytes_of_a_file_that_grows_are_the_last_ones_at_its_start)
{
	struct reply reply;

	begin("pub/tree/large", REQUEST_RANGE | REQUEST_TAIL, 0, 1000000);
	append("pub/tree/large");
	reply = finish();
	expect_grown(&reply, LARGE);
}

TEST(a_file_in_a_tree_may_grow)
{
	struct reply reply;

	begin("pub/tree", REQUEST_LIST | REQUEST_RECURSE, 0, 0);
	append("pub/tree/large");
	reply = finish();
	expect_grown(&reply, LARGE);
}

TEST(a_file_that_shrinks_is_refused)
{
	struct reply reply;

	begin("pub/tree/large", 0, 0, 0);
	ck_assert_int_eq(truncate("pub/tree/large", LARGE - 1), 0);
	reply = finish();
	expect_changed(&reply);
}

TEST(a_file_that_is_changed_in_place_is_refused)
{
	struct reply reply;

	begin("pub/tree/large", 0, 0, 0);
	write_at("pub/tree/large", LARGE - ADDED);
	reply = finish();
	expect_changed(&reply);
}

/* Fetches to a pipe that nobody reads, while the file grows. */
static void fetch_growing(const char *option)
{
	serve(&server, .files = files);
	client_start(&client, "pub/tree/large", option, NULL);
	client_await_standstill(&client);
	append("pub/tree/large");
	client_finish(&client);
}

TEST(the_command_fetches_a_growing_file_up_to_its_first_size)
{
	size_t length;
	const char *bytes;

	fetch_growing(NULL);
	expect_code(&client, 0, NULL);
	ck_assert_str_eq(client.errors, "");
	bytes = harness_read("pub/tree/large", &length);
	ck_assert_uint_eq(length, LARGE + ADDED);
	ck_assert_uint_eq(client.output_length, LARGE);
	ck_assert_mem_eq(client.output, bytes, LARGE);
}

TEST(verbose_tells_that_a_file_grew)
{
	fetch_growing("-v");
	expect_code(&client, 0, "pub/tree/large: grew during the transfer");
}

TEST(strict_refuses_a_file_that_grew)
{
	fetch_growing("--strict");
	expect_code(&client, CODE_CHANGED, "pub/tree/large: grew during the transfer");
}

TEST(a_file_of_proc_fails_with_its_reason)
{
	msgfetchd_start(&server, "-e", "proc=/proc/sys/kernel", NULL);
	fetch(&client, "proc/ostype", NULL);
	expect_code(&client, CODE_ERROR, "has content but reports size 0");
}

/* A file of sysfs has 4096 bytes by its size, and mostly fewer by its content. */
TEST(a_file_with_less_content_than_its_size_fails_with_its_reason)
{
	msgfetchd_start(&server, "-e", "sys=/sys/kernel", NULL);
	fetch(&client, "sys/uevent_seqnum", NULL);
	expect_code(&client, CODE_ERROR, "sys/uevent_seqnum: has less content than its size");
}

TEST(an_empty_file_is_a_success)
{
	serve(&server, .files = files);
	fetch(&client, "pub/empty", NULL);
	expect_file(&client, "pub/empty");
}

int main(void)
{
	return harness_main("integration/growth", HARNESS_IPC);
}
