/* SPDX-License-Identifier: ISC */
/* integration/sparse: holes in files stay holes, and cost neither time nor room. */
#include "config.h"

#include "tests/support/actors.h"
#include "tests/support/harness.h"
#include "tests/support/trees.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SPARSE_EVERY (1ull << 30)
#define SPARSE_BLOCKS 10
#define SPARSE_SIZE (SPARSE_BLOCKS * SPARSE_EVERY)
#define SPARSE_BYTES (1 << 20) /* of data, in each part */

static void make_huge(const char *name)
{
	static uint8_t bytes[SPARSE_BYTES];
	int file = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	ck_assert_int_ge(file, 0);
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(1 + i % 251);
	if (ftruncate(file, (off_t)SPARSE_SIZE) != 0)
		ck_abort_msg("a file of 10 GiB: %s", strerror(errno));
	for (uint64_t i = 0; i < SPARSE_BLOCKS; i++)
		ck_assert_int_eq(
			pwrite(file, bytes, sizeof(bytes), (off_t)(i * SPARSE_EVERY + 12288)),
			(ssize_t)sizeof(bytes));
	ck_assert_int_eq(fsync(file), 0); /* blocks are counted once they are allocated */
	close(file);
}

static void assert_same_blocks(const char *one, const char *other)
{
	struct stat first = status_of(one), second;
	int file = open(other, O_RDONLY | O_CLOEXEC);

	ck_assert_int_eq(fsync(file), 0);
	close(file);
	second = status_of(other);
	ck_assert_int_eq(first.st_size, second.st_size);
	/* Allow for the file system's own records. */
	ck_assert_int_le(second.st_blocks, first.st_blocks + 1024);
}

/* Compares the data between the holes. */
static void assert_same_huge(const char *one, const char *other)
{
	static uint8_t first[SPARSE_BYTES + 24576], second[sizeof(first)];
	int source = open(one, O_RDONLY | O_CLOEXEC), copy = open(other, O_RDONLY | O_CLOEXEC);

	for (uint64_t i = 0; i < SPARSE_BLOCKS; i++) {
		off_t at = (off_t)(i * SPARSE_EVERY);

		ck_assert_int_eq(pread(source, first, sizeof(first), at),
				 (ssize_t)sizeof(first));
		ck_assert_int_eq(pread(copy, second, sizeof(second), at),
				 (ssize_t)sizeof(second));
		ck_assert_mem_eq(first, second, sizeof(first));
	}
	close(source);
	close(copy);
}

TEST(ten_gibibytes_of_holes_take_no_time_and_no_room)
{
	uint64_t start;

	serve(&server, .files = tree_files);
	make_huge("pub/tree/huge");
	start = harness_now_ms();
	fetch(&client, "-o", "copy", "pub/tree/huge", NULL);
	expect_code(&client, 0, NULL);
	ck_assert_uint_lt(harness_now_ms() - start, 3000);
	assert_same_blocks("pub/tree/huge", "copy");
	assert_same_huge("pub/tree/huge", "copy");
}

TEST(sparse_files_in_a_tree_stay_sparse)
{
	uint64_t start;

	serve(&server, .files = tree_files);
	make_huge("pub/tree/huge");
	start = harness_now_ms();
	fetch(&client, "-r", "-o", "copy", "pub/tree", NULL);
	expect_code(&client, 0, NULL);
	ck_assert_uint_lt(harness_now_ms() - start, 3000);
	assert_same_blocks("pub/tree/huge", "copy/huge");
	assert_same_huge("pub/tree/huge", "copy/huge");
}

TEST(a_hole_at_the_end_and_nothing_but_a_hole)
{
	const uint64_t start = 0;

	serve(&server, .files = tree_files);
	harness_make_sparse("pub/tree/end", 1 << 20, &start, 1);
	harness_make_sparse("pub/tree/hole", 1 << 20, NULL, 0);
	fetch(&client, "-r", "-o", "copy", "pub/tree", NULL);
	expect_tree("pub/tree", "copy");
	ck_assert_int_lt(status_of("copy/hole").st_blocks, 64);
	fetch(&client, "pub/tree/hole", NULL);
	expect_file(&client, "pub/tree/hole");
}

int main(void)
{
	return harness_main("integration/sparse", HARNESS_IPC);
}
