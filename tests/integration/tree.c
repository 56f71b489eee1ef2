/* SPDX-License-Identifier: ISC */
/*
 * integration/tree: lists and trees.  Everything readable arrives unchanged, failures are
 * reported, and nothing is written outside the target, whatever the daemon sends.
 */
#include "config.h"

#include "tests/support/actors.h"
#include "tests/support/harness.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	CODE_ERROR = 1,
	CODE_USAGE = 2,
	CODE_NOT_FOUND = 5,
	CODE_DENIED = 6,
	CODE_OUTPUT = 9,
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct msgfetchd server;
static struct client client;
static struct fake fake;

static void make_directory(const char *name)
{
	ck_assert_msg(mkdir(name, 0755) == 0, "%s: %s", name, strerror(errno));
}

static void make_link(const char *to, const char *name)
{
	ck_assert_msg(symlink(to, name) == 0, "%s: %s", name, strerror(errno));
}

static const struct served files[] = {{.name = "tree/"}, {.name = NULL}};

static struct stat status_of(const char *name)
{
	struct stat status;

	ck_assert_msg(lstat(name, &status) == 0, "%s: %s", name, strerror(errno));
	return status;
}

static bool exists(const char *name)
{
	struct stat status;

	return lstat(name, &status) == 0;
}

static void assert_same_link(const char *one, const char *other)
{
	char first[4096] = "", second[4096] = "";

	ck_assert_int_gt(readlink(one, first, sizeof(first) - 1), 0);
	ck_assert_int_gt(readlink(other, second, sizeof(second) - 1), 0);
	ck_assert_str_eq(first, second);
}

static const char *compared, *compared_with; /* by assert_same_tree() */

static int assert_same_entry(const char *one, const struct stat *first, int type,
			     struct FTW *level)
{
	const char *other = harness_format("%s%s", compared_with, one + strlen(compared));
	struct stat second = status_of(other);

	(void)type;
	(void)level;
	ck_assert_msg((first->st_mode & S_IFMT) == (second.st_mode & S_IFMT), "%s and %s", one,
		      other);
	if (S_ISREG(first->st_mode))
		harness_assert_same(one, other);
	else if (S_ISLNK(first->st_mode))
		assert_same_link(one, other);
	else if (S_ISDIR(first->st_mode))
		ck_assert_int_eq(harness_count_entries(one), harness_count_entries(other));
	return 0;
}

/* Asserts that both trees are equal. */
static void assert_same_tree(const char *one, const char *other)
{
	compared = one;
	compared_with = other;
	ck_assert_int_eq(nftw(one, assert_same_entry, 16, FTW_PHYS), 0);
}

static void expect_tree(const char *source, const char *copy)
{
	expect_code(&client, 0, NULL);
	assert_same_tree(source, copy);
}

/* Creates files of many sizes, also around those of slots and messages. */
static void make_sizes(const char *directory)
{
	const size_t sizes[] = {0,     1,     7,     8,     1000,   4096,   8000,   8052,
				8168,  8192,  15999, 16000, 16001,  16336,  16360,  16384,
				16385, 32768, 65536, 70000, 262100, 262144, 262145, 800000};

	for (size_t i = 0; i < COUNT(sizes); i++)
		harness_make_file(harness_format("%s/%zu", directory, sizes[i]), sizes[i],
				  (unsigned)i);
}

static void make_odd_names(const char *directory)
{
	const char *const names[] = {"with space",
				     "new\nline",
				     "-rf",
				     "--help",
				     "...",
				     "..a",
				     ".hidden",
				     "\xc3\xa4\xe2\x82\xac",
				     "\xff\xfe not UTF-8",
				     "\033[2J",
				     "back\\slash",
				     "*",
				     "'quote\"",
				     " "};
	char longest[256];

	for (size_t i = 0; i < COUNT(names); i++)
		harness_write(harness_format("%s/%s", directory, names[i]), names[i]);
	memset(longest, 'l', 255);
	longest[255] = '\0';
	harness_write(harness_format("%s/%s", directory, longest), "longest");
}

/* Creates a chain of directories with a file in the last.  Returns the file's name. */
static const char *make_chain(const char *directory, int levels)
{
	const char *name = directory;

	for (int i = 0; i < levels; i++) {
		name = harness_format("%s/d", name);
		make_directory(name);
	}
	return name;
}

static void make_everything(const char *directory)
{
	make_sizes(directory);
	make_directory(harness_format("%s/names", directory));
	make_odd_names(harness_format("%s/names", directory));
	make_directory(harness_format("%s/empty", directory));
	make_directory(harness_format("%s/empty/too", directory));
	harness_write(harness_format("%s/file", make_chain(directory, 100)), "deep");
	make_link("names/with space", harness_format("%s/link", directory));
	make_link("nowhere", harness_format("%s/dangling", directory));
	make_link(".", harness_format("%s/loop", directory));
	make_link("../8000", harness_format("%s/names/up", directory));
	make_link("..", harness_format("%s/names/parent", directory));
}

TEST(a_tree_is_copied_exactly)
{
	serve(&server, .files = files);
	make_everything("pub/tree");
	fetch(&client, "-r", "-o", "copy", "pub/tree", NULL);
	expect_tree("pub/tree", "copy");
	ck_assert_str_eq(client.errors, "");
}

TEST(a_tree_is_copied_exactly_by_every_transport)
{
	const char *const transports[] = {"--transport=inline", "--transport=ring",
					  "--transport=auto"};
	const char *const rings[] = {"--ring=1x16K", "--ring=3x48K", "--ring=4x256K"};

	serve(&server, .files = files);
	make_everything("pub/tree");
	for (size_t i = 0; i < COUNT(transports); i++)
		for (size_t j = 0; j < COUNT(rings); j++) {
			const char *copy = harness_format("copy-%zu-%zu", i, j);

			fetch(&client, transports[i], rings[j], "-r", "-o", copy, "pub/tree",
			      NULL);
			expect_tree("pub/tree", copy);
		}
}

TEST(an_empty_directory_is_a_tree)
{
	serve(&server, .files = files);
	fetch(&client, "-r", "-o", "copy", "pub/tree", NULL);
	expect_tree("pub/tree", "copy");
}

TEST(an_export_is_a_tree)
{
	serve(&server, .files = files);
	harness_write("pub/tree/file", "text");
	make_directory("out");
	fetch(&client, "-r", "-D", "out", "pub", NULL);
	expect_tree("pub", "out/pub");
}

TEST(trees_and_files_go_into_one_directory)
{
	serve(&server, .files = files);
	make_directory("pub/other");
	harness_write("pub/tree/file", "text");
	harness_write("pub/other/file", "other text");
	harness_make_file("pub/file", 50000, 1);
	make_directory("out");
	fetch(&client, "-r", "-D", "out", "pub/tree", "pub/file", "pub/other", NULL);
	expect_code(&client, 0, NULL);
	assert_same_tree("pub", "out");
}

TEST(a_file_may_be_asked_for_with_r)
{
	serve(&server, .files = files);
	harness_make_file("pub/file", 50000, 1);
	fetch(&client, "-r", "-o", "copy", "pub/file", NULL);
	expect_tree("pub/file", "copy");
}

TEST(a_requested_link_is_followed_within_its_export)
{
	serve(&server, .files = files);
	harness_write("pub/tree/file", "text");
	make_link("tree", "pub/link");
	fetch(&client, "-r", "-o", "copy", "pub/link", NULL);
	expect_tree("pub/tree", "copy");
}

TEST(a_directory_is_refused_without_r)
{
	serve(&server, .files = files);
	fetch(&client, "-o", "copy", "pub/tree", NULL);
	expect_code(&client, CODE_ERROR, "msgfetch: pub/tree: is a directory");
	ck_assert(!exists("copy"));
}

TEST(a_missing_tree_is_not_found)
{
	serve(&server, .files = files);
	fetch(&client, "-r", "-o", "copy", "pub/missing", NULL);
	expect_code(&client, CODE_NOT_FOUND, "msgfetch: pub/missing: ");
	ck_assert(!exists("copy"));
}

TEST(a_tree_cannot_go_to_stdout)
{
	fetch(&client, "-r", "pub/tree", NULL);
	expect_code(&client, CODE_USAGE, "standard output");
}

TEST(thousands_of_small_files_come_packed)
{
	serve(&server, .files = files);
	for (int i = 0; i < 50; i++)
		make_directory(harness_format("pub/tree/%d", i));
	for (int i = 0; i < 3000; i++)
		harness_make_file(harness_format("pub/tree/%d/%d", i % 50, i),
				  (size_t)(i * 37 % 1500), (unsigned)i);
	fetch(&client, "-r", "-o", "copy", "pub/tree", NULL);
	expect_tree("pub/tree", "copy");
}

/* Deeper than the limit of open files. */
TEST(a_tree_that_is_too_deep_is_reported_and_the_rest_arrives)
{
	serve(&server, .files = files);
	harness_write("pub/tree/file", "text");
	make_chain("pub/tree", 1200);
	fetch(&client, "-r", "-o", "copy", "pub/tree", NULL);
	ck_assert_msg(client.code == 0 || client.code == CODE_ERROR, "%d: %s", client.code,
		      client.errors);
	ck_assert_ptr_null(strstr(client.errors, "died"));
	harness_assert_same("copy/file", "pub/tree/file");
}

/* Entries that are not sent. */

TEST(links_that_lead_outside_are_left_out_and_named)
{
	serve(&server, .files = files);
	make_directory("pub/tree/d");
	harness_write("pub/tree/file", "text");
	make_link("/etc/passwd", "pub/tree/absolute");
	make_link("../secret", "pub/tree/up");
	make_link("../../secret", "pub/tree/d/up");
	make_link("d/../../secret", "pub/tree/around");
	make_link("../file", "pub/tree/d/kept");
	fetch(&client, "-r", "-o", "copy", "pub/tree", NULL);
	expect_code(&client, CODE_DENIED, "absolute");
	ck_assert_ptr_nonnull(strstr(client.errors, "d/up"));
	ck_assert_ptr_nonnull(strstr(client.errors, "around"));
	ck_assert_ptr_null(strstr(client.errors, "kept"));
	ck_assert(!exists("copy/absolute") && !exists("copy/up") && !exists("copy/around"));
	ck_assert(!exists("copy/d/up"));
	assert_same_link("copy/d/kept", "pub/tree/d/kept");
	harness_assert_same("copy/file", "pub/tree/file");
}

static void make_socket(const char *name)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int made = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_uint_lt(strlen(name), sizeof(address.sun_path));
	memcpy(address.sun_path, name, strlen(name) + 1);
	ck_assert_int_eq(bind(made, (struct sockaddr *)&address, sizeof(address)), 0);
	close(made);
}

TEST(special_files_are_left_out_and_named)
{
	serve(&server, .files = files);
	make_directory("pub/tree/d");
	harness_write("pub/tree/file", "text");
	ck_assert_int_eq(mkfifo("pub/tree/d/fifo", 0644), 0);
	make_socket("pub/tree/socket");
	fetch(&client, "-r", "-o", "copy", "pub/tree", NULL);
	expect_code(&client, 0, "d/fifo");
	ck_assert_ptr_nonnull(strstr(client.errors, "is a fifo"));
	ck_assert_ptr_nonnull(strstr(client.errors, "is a socket"));
	ck_assert(!exists("copy/d/fifo") && !exists("copy/socket"));
	ck_assert(exists("copy/d"));
	harness_assert_same("copy/file", "pub/tree/file");
}

TEST(a_requested_fifo_is_refused)
{
	serve(&server, .files = files);
	ck_assert_int_eq(mkfifo("pub/fifo", 0644), 0);
	fetch(&client, "-r", "-o", "copy", "pub/fifo", NULL);
	expect_code(&client, CODE_ERROR, "msgfetch: pub/fifo: ");
	ck_assert(!exists("copy"));
}

static void become_other(void *context)
{
	static uid_t uid = OTHER_UID;

	(void)context;
	harness_become(&uid);
}

TEST(unreadable_files_are_reported_and_the_rest_arrives)
{
	if (!harness_other_users())
		SKIP("needs real root, to be another user");
	server.prepare = become_other;
	serve(&server, .files = files);
	make_directory("pub/tree/open");
	make_directory("pub/tree/shut");
	harness_write("pub/tree/open/file", "text");
	harness_write("pub/tree/open/secret", "secret");
	harness_write("pub/tree/shut/file", "secret");
	harness_write("pub/tree/zzz", "last");
	ck_assert_int_eq(chmod("pub/tree/shut", 0700), 0);
	ck_assert_int_eq(chmod("pub/tree/open/secret", 0600), 0);
	fetch(&client, "--server-user", harness_format("%d", OTHER_UID), "-r", "-o", "copy",
	      "pub/tree", NULL);
	expect_code(&client, CODE_DENIED, "open/secret");
	ck_assert_ptr_nonnull(strstr(client.errors, "shut"));
	ck_assert_ptr_null(strstr(client.errors, "open/file"));
	ck_assert(!exists("copy/open/secret") && !exists("copy/shut/file"));
	harness_assert_same("copy/open/file", "pub/tree/open/file");
	harness_assert_same("copy/zzz", "pub/tree/zzz");
}

/* Sparse files. */

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

	serve(&server, .files = files);
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

	serve(&server, .files = files);
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

	serve(&server, .files = files);
	harness_make_sparse("pub/tree/end", 1 << 20, &start, 1);
	harness_make_sparse("pub/tree/hole", 1 << 20, NULL, 0);
	fetch(&client, "-r", "-o", "copy", "pub/tree", NULL);
	expect_tree("pub/tree", "copy");
	ck_assert_int_lt(status_of("copy/hole").st_blocks, 64);
	fetch(&client, "pub/tree/hole", NULL);
	expect_file(&client, "pub/tree/hole");
}

/* Lists. */

TEST(paths_go_to_stdout_in_the_order_given)
{
	serve(&server, .files = files);
	harness_write("pub/a", "first ");
	harness_write("pub/b", "second ");
	harness_write("pub/c", "third");
	fetch(&client, "pub/b", "pub/a", "pub/b", "pub/c", NULL);
	expect_code(&client, 0, NULL);
	ck_assert_str_eq(client.output, "second first second third");
}

TEST(a_failed_path_does_not_stop_the_others)
{
	serve(&server, .files = files);
	harness_write("pub/a", "first ");
	harness_write("pub/b", "second");
	fetch(&client, "pub/a", "pub/missing", "nowhere/at/all", "pub/b", NULL);
	expect_code(&client, CODE_NOT_FOUND, "msgfetch: pub/missing: ");
	ck_assert_ptr_nonnull(strstr(client.errors, "msgfetch: nowhere/at/all: "));
	ck_assert_str_eq(client.output, "first second");
}

enum { MANY = 3000 };

static void make_many(void)
{
	make_directory("pub/many");
	for (int i = 1; i <= MANY; i++)
		harness_write(harness_format("pub/many/%d", i), harness_format("%d\n", i));
}

/* Runs msgfetch from a shell: a struct spawn has no room for that many arguments. */
static void fetch_in_shell(const char *command)
{
	const char *const arguments[] = {"-c", command, NULL};
	const char *const environment[] = {"MSGFETCH_KEY=" TEST_KEY_TEXT, NULL};
	struct spawn spawn = {
		.program = "/bin/sh", .arguments = arguments, .environment = environment};

	actors_run(&client, &spawn);
}

TEST(more_paths_than_a_request_holds_come_in_order)
{
	char *at;

	serve(&server, .files = files);
	make_many();
	fetch_in_shell("exec \"$MSGFETCH\" $(seq -f pub/many/%g 3000)");
	expect_code(&client, 0, NULL);
	at = client.output;
	for (int i = 1; i <= MANY; i++)
		ck_assert_int_eq(strtol(at, &at, 10), i);
	ck_assert_str_eq(at, "\n");
}

TEST(more_paths_than_a_request_holds_become_files)
{
	serve(&server, .files = files);
	make_many();
	make_directory("out");
	fetch_in_shell("exec \"$MSGFETCH\" -D out $(seq -f pub/many/%g 3000)");
	expect_tree("pub/many", "out");
}

TEST(long_paths_are_split_over_requests)
{
	serve(&server, .files = files);
	make_chain("pub/tree", 500);
	harness_write(harness_format("%s/file", make_chain("pub", 900)), "x");
	fetch_in_shell("p=pub; i=0; while [ $i -lt 900 ]; do p=$p/d; i=$((i + 1)); done; "
		       "exec \"$MSGFETCH\" $p/file $p/file $p/file $p/file $p/file $p/file");
	expect_code(&client, 0, NULL);
	ck_assert_str_eq(client.output, "xxxxxx");
}

/* Targets. */

TEST(an_existing_directory_is_added_to)
{
	serve(&server, .files = files);
	make_directory("pub/tree/d");
	harness_write("pub/tree/new", "new");
	harness_write("pub/tree/d/replaced", "from the daemon");
	make_directory("copy");
	make_directory("copy/d");
	harness_write("copy/kept", "kept");
	harness_write("copy/d/replaced", "old");
	ck_assert_int_eq(chmod("copy/d/replaced", 0600), 0);
	fetch(&client, "-r", "-o", "copy", "pub/tree", NULL);
	expect_code(&client, 0, NULL);
	ck_assert_str_eq(harness_read("copy/kept", NULL), "kept");
	ck_assert_str_eq(harness_read("copy/new", NULL), "new");
	ck_assert_str_eq(harness_read("copy/d/replaced", NULL), "from the daemon");
	ck_assert_uint_eq(status_of("copy/d/replaced").st_mode & 0777, 0600);
	ck_assert_int_eq(harness_count_entries("copy"), 3);
	ck_assert_int_eq(harness_count_entries("copy/d"), 1);
}

TEST(a_link_in_the_place_of_a_directory_is_not_followed)
{
	serve(&server, .files = files);
	make_directory("pub/tree/d");
	harness_write("pub/tree/d/file", "text");
	harness_write("pub/tree/zzz", "last");
	make_directory("outside");
	make_directory("copy");
	make_link("../outside", "copy/d");
	fetch(&client, "-r", "-o", "copy", "pub/tree", NULL);
	ck_assert_int_ne(client.code, 0);
	ck_assert_ptr_nonnull(strstr(client.errors, "copy/d"));
	ck_assert_int_eq(harness_count_entries("outside"), 0);
	ck_assert(S_ISLNK(status_of("copy/d").st_mode));
	harness_assert_same("copy/zzz", "pub/tree/zzz");
}

TEST(a_link_in_place_of_a_file_is_replaced_not_followed)
{
	serve(&server, .files = files);
	harness_write("pub/tree/file", "text");
	harness_write("outside", "untouched");
	make_directory("copy");
	make_link("../outside", "copy/file");
	fetch(&client, "-r", "-o", "copy", "pub/tree", NULL);
	expect_tree("pub/tree", "copy");
	ck_assert_str_eq(harness_read("outside", NULL), "untouched");
}

TEST(a_tree_does_not_replace_a_file)
{
	serve(&server, .files = files);
	harness_write("copy", "mine");
	fetch(&client, "-r", "-o", "copy", "pub/tree", NULL);
	expect_code(&client, CODE_OUTPUT, "msgfetch: pub/tree: ");
	ck_assert_str_eq(harness_read("copy", NULL), "mine");
}

TEST(a_directory_in_place_of_a_file_stays_and_the_rest_arrives)
{
	serve(&server, .files = files);
	harness_write("pub/tree/a", "text");
	harness_write("pub/tree/b", "text");
	make_directory("copy");
	make_directory("copy/a");
	fetch(&client, "-r", "-o", "copy", "pub/tree", NULL);
	expect_code(&client, CODE_OUTPUT, "copy/a");
	ck_assert_int_eq(harness_count_entries("copy/a"), 0);
	harness_assert_same("copy/b", "pub/tree/b");
}

/* Modes and times. */

static void set_time(const char *name)
{
	struct timespec times[2] = {{.tv_sec = 1000000000, .tv_nsec = 123456789},
				    {.tv_sec = 1000000000, .tv_nsec = 123456789}};

	ck_assert_int_eq(utimensat(AT_FDCWD, name, times, AT_SYMLINK_NOFOLLOW), 0);
}

static void make_modes(void)
{
	make_directory("pub/tree/d");
	make_directory("pub/tree/narrow");
	harness_write("pub/tree/d/open", "text");
	harness_write("pub/tree/d/run", "text");
	harness_write("pub/tree/narrow/file", "text");
	harness_write("pub/tree/suid", "text");
	ck_assert_int_eq(chmod("pub/tree/d/open", 0666), 0);
	ck_assert_int_eq(chmod("pub/tree/d/run", 0755), 0);
	ck_assert_int_eq(chmod("pub/tree/suid", 06755), 0);
	ck_assert_int_eq(chmod("pub/tree/d", 0777), 0);
	ck_assert_int_eq(chmod("pub/tree/narrow", 0555), 0);
	ck_assert_int_eq(chmod("pub/tree", 0775), 0);
	set_time("pub/tree/d/open");
	set_time("pub/tree/d");
	set_time("pub/tree/narrow");
	set_time("pub/tree");
}

static void expect_mode(const char *name, mode_t mode)
{
	mode_t found = status_of(name).st_mode & 07777;

	ck_assert_msg(found == mode, "%s has mode %04o", name, (unsigned)found);
}

TEST(modes_are_masked)
{
	serve(&server, .files = files);
	make_modes();
	fetch(&client, "-r", "-o", "copy", "pub/tree", NULL);
	expect_tree("pub/tree", "copy");
	expect_mode("copy", 0755);
	expect_mode("copy/d", 0755);
	expect_mode("copy/narrow", 0555);
	expect_mode("copy/d/open", 0644);
	expect_mode("copy/d/run", 0755);
	expect_mode("copy/suid", 0755);
	ck_assert_int_ne(status_of("copy/d/open").st_mtim.tv_sec, 1000000000);
	ck_assert_int_eq(chmod("copy/narrow", 0755), 0);
}

static void set_narrow_mask(void *context)
{
	(void)context;
	umask(077);
}

TEST(modes_are_masked_by_the_umask_that_is_set)
{
	serve(&server, .files = files);
	make_modes();
	client.prepare = set_narrow_mask;
	fetch(&client, "-r", "-o", "copy", "pub/tree", NULL);
	expect_tree("pub/tree", "copy");
	expect_mode("copy", 0700);
	expect_mode("copy/d", 0700);
	expect_mode("copy/narrow", 0500);
	expect_mode("copy/d/open", 0600);
	expect_mode("copy/d/run", 0700);
	ck_assert_int_eq(chmod("copy/narrow", 0700), 0);
}

static void expect_time(const char *name)
{
	struct stat status = status_of(name);

	ck_assert_msg(status.st_mtim.tv_sec == 1000000000 &&
			      status.st_mtim.tv_nsec == 123456789,
		      "%s has another time", name);
}

TEST(preserve_keeps_modes_and_times)
{
	serve(&server, .files = files);
	make_modes();
	make_link("d", "pub/tree/link");
	set_time("pub/tree/link");
	set_time("pub/tree");
	client.prepare = set_narrow_mask;
	fetch(&client, "-rp", "-o", "copy", "pub/tree", NULL);
	expect_tree("pub/tree", "copy");
	expect_mode("copy", 0775);
	expect_mode("copy/d", 0777);
	expect_mode("copy/narrow", 0555);
	expect_mode("copy/d/open", 0666);
	expect_mode("copy/suid", 0755);
	expect_time("copy");
	expect_time("copy/d");
	expect_time("copy/narrow");
	expect_time("copy/d/open");
	expect_time("copy/link");
	ck_assert_int_eq(chmod("copy/narrow", 0755), 0);
}

TEST(preserve_keeps_mode_and_time_of_one_file)
{
	serve(&server, .files = files);
	make_modes();
	fetch(&client, "-p", "-o", "copy", "pub/tree/d/open", NULL);
	expect_tree("pub/tree/d/open", "copy");
	expect_mode("copy", 0666);
	expect_time("copy");
}

TEST(a_time_after_2262_does_not_become_a_time_in_the_past)
{
	const struct timespec times[2] = {{.tv_sec = 10413792000}, {.tv_sec = 10413792000}};

	serve(&server, .files = files);
	harness_write("pub/tree/file", "text");
	ck_assert_int_eq(utimensat(AT_FDCWD, "pub/tree/file", times, 0), 0);
	if (status_of("pub/tree/file").st_mtime != times[1].tv_sec)
		SKIP("the file system has no times after 2262");
	fetch(&client, "-p", "-o", "copy", "pub/tree/file", NULL);
	expect_code(&client, 0, NULL);
	ck_assert_int_eq(status_of("copy").st_mtime, INT64_MAX / 1000000000);
	fetch(&client, "-v", "-u", "-p", "-o", "copy", "pub/tree/file", NULL);
	expect_code(&client, 0, "skipped");
}

/* The test plays the daemon, in a directory of its own. */

static void ask_for_tree(void)
{
	make_directory("in");
	make_directory("outside");
	fake_open(&fake);
	client_start(&client, "-r", "--retry", "0", "-o", "in/copy", "pub/tree", NULL);
	fake_await(&fake);
	ck_assert_uint_ne(fake.request.flags & REQUEST_RECURSE, 0);
}

static void say(uint32_t entry, uint32_t mode, const char *name, const char *link)
{
	struct entry_wire body = {.stamp = FAKE_STAMP(4), .mode = mode};

	fake_announce(&fake, entry, &body, name, link);
}

static void say_directory(uint32_t entry, const char *name)
{
	say(entry, S_IFDIR | 0755, name, "");
}

static void say_file(uint32_t entry, const char *name)
{
	say(entry, S_IFREG | 0644, name, "");
	fake_bytes(&fake, entry, 0, "text", 4);
	fake_finish(&fake, entry, FAKE_STAMP(4), 4);
}

/* Asserts that nothing was written outside the target. */
static void expect_nothing_outside(void)
{
	ck_assert_int_eq(harness_count_entries("outside"), 0);
	ck_assert_int_eq(harness_count_entries("."), 2);
	ck_assert_int_eq(harness_count_entries("in"), exists("in/copy") ? 1 : 0);
}

static void expect_violation(void)
{
	client_finish(&client);
	expect_code(&client, CODE_ERROR, "protocol");
	ck_assert(!exists("in/copy"));
	expect_nothing_outside();
	fake_close(&fake);
	ck_assert_int_eq(rmdir("in"), 0);
	ck_assert_int_eq(rmdir("outside"), 0);
}

TEST(a_played_tree_arrives)
{
	ask_for_tree();
	say_directory(0, "");
	say_directory(1, "d");
	say_file(2, "d/file");
	say(3, S_IFLNK | 0777, "link", "d/file");
	fake_over(&fake, 4);
	client_finish(&client);
	expect_code(&client, 0, NULL);
	ck_assert_str_eq(harness_read("in/copy/link", NULL), "text");
	fake_close(&fake);
}

TEST(names_that_lead_out_are_refused)
{
	const char *const names[] = {
		"..",
		"../x",
		"../../outside/x",
		"/x",
		"//x",
		"d/../../x",
		"d/..",
		"./x",
		"x/.",
		"x//y",
		"x/",
		"d//x",
		"/",
		".",
		"d/./x",
		"...//x",
		"../in/copy/x",
		"d/../x",
	};

	for (size_t i = 0; i < COUNT(names); i++) {
		ask_for_tree();
		say_directory(0, "");
		say_directory(1, "d");
		say(2, S_IFREG | 0644, names[i], "");
		fake_bytes(&fake, 2, 0, "text", 4);
		expect_violation();
	}
}

TEST(directories_and_links_by_names_that_lead_out_are_refused)
{
	const char *const names[] = {"..", "../outside", "/outside", "d/../../outside"};

	for (size_t i = 0; i < COUNT(names); i++) {
		ask_for_tree();
		say_directory(0, "");
		say_directory(1, names[i]);
		expect_violation();
		ask_for_tree();
		say_directory(0, "");
		say(1, S_IFLNK | 0777, names[i], "x");
		expect_violation();
	}
}

/* A NUL ends a name, and an ENTRY has two strings. */
TEST(a_nul_hides_nothing)
{
	struct entry_wire body = {.stamp = FAKE_STAMP(4), .mode = S_IFREG | 0644};
	static const char names[] = "fine\0../../outside/x\0";
	uint8_t text[256];
	size_t length;

	ask_for_tree();
	say_directory(0, "");
	length = reply_encode_entry(text, fake.request.serial, 1, &body, NULL, NULL);
	memcpy(text + length, names, sizeof(names) - 1);
	/* "fine", the link text "../../outside/x", and one excess NUL. */
	length += sizeof(names) - 1;
	text[length++] = '\0';
	reply_encode_head(text, MESSAGE_ENTRY, fake.request.serial, 1, 0,
			  (uint32_t)(length - sizeof(struct reply_wire)), 0);
	fake_send(&fake, MESSAGE_ENTRY, text, length);
	expect_violation();
}

TEST(a_component_that_is_too_long_is_refused)
{
	char name[300];

	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	ask_for_tree();
	say_directory(0, "");
	say_file(1, name);
	expect_violation();
}

TEST(entries_out_of_order_are_refused)
{
	ask_for_tree();
	say_directory(0, "");
	say_directory(2, "d");
	expect_violation();
	ask_for_tree();
	say_directory(0, "");
	say_directory(UINT32_MAX - 1, "d");
	expect_violation();
	ask_for_tree();
	say_directory(1, "");
	expect_violation();
	ask_for_tree();
	say_file(0, "file");
	expect_violation();
}

TEST(nothing_is_made_beneath_a_file)
{
	ask_for_tree();
	say_file(0, "");
	say_file(1, "beneath");
	client_finish(&client);
	expect_code(&client, CODE_ERROR, "protocol");
	ck_assert_str_eq(harness_read("in/copy", NULL), "text");
	expect_nothing_outside();
	fake_close(&fake);
}

TEST(a_path_that_was_not_requested_is_refused)
{
	struct entry_wire body = {.mode = S_IFDIR | 0755, .path = 1};

	ask_for_tree();
	say_directory(0, "");
	fake_announce(&fake, 1, &body, "", "");
	expect_violation();
	ask_for_tree();
	body.path = UINT32_MAX;
	fake_announce(&fake, 0, &body, "", "");
	expect_violation();
}

TEST(an_end_with_another_count_is_refused)
{
	const uint64_t counts[] = {0, 2, 1000000, 1ull << 32, (1ull << 32) + 1, INT64_MAX};

	for (size_t i = 0; i < COUNT(counts); i++) {
		ask_for_tree();
		say_directory(0, "");
		fake_over(&fake, counts[i]);
		expect_violation();
	}
}

TEST(an_end_before_any_entry_is_refused)
{
	ask_for_tree();
	fake_over(&fake, 0);
	expect_violation();
}

TEST(bytes_for_a_directory_are_refused)
{
	ask_for_tree();
	say_directory(0, "");
	fake_bytes(&fake, 0, 0, "text", 4);
	expect_violation();
}

/* The names are harmless, but a parent is a link that the daemon sent. */
TEST(nothing_is_created_through_a_link)
{
	ask_for_tree();
	say_directory(0, "");
	say_directory(1, "d");
	say(2, S_IFLNK | 0777, "l", "d");
	say_file(3, "l/file");
	say_file(4, "d/other");
	fake_over(&fake, 5);
	client_finish(&client);
	expect_code(&client, CODE_OUTPUT, "l/file");
	ck_assert_int_eq(harness_count_entries("in/copy/d"), 1);
	expect_nothing_outside();
	fake_close(&fake);
}

TEST(a_link_that_a_daemon_makes_is_not_written_through)
{
	ask_for_tree();
	say_directory(0, "");
	say_file(1, "target");
	say(2, S_IFLNK | 0777, "l", "target");
	say(3, S_IFREG | 0644, "l", "");
	fake_bytes(&fake, 3, 0, "evil", 4);
	fake_finish(&fake, 3, FAKE_STAMP(4), 4);
	fake_over(&fake, 4);
	client_finish(&client);
	ck_assert_str_eq(harness_read("in/copy/target", NULL), "text");
	expect_nothing_outside();
	fake_close(&fake);
}

TEST(links_that_lead_out_are_always_left_out)
{
	const char *const links[] = {"/etc/passwd", "..",        "../../outside",
				     "d/../../x",   "../copy/x", "./../x",
				     "//x"};
	uint32_t entry = 2;

	ask_for_tree();
	say_directory(0, "");
	say_directory(1, "d");
	for (size_t i = 0; i < COUNT(links); i++)
		say(entry++, S_IFLNK | 0777, harness_format("l%zu", i), links[i]);
	fake_over(&fake, entry);
	client_finish(&client);
	expect_code(&client, CODE_DENIED, "l0");
	ck_assert_int_eq(harness_count_entries("in/copy"), 1);
	expect_nothing_outside();
	fake_close(&fake);
}

/* A parent that is a file, or that does not exist. */
TEST(a_file_is_no_way_to_another)
{
	ask_for_tree();
	say_directory(0, "");
	say_file(1, "file");
	say_file(2, "file/beneath");
	say_file(3, "not/announced");
	say_file(4, "last");
	fake_over(&fake, 5);
	client_finish(&client);
	expect_code(&client, CODE_OUTPUT, "file/beneath");
	ck_assert_ptr_nonnull(strstr(client.errors, "not/announced"));
	ck_assert_int_eq(harness_count_entries("in/copy"), 2);
	expect_nothing_outside();
	fake_close(&fake);
}

TEST(a_repeated_directory_does_no_harm)
{
	ask_for_tree();
	say_directory(0, "");
	for (uint32_t i = 1; i < 200; i++)
		say_directory(i, i % 2 == 0 ? "d" : "d/e");
	fake_over(&fake, 200);
	client_finish(&client);
	ck_assert_int_ge(client.code, 0);
	expect_nothing_outside();
	fake_close(&fake);
}

/* Entries of the wrong kind, without -r. */

static void ask_for_file(void)
{
	make_directory("in");
	make_directory("outside");
	fake_open(&fake);
	client_start(&client, "--retry", "0", "-o", "in/copy", "pub/file", NULL);
	fake_await(&fake);
	ck_assert_uint_eq(fake.request.flags & REQUEST_RECURSE, 0);
}

TEST(a_directory_in_the_place_of_a_file_is_refused)
{
	ask_for_file();
	say_directory(0, "");
	expect_violation();
}

TEST(a_link_in_the_place_of_a_file_is_refused)
{
	ask_for_file();
	say(0, S_IFLNK | 0777, "", "outside");
	fake_over(&fake, 1);
	client_finish(&client);
	ck_assert_int_gt(client.code, 0);
	ck_assert_str_ne(client.errors, "");
	ck_assert(!exists("in/copy"));
	fake_close(&fake);
}

TEST(a_fifo_in_the_place_of_a_file_is_refused)
{
	ask_for_file();
	say(0, S_IFIFO | 0644, "", "");
	fake_over(&fake, 1);
	client_finish(&client);
	ck_assert_int_gt(client.code, 0);
	ck_assert_str_ne(client.errors, "");
	ck_assert(!exists("in/copy"));
	fake_close(&fake);
}

/* Trees that end early. */

static void begin_tree(void)
{
	ask_for_tree();
	say_directory(0, "");
	say_directory(1, "d");
	say_file(2, "d/file");
	say(3, S_IFREG | 0644, "begun", "");
	fake_bytes(&fake, 3, 0, "te", 2);
	WAIT_FOR(harness_count_entries("in") == 1);
	WAIT_FOR(peer_count_messages(&(struct peer){.queue = fake.request.queue}) == 0);
	ck_assert(!exists("in/copy"));
}

static void expect_signal_cleans(int number)
{
	begin_tree();
	ck_assert_int_eq(kill(client.pid, number), 0);
	client_finish(&client);
	ck_assert_int_eq(client.signal, number);
	ck_assert_int_eq(harness_count_entries("in"), 0);
	fake_close(&fake);
}

TEST(sigint_leaves_nothing_of_a_tree)
{
	expect_signal_cleans(SIGINT);
}

TEST(sigterm_leaves_nothing_of_a_tree)
{
	expect_signal_cleans(SIGTERM);
}

/* Kills a fetch half-way, which leaves its hidden directory. */
static void leave_directory(void)
{
	begin_tree();
	ck_assert_int_eq(kill(client.pid, SIGKILL), 0);
	client_finish(&client);
	ck_assert_int_eq(queue_remove(fake.request.queue), 0);
	fake_close(&fake);
	ck_assert_int_eq(harness_count_entries("in"), 1);
}

/* Fetches the same tree to its end. */
static void fetch_tree_again(void)
{
	ck_assert_int_eq(mkdir("pub", 0755), 0);
	harness_write("pub/file", "text");
	msgfetchd_start(&server, "-e", "pub=pub", NULL);
	fetch(&client, "-r", "-o", "in/copy", "pub", NULL);
	expect_code(&client, 0, NULL);
	ck_assert(exists("in/copy/file"));
}

TEST(the_next_run_removes_leftovers_of_a_killed_run)
{
	leave_directory();
	fetch_tree_again();
	ck_assert_int_eq(harness_count_entries("in"), 1);
}

TEST(the_directory_of_a_live_run_is_kept)
{
	struct client living;

	begin_tree();
	living = client;
	fake_close(&fake);
	harness_stop(living.pid);
	client = (struct client){0};
	fetch_tree_again();
	ck_assert_int_eq(harness_count_entries("in"), 2);
	ck_assert_int_eq(kill(living.pid, SIGTERM), 0);
	ck_assert_int_eq(kill(living.pid, SIGCONT), 0);
	client_finish(&living);
	ck_assert_int_eq(harness_count_entries("in"), 1);
}

TEST(nothing_is_removed_from_unsafe_directories)
{
	leave_directory();
	ck_assert_int_eq(chmod("in", 0777), 0);
	fetch_tree_again();
	ck_assert_int_eq(harness_count_entries("in"), 2);
}

TEST(directories_with_similar_names_are_kept)
{
	leave_directory();
	ck_assert_int_eq(mkdir("in/.copy.backup", 0755), 0);
	ck_assert_int_eq(mkdir("in/.copies.msgfetch-AbCdEf", 0755), 0);
	harness_write("in/.copy.msgfetch-AbCdEf", "a file");
	fetch_tree_again();
	ck_assert_int_eq(harness_count_entries("in"), 4);
}

TEST(a_tree_whose_daemon_is_gone_leaves_nothing)
{
	begin_tree();
	fake_fail(&fake, FAILURE_WORKER_LOST, ECHILD, 0);
	client_finish(&client);
	ck_assert_int_ne(client.code, 0);
	ck_assert_int_eq(harness_count_entries("in"), 0);
	fake_close(&fake);
}

TEST(a_tree_that_fails_on_the_way_leaves_nothing)
{
	begin_tree();
	say_directory(4, "../x");
	expect_violation();
}

TEST(a_signal_removes_only_the_current_file_of_an_existing_target)
{
	make_directory("in");
	make_directory("in/copy");
	harness_write("in/copy/kept", "kept");
	fake_open(&fake);
	client_start(&client, "-r", "-o", "in/copy", "pub/tree", NULL);
	fake_await(&fake);
	say_directory(0, "");
	say_file(1, "whole");
	say(2, S_IFREG | 0644, "begun", "");
	fake_bytes(&fake, 2, 0, "te", 2);
	WAIT_FOR(harness_count_entries("in/copy") == 3);
	ck_assert_int_eq(kill(client.pid, SIGTERM), 0);
	client_finish(&client);
	ck_assert_int_eq(client.signal, SIGTERM);
	ck_assert_int_eq(harness_count_entries("in/copy"), 2);
	ck_assert_str_eq(harness_read("in/copy/whole", NULL), "text");
	fake_close(&fake);
}

TEST(an_entry_that_failed_half_way_is_removed)
{
	ask_for_tree();
	say_directory(0, "");
	say(1, S_IFREG | 0644, "half", "");
	fake_bytes(&fake, 1, 0, "te", 2);
	fake_refuse(&fake, 1, FAILURE_CHANGED, ESTALE, 0);
	say_file(2, "file");
	fake_over(&fake, 3);
	client_finish(&client);
	expect_code(&client, 7, "half");
	ck_assert_int_eq(harness_count_entries("in/copy"), 1);
	fake_close(&fake);
}

/* After a retry, entries that only the first daemon sent are gone. */
TEST(a_tree_is_requested_again_and_complete)
{
	make_directory("in");
	fake_open(&fake);
	client_start(&client, "-r", "-o", "in/copy", "pub/tree", NULL);
	fake_await(&fake);
	say_directory(0, "");
	say_file(1, "of-the-first-alone");
	say(2, S_IFREG | 0644, "begun", "");
	fake_bytes(&fake, 2, 0, "te", 2);
	WAIT_FOR(harness_count_entries("in") == 1);
	fake_close(&fake);
	serve(&server, .files = files);
	make_everything("pub/tree");
	client_finish(&client);
	expect_tree("pub/tree", "in/copy");
	ck_assert_int_eq(harness_count_entries("in"), 1);
}

/* The first daemon dies while the client is stopped in the middle of a tree. */
TEST(a_tree_is_complete_after_its_daemon_was_killed)
{
	struct msgfetchd successor = {0};

	serve(&server, .files = files);
	for (int i = 0; i < 300; i++)
		harness_make_file(harness_format("pub/tree/%d", i), 70000, (unsigned)i);
	client_start(&client, "-r", "--ring=1x16K", "-o", "copy", "pub/tree", NULL);
	WAIT_FOR(harness_count_children(server.pid, 0) == 1);
	harness_stop(client.pid);
	kill(harness_only_child(server.pid), SIGKILL);
	msgfetchd_kill(&server);
	msgfetchd_start(&successor, "-e", "pub=pub", NULL);
	ck_assert_int_eq(kill(client.pid, SIGCONT), 0);
	client_finish(&client);
	expect_tree("pub/tree", "copy");
	msgfetchd_stop(&successor);
}

int main(void)
{
	return harness_main("integration/tree", HARNESS_IPC);
}
