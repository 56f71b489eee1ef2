/* SPDX-License-Identifier: ISC */
/* integration/range: parts of files that RANGE and TAIL select. */
#include "config.h"

#include "tests/support/actors.h"
#include "tests/support/harness.h"
#include "tests/support/seen.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LARGE = 3 << 20 };

static struct msgfetchd server;
static struct seen seen;

static const struct served files[] = {{"file", .size = 1000, .seed = 1},
				      {"large", .size = LARGE, .seed = 2},
				      {.name = "empty"},
				      {.name = NULL}};

static const struct seen_entry *ask(const char *path, uint32_t flags, uint64_t offset,
				    uint64_t length, const struct ring *ring)
{
	struct peer peer;

	peer_open(&peer);
	peer.request.offset = offset;
	peer.request.length = length;
	seen_ask(&seen, &peer, OPERATION_FETCH, path, flags | REQUEST_RANGE, ring);
	peer_close(&peer);
	ck_assert_int_eq(seen.reason, 0);
	ck_assert_uint_eq(seen.count, 1);
	return &seen.list[0];
}

/* Expects the bytes from first to last - 1, and no others. */
static void expect(const struct seen_entry *entry, const char *file, uint64_t first,
		   uint64_t last)
{
	size_t length;
	const char *bytes = harness_read(file, &length);

	ck_assert_int_eq(entry->error, 0);
	ck_assert(entry->ended);
	ck_assert_uint_eq(entry->wire.stamp.size, length);
	ck_assert_uint_eq(entry->offset, last);
	ck_assert_uint_eq(entry->come, last - first);
	if (last > first)
		ck_assert_uint_eq(entry->from, first);
	ck_assert_mem_eq(entry->bytes + first, bytes + first, (size_t)(last - first));
}

static void expect_none(const struct seen_entry *entry)
{
	ck_assert_int_eq(entry->reason, FAILURE_RANGE);
	ck_assert_int_eq(entry->error, ERANGE);
	ck_assert(!entry->ended);
	ck_assert_uint_eq(entry->come, 0);
}

TEST(the_first_hundred_bytes_come)
{
	serve(&server, .files = files);
	expect(ask("pub/file", 0, 0, 100, NULL), "pub/file", 0, 100);
}

TEST(all_from_a_byte_on_comes)
{
	serve(&server, .files = files);
	expect(ask("pub/file", 0, 100, 0, NULL), "pub/file", 100, 1000);
	expect(ask("pub/file", 0, 999, 0, NULL), "pub/file", 999, 1000);
	expect(ask("pub/file", 0, 0, 0, NULL), "pub/file", 0, 1000);
}

TEST(bytes_within_a_file_are_sent)
{
	serve(&server, .files = files);
	expect(ask("pub/file", 0, 500, 7, NULL), "pub/file", 500, 507);
}

TEST(the_last_bytes_come)
{
	serve(&server, .files = files);
	expect(ask("pub/file", REQUEST_TAIL, 0, 100, NULL), "pub/file", 900, 1000);
	expect(ask("pub/file", REQUEST_TAIL, 0, 5000, NULL), "pub/file", 0, 1000);
}

TEST(more_than_there_is_ends_at_the_end)
{
	serve(&server, .files = files);
	expect(ask("pub/file", 0, 900, 5000, NULL), "pub/file", 900, 1000);
}

TEST(a_range_beyond_the_end_is_refused)
{
	serve(&server, .files = files);
	expect_none(ask("pub/file", 0, 1000, 0, NULL));
	expect_none(ask("pub/file", 0, 1001, 10, NULL));
	expect_none(ask("pub/empty", 0, 1, 0, NULL));
}

TEST(of_an_empty_file_the_beginning_and_the_end_are_empty)
{
	serve(&server, .files = files);
	expect(ask("pub/empty", 0, 0, 100, NULL), "pub/empty", 0, 0);
	expect(ask("pub/empty", REQUEST_TAIL, 0, 100, NULL), "pub/empty", 0, 0);
}

TEST(a_range_comes_packed)
{
	serve(&server, .files = files);
	expect(ask("pub/file", REQUEST_PACK, 10, 20, NULL), "pub/file", 10, 30);
	expect(ask("pub/large", REQUEST_PACK, LARGE / 2, 100000, NULL), "pub/large", LARGE / 2,
	       LARGE / 2 + 100000);
}

TEST(a_range_comes_through_the_ring)
{
	struct ring ring;

	serve(&server, .files = files);
	ck_assert_int_eq(ring_create(2, 65536, geteuid(), &ring), 0);
	expect(ask("pub/large", REQUEST_PACK, 12345, 1234567, &ring), "pub/large", 12345,
	       12345 + 1234567);
	expect(ask("pub/large", REQUEST_PACK | REQUEST_TAIL, 0, 200000, &ring), "pub/large",
	       LARGE - 200000, LARGE);
	expect(ask("pub/file", REQUEST_PACK | REQUEST_BULK, 3, 0, &ring), "pub/file", 3, 1000);
	ring_detach(&ring);
}

TEST(a_range_of_holes_has_none_of_their_bytes)
{
	const uint64_t at = 100 * SPARSE_BLOCK;
	const struct seen_entry *entry;

	serve(&server, .files = files);
	harness_make_sparse("pub/sparse", 200 * SPARSE_BLOCK, &at, 1);
	entry = ask("pub/sparse", REQUEST_HOLES, 10, at - 20, NULL);
	ck_assert(entry->ended);
	ck_assert_uint_eq(entry->offset, at - 10);
	ck_assert_uint_eq(entry->come, 0);
	entry = ask("pub/sparse", REQUEST_HOLES, 10, at, NULL);
	ck_assert_uint_eq(entry->offset, at + 10);
	ck_assert_uint_eq(entry->from, at);
	ck_assert_uint_eq(entry->come, 10);
	ck_assert_mem_eq(entry->bytes + at, harness_sparse_block(at), 10);
	expect(ask("pub/sparse", 0, at - 5000, 6000, NULL), "pub/sparse", at - 5000, at + 1000);
}

static const struct seen_entry *ask_rest(const char *path, const struct stamp *stamp,
					 uint64_t offset, uint64_t length)
{
	static struct peer peer;

	peer_open(&peer);
	peer.request.stamp = *stamp;
	peer.request.offset = offset;
	peer.request.length = length;
	seen_ask(&seen, &peer, OPERATION_FETCH, path, REQUEST_RANGE | REQUEST_RESUME, NULL);
	peer_close(&peer);
	return &seen.list[0];
}

TEST(the_rest_of_a_range_comes_while_the_file_is_the_same)
{
	struct stamp stamp;

	serve(&server, .files = files);
	stamp = ask("pub/file", 0, 100, 200, NULL)->wire.stamp;
	expect(ask_rest("pub/file", &stamp, 250, 50), "pub/file", 250, 300);
	expect(ask_rest("pub/file", &stamp, 1000, 0), "pub/file", 1000, 1000);
	harness_make_file("pub/file", 1000, 7);
	ck_assert_int_eq(ask_rest("pub/file", &stamp, 250, 50)->reason, FAILURE_STAMP);
}

TEST(a_range_past_all_files_is_refused_alike)
{
	struct client client = {0};

	serve(&server, .files = files);
	fetch(&client, "--range", "9223372036854775808-", "pub/file", NULL);
	expect_code(&client, 11, "pub/file: ");
	fetch(&client, "--range", "99999999999999999999-199999999999999999999", "pub/file",
	      NULL);
	expect_code(&client, 11, "pub/file: ");
}

TEST(a_range_that_ends_past_all_files_is_cut_at_the_end)
{
	static const char *const ranges[] = {"0-9223372036854775807", "0-9223372036854775808",
					     "0-18446744073709551615", NULL};
	struct client client = {0};

	serve(&server, .files = files);
	for (size_t i = 0; ranges[i] != NULL; i++) {
		fetch(&client, "--range", ranges[i], "pub/file", NULL);
		expect_file(&client, "pub/file");
	}
}

TEST(a_range_of_a_directory_or_of_nothing_is_its_usual_error)
{
	serve(&server, .files = files);
	ck_assert_int_eq(ask("pub", 0, 0, 10, NULL)->error, EISDIR);
	ck_assert_int_eq(ask("pub/gone", REQUEST_TAIL, 0, 10, NULL)->error, ENOENT);
}

int main(void)
{
	return harness_main("integration/range", HARNESS_IPC);
}
