/* SPDX-License-Identifier: ISC */
/* integration/digest: the digests that come with files, against those of sha256sum and xxhsum.
 */
#include "config.h"

#include "tests/support/actors.h"
#include "tests/support/harness.h"
#include "tests/support/seen.h"

#include "common/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LARGE = 5000001 }; /* several slots and a bit */

static struct msgfetchd server;
static struct client tool;
static struct seen seen;

static const struct served files[] = {{"small", .size = 1000, .seed = 1},
				      {"large", .size = LARGE, .seed = 2},
				      {.name = "empty"},
				      {.name = NULL}};

static const struct seen_entry *ask(const char *path, uint32_t flags, const struct ring *ring)
{
	struct peer peer;

	peer_open(&peer);
	seen_ask(&seen, &peer, OPERATION_FETCH, path, flags, ring);
	peer_close(&peer);
	ck_assert_int_eq(seen.reason, 0);
	return &seen.list[0];
}

/* Returns the digest of a file that a system tool prints. */
static const char *digest_by_tool(uint32_t kind, const char *file)
{
	const char *const sha256[] = {"sha256sum", file, NULL};
	const char *const xxh3[] = {"xxhsum", "-H3", "--tag", file, NULL};
	struct spawn spawn = {.program = "/usr/bin/env",
			      .arguments = kind == REQUEST_XXH3 ? xxh3 : sha256};
	char *digest;

	actors_run(&tool, &spawn);
	if (tool.code == 127)
		return NULL;
	expect_code(&tool, 0, NULL);
	digest = tool.output;
	if (kind == REQUEST_XXH3)
		digest = strstr(digest, " = ") + 3;
	digest[strcspn(digest, " \n")] = '\0';
	return digest;
}

static const char *text_of(const struct digest *digest)
{
	char text[2 * DIGEST_BYTES_MAX + 1] = "";

	for (size_t i = 0; i < digest->length; i++)
		snprintf(text + 2 * i, 3, "%02x", digest->bytes[i]);
	return harness_format("%s", text);
}

static bool have_xxhsum(void)
{
	return digest_by_tool(REQUEST_XXH3, "/dev/null") != NULL;
}

/* Asserts that the whole file came, with the digest that a tool computes. */
static void expect(const struct seen_entry *entry, uint32_t kind, const char *file)
{
	size_t length;
	const char *bytes = harness_read(file, &length);

	ck_assert_int_eq(entry->error, 0);
	ck_assert(entry->ended);
	ck_assert_uint_eq(entry->offset, length);
	ck_assert_mem_eq(entry->bytes, bytes, length);
	ck_assert_str_eq(text_of(&entry->digest), digest_by_tool(kind, file));
}

static void expect_all_ways(uint32_t kind)
{
	static const char *const paths[] = {"pub/empty", "pub/small", "pub/large"};
	struct ring ring;

	serve(&server, .files = files);
	ck_assert_int_eq(ring_create(3, 65536, geteuid(), &ring), 0);
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		expect(ask(paths[i], kind, NULL), kind, paths[i]);
		expect(ask(paths[i], kind | REQUEST_PACK, NULL), kind, paths[i]);
		expect(ask(paths[i], kind | REQUEST_PACK, &ring), kind, paths[i]);
		expect(ask(paths[i], kind | REQUEST_PACK | REQUEST_BULK, &ring), kind,
		       paths[i]);
	}
	ring_detach(&ring);
}

TEST(sha256_is_that_of_sha256sum)
{
	expect_all_ways(REQUEST_SHA256);
}

TEST(xxh3_is_that_of_xxhsum)
{
	if (!have_xxhsum())
		SKIP("needs xxhsum");
	expect_all_ways(REQUEST_XXH3);
}

TEST(a_file_without_a_requested_digest_has_none)
{
	serve(&server, .files = files);
	ck_assert_uint_eq(ask("pub/small", 0, NULL)->digest.length, 0);
	ck_assert_uint_eq(ask("pub/small", REQUEST_PACK, NULL)->digest.length, 0);
}

TEST(each_file_of_a_tree_has_a_digest)
{
	serve(&server, .files = files);
	ask("pub", REQUEST_SHA256 | REQUEST_RECURSE | REQUEST_PACK, NULL);
	ck_assert_uint_eq(seen.count, 4);
	expect(seen_find(&seen, "small"), REQUEST_SHA256, "pub/small");
	expect(seen_find(&seen, "empty"), REQUEST_SHA256, "pub/empty");
	expect(seen_find(&seen, "large"), REQUEST_SHA256, "pub/large");
	ck_assert_uint_eq(seen_find(&seen, "")->digest.length, 0);
}

/* Holes. */

TEST(holes_count_as_zeros)
{
	const uint64_t offsets[] = {0, 100 * SPARSE_BLOCK, 101 * SPARSE_BLOCK,
				    900 * SPARSE_BLOCK};

	serve(&server, .files = files);
	harness_make_sparse("pub/sparse", 1000 * SPARSE_BLOCK + 77, offsets, 4);
	harness_make_sparse("pub/hole", 1000 * SPARSE_BLOCK, offsets, 0);
	expect(ask("pub/sparse", REQUEST_SHA256, NULL), REQUEST_SHA256, "pub/sparse");
	expect(ask("pub/sparse", REQUEST_SHA256 | REQUEST_HOLES, NULL), REQUEST_SHA256,
	       "pub/sparse");
	ck_assert_uint_le(seen.list[0].come, 5 * SPARSE_BLOCK);
	expect(ask("pub/hole", REQUEST_SHA256 | REQUEST_HOLES | REQUEST_PACK, NULL),
	       REQUEST_SHA256, "pub/hole");
	ck_assert_uint_eq(seen.list[0].come, 0);
}

/* Computes the digest of size zero bytes, a whole number of MiB, one piece after another. */
static struct digest digest_of_zeros(uint64_t size)
{
	static const uint8_t zeros[1 << 20];
	struct digester *digester = digester_open(REQUEST_XXH3);
	struct digest digest;

	ck_assert_ptr_nonnull(digester);
	digester_begin(digester);
	for (uint64_t done = 0; done < size; done += sizeof(zeros))
		digester_add(digester, zeros, sizeof(zeros));
	digest = digester_end(digester);
	digester_close(digester);
	return digest;
}

TEST(a_long_hole_is_sent_with_signs_of_life)
{
	const uint64_t size = 600ull << 20;
	unsigned zeros = 0;
	struct digest digest;
	struct reply reply;
	struct peer peer;

	serve(&server, .files = files);
	harness_make_sparse("pub/hole", size, NULL, 0);
	peer_open(&peer);
	peer_ask(&peer, "pub/hole", REQUEST_HOLES | REQUEST_XXH3);
	ck_assert_int_eq(peer_receive(&peer).type, MESSAGE_ENTRY);
	for (reply = peer_receive(&peer); reply.type == MESSAGE_DATA;
	     reply = peer_receive(&peer)) {
		ck_assert_uint_eq(reply.body.data.length, 1);
		ck_assert_uint_eq(reply.body.data.bytes[0], 0);
		zeros++;
	}
	ck_assert_uint_eq(zeros, 2);
	ck_assert_int_eq(reply.type, MESSAGE_END);
	ck_assert_uint_eq(reply.body.end.wire.offset, size);
	digest = digest_of_zeros(size);
	ck_assert_str_eq(text_of(&reply.body.end.digest), text_of(&digest));
	peer_close(&peer);
}

/* Resumed. */

static const struct seen_entry *ask_rest(const char *path, uint64_t offset, uint32_t flags)
{
	const struct stamp stamp = ask(path, 0, NULL)->wire.stamp;
	struct peer peer;

	peer_open(&peer);
	peer.request.offset = offset;
	peer.request.stamp = stamp;
	seen_ask(&seen, &peer, OPERATION_FETCH, path, flags | REQUEST_RESUME | REQUEST_SHA256,
		 NULL);
	peer_close(&peer);
	return &seen.list[0];
}

static void expect_rest(const char *file, uint64_t offset, uint32_t flags, uint64_t bytes)
{
	const struct seen_entry *entry = ask_rest(file, offset, flags);

	ck_assert(entry->ended);
	ck_assert_uint_eq(entry->come, bytes);
	ck_assert_str_eq(text_of(&entry->digest), digest_by_tool(REQUEST_SHA256, file));
}

TEST(a_resumed_file_has_the_digest_of_the_whole)
{
	serve(&server, .files = files);
	expect_rest("pub/large", 1, 0, LARGE - 1);
	expect_rest("pub/large", LARGE / 2, REQUEST_PACK, LARGE - LARGE / 2);
	expect_rest("pub/large", LARGE, 0, 0);
	expect_rest("pub/empty", 0, 0, 0);
}

TEST(holes_before_the_resumed_part_count_as_zeros)
{
	const uint64_t offsets[] = {3 * SPARSE_BLOCK, 100 * SPARSE_BLOCK};

	serve(&server, .files = files);
	harness_make_sparse("pub/sparse", 200 * SPARSE_BLOCK, offsets, 2);
	expect_rest("pub/sparse", 50 * SPARSE_BLOCK + 3, REQUEST_HOLES, SPARSE_BLOCK);
	expect_rest("pub/sparse", 100 * SPARSE_BLOCK + 1, REQUEST_HOLES, SPARSE_BLOCK - 1);
	expect_rest("pub/sparse", 200 * SPARSE_BLOCK, REQUEST_HOLES, 0);
}

/* Changed meanwhile. */

TEST(a_file_that_changes_has_no_digest)
{
	struct reply reply;
	struct peer peer;
	int fd;

	serve(&server, .files = files);
	peer_open(&peer);
	peer_ask(&peer, "pub/large", REQUEST_SHA256);
	ck_assert_int_eq(peer_receive(&peer).type, MESSAGE_ENTRY);
	/* The queue is full before the end of the file: the worker waits. */
	fd = open("pub/large", O_WRONLY | O_CLOEXEC);
	ck_assert_int_eq(pwrite(fd, "changed", 7, 17), 7);
	close(fd);
	do
		reply = peer_receive(&peer);
	while (reply.type == MESSAGE_DATA);
	ck_assert_int_eq(reply.type, MESSAGE_FAILURE);
	ck_assert_int_eq(reply.body.failure.reason, FAILURE_CHANGED);
	peer_close(&peer);
}

int main(void)
{
	return harness_main("integration/digest", HARNESS_IPC);
}
