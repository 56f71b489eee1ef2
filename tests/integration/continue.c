/* SPDX-License-Identifier: ISC */
/* integration/continue: --continue completes the file of an earlier transfer, or starts over.
 */
#include "config.h"

#include "tests/support/actors.h"
#include "tests/support/harness.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

enum {
	LARGE = 6000000,
	ENOUGH = 1000000, /* bytes that arrive before a client is killed */
	CODE_NOT_FOUND = 5,
	CODE_CHANGED = 7,
	CODE_OUTPUT = 9,
};

static struct msgfetchd server;
static struct client client, first;

static const struct served files[] = {{"file", .size = LARGE, .seed = 1}, {.name = NULL}};

/* Serves so slowly that a client can be killed in the middle of the file. */
static void serve_slowly(void)
{
	ck_assert_int_eq(mkdir("out", 0755), 0);
	serve(&server, .files = files, .settings = "rate-limit = 10000000");
}

static off_t size_of(const char *file)
{
	struct stat status;

	return lstat(file, &status) == 0 ? status.st_size : -1;
}

/* Starts to fetch pub/file to out/file, and waits until some bytes have arrived. */
static void begin(const char *target)
{
	const char *part = harness_format("%s.part", target);

	client_start(&first, "--continue", "-o", target, "pub/file", NULL);
	WAIT_FOR(size_of(part) >= ENOUGH);
}

static void interrupt(const char *target, int number)
{
	begin(target);
	ck_assert_int_eq(kill(first.pid, number), 0);
	client_finish(&first);
	ck_assert_int_eq(first.signal, number);
	ck_assert_int_ge(size_of(harness_format("%s.part", target)), ENOUGH);
	ck_assert_int_lt(size_of(harness_format("%s.part", target)), LARGE);
	/* The daemon removes the queues that SIGKILL left behind. */
	WAIT_FOR(harness_ipc_count().queues == 1);
}

static void go_on(const char *target)
{
	fetch(&client, "-v", "--continue", "-o", target, "pub/file", NULL);
}

static bool went_on(void)
{
	return strstr(client.errors, "resuming at byte ") != NULL;
}

/* Asserts that the file is complete and alone in its directory. */
static void expect_whole(const char *directory, const char *target)
{
	expect_code(&client, 0, NULL);
	harness_assert_same(target, "pub/file");
	ck_assert_int_eq(harness_count_entries(directory), 1);
	ck_assert_int_lt(getxattr(target, "user.msgfetch.stamp", NULL, 0), 0);
}

TEST(a_killed_fetch_is_continued)
{
	serve_slowly();
	interrupt("out/file", SIGKILL);
	ck_assert_int_ne(access("out/file", F_OK), 0);
	go_on("out/file");
	ck_assert(went_on());
	expect_whole("out", "out/file");
}

/* Returns the size of the only file in directory; -1: there is none. */
static off_t only_size(const char *directory)
{
	DIR *entries = opendir(directory);
	const struct dirent *entry;
	off_t size = -1;

	ck_assert_ptr_nonnull(entries);
	while ((entry = readdir(entries)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			size = size_of(harness_format("%s/%s", directory, entry->d_name));
	closedir(entries);
	return size;
}

static void expect_continued(const char *target)
{
	client_start(&first, "-c", "-o", target, "pub/file", NULL);
	WAIT_FOR(only_size("out") >= ENOUGH);
	ck_assert_int_eq(kill(first.pid, SIGTERM), 0);
	client_finish(&first);
	go_on(target);
	ck_assert(went_on());
	expect_whole("out", target);
	ck_assert_int_eq(unlink(target), 0);
}

TEST(a_file_whose_name_has_no_room_for_a_suffix_is_continued)
{
	char name[NAME_MAX + 1];

	memset(name, 'x', NAME_MAX);
	name[NAME_MAX] = '\0';
	serve_slowly();
	for (int length = NAME_MAX - 5; length <= NAME_MAX; length += 5)
		expect_continued(harness_format("out/%.*s", length, name));
}

TEST(a_terminated_fetch_is_continued)
{
	serve_slowly();
	interrupt("out/file", SIGTERM);
	go_on("out/file");
	ck_assert(went_on());
	expect_whole("out", "out/file");
}

TEST(a_fetch_is_continued_repeatedly)
{
	serve_slowly();
	interrupt("out/file", SIGKILL);
	client_start(&first, "-c", "-o", "out/file", "pub/file", NULL);
	WAIT_FOR(size_of("out/file.part") >= 3 * ENOUGH);
	kill(first.pid, SIGKILL);
	client_finish(&first);
	go_on("out/file");
	ck_assert(went_on());
	expect_whole("out", "out/file");
}

TEST(a_plain_fetch_is_not_continued)
{
	serve_slowly();
	interrupt("out/file", SIGKILL);
	fetch(&client, "-v", "-o", "out/file", "pub/file", NULL);
	expect_code(&client, 0, NULL);
	ck_assert(!went_on());
	harness_assert_same("out/file", "pub/file");
	ck_assert_int_ge(size_of("out/file.part"), ENOUGH);
}

TEST(a_new_file_is_fetched_from_its_beginning)
{
	serve_slowly();
	go_on("out/file");
	ck_assert(!went_on());
	expect_whole("out", "out/file");
}

TEST(a_changed_file_is_fetched_from_its_beginning)
{
	serve_slowly();
	interrupt("out/file", SIGKILL);
	harness_make_file("pub/file", LARGE, 2);
	go_on("out/file");
	expect_whole("out", "out/file");
}

TEST(a_file_that_shrank_is_fetched_from_its_beginning)
{
	serve_slowly();
	interrupt("out/file", SIGKILL);
	harness_make_file("pub/file", ENOUGH / 2, 2);
	go_on("out/file");
	expect_whole("out", "out/file");
}

TEST(a_replaced_file_is_fetched_from_its_beginning)
{
	serve_slowly();
	interrupt("out/file", SIGKILL);
	harness_make_file("pub/other", LARGE, 3);
	ck_assert_int_eq(rename("pub/other", "pub/file"), 0);
	go_on("out/file");
	expect_whole("out", "out/file");
}

/* Complete files. */

static ino_t inode_of(const char *file)
{
	struct stat status;

	ck_assert_int_eq(stat(file, &status), 0);
	return status.st_ino;
}

TEST(a_complete_file_is_left_alone)
{
	ino_t inode;

	serve_slowly();
	go_on("out/file");
	expect_whole("out", "out/file");
	inode = inode_of("out/file");
	go_on("out/file");
	expect_code(&client, 0, "skipped: the local file is complete");
	ck_assert_uint_eq(inode_of("out/file"), inode);
	expect_whole("out", "out/file");
}

TEST(a_complete_file_that_changed_is_replaced)
{
	serve_slowly();
	go_on("out/file");
	harness_make_file("pub/file", LARGE, 2);
	go_on("out/file");
	expect_whole("out", "out/file");
}

TEST(a_file_with_another_time_is_not_complete)
{
	serve_slowly();
	harness_make_file("out/file", LARGE, 9);
	go_on("out/file");
	expect_whole("out", "out/file");
}

TEST(a_complete_part_file_is_renamed)
{
	const char *bytes;
	size_t length;
	int part;

	serve_slowly();
	interrupt("out/file", SIGKILL);
	/* As if a run had been killed between the last byte and the rename. */
	bytes = harness_read("pub/file", &length);
	part = open("out/file.part", O_WRONLY | O_CLOEXEC);
	for (size_t at = 0; at < length;) {
		ssize_t put = pwrite(part, bytes + at, length - at, (off_t)at);

		ck_assert_int_gt(put, 0);
		at += (size_t)put;
	}
	close(part);
	go_on("out/file");
	ck_assert(went_on());
	expect_whole("out", "out/file");
}

/* Failures. */

TEST(a_missing_file_leaves_nothing)
{
	serve_slowly();
	fetch(&client, "-c", "-o", "out/file", "pub/gone", NULL);
	expect_code(&client, CODE_NOT_FOUND, NULL);
	ck_assert_int_eq(harness_count_entries("out"), 0);
}

TEST(a_fetch_continues_after_a_full_disk)
{
	if (!harness_mounts())
		SKIP("no mount namespace to be had");
	serve_slowly();
	ck_assert_int_eq(mkdir("small", 0755), 0);
	ck_assert_int_eq(mount("none", "small", "tmpfs", 0, "size=2m"), 0);
	go_on("small/file");
	expect_code(&client, CODE_OUTPUT, "No space left on device");
	ck_assert_int_ge(size_of("small/file.part"), ENOUGH);
	ck_assert_int_eq(mount("none", "small", "tmpfs", MS_REMOUNT, "size=16m"), 0);
	go_on("small/file");
	ck_assert(went_on());
	expect_whole("small", "small/file");
}

/* ramfs has no extended attributes. */
TEST(the_stamp_is_a_file_without_extended_attributes)
{
	if (!harness_mounts())
		SKIP("no mount namespace to be had");
	serve_slowly();
	ck_assert_int_eq(mkdir("plain", 0755), 0);
	ck_assert_int_eq(mount("none", "plain", "ramfs", 0, NULL), 0);
	interrupt("plain/file", SIGKILL);
	ck_assert_int_gt(size_of("plain/file.part.stamp"), 0);
	go_on("plain/file");
	ck_assert(went_on());
	expect_whole("plain", "plain/file");
}

TEST(one_process_at_a_time_continues_a_file)
{
	serve_slowly();
	begin("out/file");
	go_on("out/file");
	expect_code(&client, CODE_OUTPUT, "another msgfetch is writing this file");
	client_finish(&first);
	expect_code(&first, 0, NULL);
	client.code = 0;
	expect_whole("out", "out/file");
}

static void damage(const char *file, off_t at)
{
	int descriptor = open(file, O_WRONLY | O_CLOEXEC);

	ck_assert_int_eq(pwrite(descriptor, "broken", 6, at), 6);
	close(descriptor);
}

TEST(a_digest_finds_wrong_bytes_and_the_next_fetch_starts_over)
{
	serve_slowly();
	interrupt("out/file", SIGKILL);
	damage("out/file.part", 1000);
	fetch(&client, "-c", "--digest", "-o", "out/file", "pub/file", NULL);
	expect_code(&client, CODE_CHANGED, "digest");
	ck_assert_int_eq(harness_count_entries("out"), 0);
	fetch(&client, "-v", "-c", "--digest=sha256", "-o", "out/file", "pub/file", NULL);
	ck_assert(!went_on());
	expect_whole("out", "out/file");
}

TEST(a_digest_covers_the_existing_bytes)
{
	serve_slowly();
	interrupt("out/file", SIGKILL);
	fetch(&client, "-v", "-c", "--digest=sha256", "-o", "out/file", "pub/file", NULL);
	ck_assert(went_on());
	expect_whole("out", "out/file");
}

/* Files of others. */

TEST(a_foreign_part_file_is_left_alone)
{
	serve_slowly();
	harness_write("out/file.part", "precious");
	go_on("out/file");
	expect_code(&client, CODE_OUTPUT, "rename or remove");
	ck_assert_str_eq(harness_read("out/file.part", NULL), "precious");
	ck_assert_int_eq(harness_count_entries("out"), 1);
}

TEST(a_part_file_that_is_a_link_is_not_followed)
{
	serve_slowly();
	harness_write("other", "");
	ck_assert_int_eq(symlink("../other", "out/file.part"), 0);
	go_on("out/file");
	expect_code(&client, CODE_OUTPUT, "rename or remove");
	ck_assert_int_eq(unlink("out/file.part"), 0);
	ck_assert_int_eq(link("other", "out/file.part"), 0);
	go_on("out/file");
	expect_code(&client, CODE_OUTPUT, "rename or remove");
	ck_assert_int_eq(size_of("other"), 0);
}

TEST(a_part_file_of_another_user_is_not_used)
{
	if (!harness_other_users())
		SKIP("needs real root, to be another user");
	serve_slowly();
	interrupt("out/file", SIGKILL);
	ck_assert_int_eq(chown("out/file.part", OTHER_UID, OTHER_UID), 0);
	go_on("out/file");
	expect_code(&client, CODE_OUTPUT, "rename or remove");
}

TEST(a_device_is_not_continued)
{
	serve_slowly();
	fetch(&client, "-c", "-o", "/dev/null", "pub/file", NULL);
	expect_code(&client, CODE_OUTPUT, "not a regular file");
}

/* Several files, and holes. */

TEST(several_files_are_continued)
{
	serve_slowly();
	interrupt("out/file", SIGKILL);
	harness_make_file("pub/small", 1000, 4);
	fetch(&client, "-v", "-c", "-D", "out", "pub/small", "pub/file", NULL);
	expect_code(&client, 0, NULL);
	ck_assert(went_on());
	harness_assert_same("out/file", "pub/file");
	harness_assert_same("out/small", "pub/small");
	ck_assert_int_eq(harness_count_entries("out"), 2);
	fetch(&client, "-v", "-c", "-j2", "-D", "out", "pub/small", "pub/file", NULL);
	expect_code(&client, 0, "pub/small: skipped: the local file is complete");
	expect_code(&client, 0, "pub/file: skipped: the local file is complete");
}

TEST(a_file_with_holes_is_continued)
{
	enum { BLOCKS = 800 };
	uint64_t offsets[BLOCKS];

	serve_slowly();
	for (unsigned i = 0; i < BLOCKS; i++)
		offsets[i] = 2 * (uint64_t)i * SPARSE_BLOCK;
	harness_make_sparse("pub/file", 100ull << 20, offsets, BLOCKS);
	begin("out/file");
	kill(first.pid, SIGKILL);
	client_finish(&first);
	go_on("out/file");
	ck_assert(went_on());
	expect_whole("out", "out/file");
}

int main(void)
{
	return harness_main("integration/continue", HARNESS_IPC);
}
