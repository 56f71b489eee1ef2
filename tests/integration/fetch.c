/* SPDX-License-Identifier: ISC */
/* integration/fetch: files that can be fetched, byte for byte, and files that cannot. */
#include "config.h"

#include "tests/support/actors.h"
#include "tests/support/harness.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/securebits.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static struct msgfetchd server;
static struct client client;

#define EXIT_OTHER 1
#define EXIT_MISSING 5
#define EXIT_DENIED 6

static const struct served nothing[] = {{.name = NULL}};

static void fetch_one(const char *path)
{
	fetch(&client, path, NULL);
}

static void expect_refused(const char *path, int code, const char *text)
{
	fetch_one(path);
	expect_code(&client, code, text);
	ck_assert_uint_eq(client.output_length, 0);
}

static void fetch_of_size(size_t size)
{
	serve(&server, .files = nothing);
	harness_make_file("pub/file", size, 1);
	fetch_one("pub/file");
	ck_assert_uint_eq(client.output_length, size);
	expect_file(&client, "pub/file");
	ck_assert_str_eq(client.errors, "");
}

TEST(serves_a_file_of_0_bytes)
{
	fetch_of_size(0);
}

TEST(serves_a_file_of_1_byte)
{
	fetch_of_size(1);
}

TEST(serves_a_file_of_4095_bytes)
{
	fetch_of_size(4095);
}

TEST(serves_a_file_of_4096_bytes)
{
	fetch_of_size(4096);
}

TEST(serves_a_file_of_4097_bytes)
{
	fetch_of_size(4097);
}

TEST(serves_a_file_of_8191_bytes)
{
	fetch_of_size(8191);
}

TEST(serves_a_file_of_8192_bytes)
{
	fetch_of_size(8192);
}

TEST(serves_a_file_of_8193_bytes)
{
	fetch_of_size(8193);
}

TEST(serves_a_file_that_just_fills_a_message)
{
	fetch_of_size(REPLY_BODY_MAX);
}

TEST(serves_a_file_one_byte_past_a_message)
{
	fetch_of_size(REPLY_BODY_MAX + 1);
}

TEST(serves_a_file_of_1_mib)
{
	fetch_of_size(1 << 20);
}

/* Returns length bytes at offset at of a sparse file with one block of data. */
static const uint8_t *expected_part(uint64_t at, size_t length, uint64_t block_at)
{
	static uint8_t part[1 << 16];
	const uint8_t *block = harness_sparse_block(block_at);

	memset(part, 0, length);
	if (at + length <= block_at || at >= block_at + SPARSE_BLOCK)
		return part;
	for (size_t i = 0; i < length; i++)
		if (at + i >= block_at && at + i < block_at + SPARSE_BLOCK)
			part[i] = block[at + i - block_at];
	return part;
}

/* Reads the client's output and compares it with a sparse file of one block. */
static void compare_sparse(uint64_t size, uint64_t block_at)
{
	static uint8_t got[1 << 16];
	uint64_t at = 0;

	while (at < size) {
		size_t want = size - at < sizeof(got) ? (size_t)(size - at) : sizeof(got);
		ssize_t length = read(client.out, got, want);

		ck_assert_msg(length > 0, "ends at %ju", (uintmax_t)at);
		ck_assert_msg(memcmp(got, expected_part(at, (size_t)length, block_at),
				     (size_t)length) == 0,
			      "differs after %ju", (uintmax_t)at);
		at += (uint64_t)length;
	}
}

TEST(serves_a_sparse_file_of_1_gib)
{
	const uint64_t size = 1 << 30, at = size / 2;

	serve(&server, .files = nothing);
	harness_make_sparse("pub/file", size, &at, 1);
	client_start(&client, "pub/file", NULL);
	compare_sparse(size, at);
	client_finish(&client);
	expect_code(&client, 0, NULL);
	ck_assert_uint_eq(client.output_length, 0); /* nothing after the end */
}

TEST(serves_a_file_of_2_gib_and_more)
{
	const uint64_t size = (3ull << 30) + 1, at = (3ull << 30) - SPARSE_BLOCK;
	struct stat status;

	serve(&server, .files = nothing);
	harness_make_sparse("pub/file", size, &at, 1);
	fetch(&client, "-o", "copy", "pub/file", NULL);
	expect_code(&client, 0, NULL);
	ck_assert_int_eq(stat("copy", &status), 0);
	ck_assert_uint_eq((uint64_t)status.st_size, size);
	int copy = open("copy", O_RDONLY | O_CLOEXEC);
	static uint8_t block[SPARSE_BLOCK];
	ck_assert_int_eq(pread(copy, block, sizeof(block), (off_t)at), SPARSE_BLOCK);
	ck_assert_mem_eq(block, harness_sparse_block(at), SPARSE_BLOCK);
	ck_assert_int_eq(pread(copy, block, sizeof(block), (off_t)(at - SPARSE_BLOCK)),
			 SPARSE_BLOCK);
	for (size_t i = 0; i < sizeof(block); i++)
		ck_assert_uint_eq(block[i], 0);
	close(copy);
}

TEST(serves_a_file_that_ends_in_a_hole)
{
	const uint64_t at = 0;

	serve(&server, .files = nothing);
	harness_make_sparse("pub/file", 1 << 20, &at, 1);
	fetch_one("pub/file");
	expect_file(&client, "pub/file");
}

TEST(serves_a_file_that_is_all_hole)
{
	serve(&server, .files = nothing);
	harness_make_sparse("pub/file", 100001, NULL, 0);
	fetch_one("pub/file");
	expect_file(&client, "pub/file");
}

static void fetch_name(const char *name)
{
	const char *path = harness_format("pub/%s", name);

	serve(&server, .files = nothing);
	harness_make_file(path, 1000, 2);
	fetch_one(path);
	expect_file(&client, path);
}

TEST(serves_a_name_with_spaces)
{
	fetch_name(" a file  with spaces ");
}

TEST(serves_a_name_with_a_newline)
{
	fetch_name("first\nsecond\n");
}

TEST(serves_a_name_in_utf_8)
{
	fetch_name("gr\xc3\xb6\xc3\x9f"
		   "e \xe6\x97\xa5\xe6\x9c\xac \xf0\x9f\x90\x99");
}

TEST(serves_a_name_that_is_not_utf_8)
{
	fetch_name("\xff\xfe\x80");
}

TEST(serves_a_name_that_looks_like_an_option)
{
	fetch_name("-o");
}

TEST(serves_a_name_of_255_bytes)
{
	char name[256];

	memset(name, 'n', 255);
	name[255] = '\0';
	fetch_name(name);
}

TEST(serves_a_file_in_a_deep_directory)
{
	serve(&server, .files = nothing);
	ck_assert_int_eq(mkdir("pub/a", 0755), 0);
	ck_assert_int_eq(mkdir("pub/a/b", 0755), 0);
	harness_make_file("pub/a/b/c", 10000, 3);
	fetch_one("pub/a/b/c");
	expect_file(&client, "pub/a/b/c");
}

TEST(serves_several_paths_one_after_the_other)
{
	serve(&server, .files = nothing);
	harness_write("pub/one", "1one\n");
	harness_write("pub/two", "");
	harness_write("pub/three", "3three");
	fetch(&client, "pub/one", "pub/two", "pub/three", "pub/one", NULL);
	expect_code(&client, 0, NULL);
	ck_assert_str_eq(client.output, "1one\n3three1one\n");
}

TEST(one_failing_path_does_not_stop_the_others)
{
	serve(&server, .files = nothing);
	harness_write("pub/one", "one");
	harness_write("pub/two", "two");
	fetch(&client, "pub/one", "pub/missing", "pub/two", NULL);
	expect_code(&client, EXIT_MISSING, "msgfetch: pub/missing: ");
	ck_assert_str_eq(client.output, "onetwo");
}

TEST(paths_that_fail_differently_give_the_general_code)
{
	serve(&server, .files = nothing);
	ck_assert_int_eq(symlink("/etc/passwd", "pub/out"), 0);
	fetch(&client, "pub/missing", "pub/out", NULL);
	expect_code(&client, EXIT_OTHER, "msgfetch: pub/out: ");
}

TEST(leading_slashes_do_not_count)
{
	serve(&server, .files = nothing);
	harness_write("pub/file", "text");
	fetch_one("/pub/file");
	expect_file(&client, "pub/file");
	fetch_one("///pub/file");
	expect_file(&client, "pub/file");
}

TEST(doubled_slashes_do_not_count)
{
	serve(&server, .files = nothing);
	harness_write("pub/file", "text");
	fetch_one("pub//file");
	expect_file(&client, "pub/file");
}

TEST(a_second_export_is_served_too)
{
	ck_assert_int_eq(mkdir("a", 0755), 0);
	ck_assert_int_eq(mkdir("b", 0755), 0);
	harness_write("a/file", "of a");
	harness_write("b/file", "of b");
	msgfetchd_start(&server, "-e", "one=a", "--export", "two=b", NULL);
	fetch(&client, "two/file", "one/file", NULL);
	expect_code(&client, 0, NULL);
	ck_assert_str_eq(client.output, "of bof a");
}

TEST(the_root_export_serves_all_other_paths)
{
	ck_assert_int_eq(mkdir("all", 0755), 0);
	ck_assert_int_eq(mkdir("all/etc", 0755), 0);
	ck_assert_int_eq(mkdir("pub", 0755), 0);
	harness_write("all/etc/file", "of all");
	harness_write("pub/file", "of pub");
	msgfetchd_start(&server, "-e", "/=all", "-e", "pub=pub", NULL);
	fetch(&client, "/etc/file", "etc/file", "/pub/file", NULL);
	expect_code(&client, 0, NULL);
	ck_assert_str_eq(client.output, "of allof allof pub");
}

TEST(a_name_that_only_begins_like_an_export_is_not_it)
{
	serve(&server, .files = nothing);
	harness_write("pub/file", "text");
	expect_refused("public/file", EXIT_MISSING, "no such export");
	expect_refused("pu/file", EXIT_MISSING, "no such export");
}

TEST(a_mistyped_export_gets_a_suggestion)
{
	ck_assert_int_eq(mkdir("alpha", 0755), 0);
	ck_assert_int_eq(mkdir("beta", 0755), 0);
	msgfetchd_start(&server, "-e", "alpha=alpha", "-e", "beta=beta", NULL);
	fetch(&client, "aplha/file", NULL);
	expect_code(&client, EXIT_MISSING, "msgfetch: aplha/file: did you mean alpha/file?\n");
	fetch(&client, "-l", "btea", NULL);
	expect_code(&client, EXIT_MISSING, "msgfetch: btea: did you mean beta?\n");
	fetch(&client, "gamma/file", NULL);
	expect_code(&client, EXIT_MISSING, "gamma/file: no such export");
	ck_assert_ptr_null(strstr(client.errors, "did you mean"));
}

TEST(an_unknown_export_is_not_found)
{
	serve(&server, .files = nothing);
	expect_refused("nothing/file", EXIT_MISSING, "msgfetch: nothing/file: ");
}

TEST(a_missing_file_is_not_found)
{
	serve(&server, .files = nothing);
	expect_refused("pub/missing", EXIT_MISSING,
		       "msgfetch: pub/missing: No such file or directory\n");
}

TEST(a_file_is_no_directory)
{
	serve(&server, .files = nothing);
	harness_write("pub/file", "text");
	expect_refused("pub/file/below", EXIT_MISSING, "Not a directory");
	expect_refused("pub/file/", EXIT_MISSING, "Not a directory");
}

TEST(a_path_that_is_too_long_is_refused_and_reported)
{
	char path[5000];

	serve(&server, .files = nothing);
	memset(path, 'a', sizeof(path) - 1);
	for (size_t i = 100; i < sizeof(path); i += 100)
		path[i] = '/';
	path[sizeof(path) - 1] = '\0';
	expect_refused(path, EXIT_OTHER, "too long");
}

TEST(an_empty_path_is_refused)
{
	serve(&server, .files = nothing);
	fetch_one("");
	ck_assert_int_ne(client.code, 0);
	ck_assert_str_ne(client.errors, "");
}

/* Leaves the daemon without the capabilities that would make root read everything. */
static void drop_capabilities(void *context)
{
	struct {
		uint32_t version;
		int pid;
	} head = {0x20080522, 0};
	uint32_t sets[6] = {0};

	(void)context;
	if (prctl(PR_SET_SECUREBITS, SECBIT_NOROOT | SECBIT_NOROOT_LOCKED) != 0 ||
	    syscall(SYS_capset, &head, sets) != 0)
		_exit(126);
}

TEST(an_unreadable_file_is_denied)
{
	server.prepare = drop_capabilities;
	serve(&server, .files = nothing);
	harness_write("pub/file", "secret");
	ck_assert_int_eq(chmod("pub/file", 0), 0);
	expect_refused("pub/file", EXIT_DENIED, "Permission denied");
}

TEST(a_file_in_an_unreadable_directory_is_denied)
{
	server.prepare = drop_capabilities;
	serve(&server, .files = nothing);
	ck_assert_int_eq(mkdir("pub/dir", 0755), 0);
	harness_write("pub/dir/file", "secret");
	ck_assert_int_eq(chmod("pub/dir", 0), 0);
	expect_refused("pub/dir/file", EXIT_DENIED, "Permission denied");
}

TEST(a_file_that_the_daemon_may_not_read_is_denied_though_the_client_might)
{
	uid_t uid = OTHER_UID;

	if (!harness_other_users())
		SKIP("needs real root, to be another user");
	server.prepare = harness_become;
	server.context = &uid;
	serve(&server, .files = nothing);
	harness_write("pub/file", "secret");
	ck_assert_int_eq(chmod("pub/file", 0600), 0);
	fetch(&client, "--server-user", harness_format("%d", OTHER_UID), "pub/file", NULL);
	expect_code(&client, EXIT_DENIED, "Permission denied");
	ck_assert_uint_eq(client.output_length, 0);
}

TEST(a_directory_is_refused)
{
	serve(&server, .files = nothing);
	ck_assert_int_eq(mkdir("pub/dir", 0755), 0);
	expect_refused("pub/dir", EXIT_OTHER,
		       "msgfetch: pub/dir: is a directory; -r fetches it, -l lists it\n");
	expect_refused("pub/dir/", EXIT_OTHER, "is a directory");
}

TEST(an_export_itself_is_a_directory)
{
	serve(&server, .files = nothing);
	expect_refused("pub", EXIT_OTHER, "is a directory");
	expect_refused("pub/", EXIT_OTHER, "is a directory");
}

/* Asks with a client of our own, which sees the errno itself. */
static void expect_errno(const char *path, int error)
{
	struct peer peer;

	peer_open(&peer);
	peer_ask(&peer, path, 0);
	peer_expect_failure(&peer, FAILURE_FILE, error);
	peer_close(&peer);
}

TEST(a_fifo_is_refused_without_waiting)
{
	serve(&server, .files = nothing);
	ck_assert_int_eq(mkfifo("pub/fifo", 0666), 0);
	expect_errno("pub/fifo", ENXIO);
	expect_refused("pub/fifo", EXIT_OTHER, "msgfetch: pub/fifo: ");
}

static int find_sleeper(pid_t child, char state, void *context)
{
	return child == *(pid_t *)context && state == 'S';
}

TEST(a_writer_that_waits_on_a_fifo_is_not_disturbed)
{
	pid_t writer;
	char byte = 0;
	int fifo, status;

	serve(&server, .files = nothing);
	ck_assert_int_eq(mkfifo("pub/fifo", 0666), 0);
	writer = fork();
	if (writer == 0) {
		fifo = open("pub/fifo", O_WRONLY);
		_exit(write(fifo, "x", 1) != 1);
	}
	WAIT_FOR(harness_each_child(getpid(), find_sleeper, &writer) == 1);
	expect_refused("pub/fifo", EXIT_OTHER, NULL);
	ck_assert_int_eq(waitpid(writer, &status, WNOHANG), 0);
	fifo = open("pub/fifo", O_RDONLY);
	ck_assert_int_eq(read(fifo, &byte, 1), 1);
	ck_assert_int_eq(byte, 'x');
	ck_assert_int_eq(actors_wait(writer, WAIT_LIMIT_MS), 0);
	close(fifo);
}

TEST(a_device_is_refused)
{
	msgfetchd_start(&server, "-e", "dev=/dev", NULL);
	expect_errno("dev/null", ENXIO);
	expect_refused("dev/zero", EXIT_OTHER, "msgfetch: dev/zero: ");
}

TEST(a_socket_is_refused)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "pub/socket"};
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	serve(&server, .files = nothing);
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
	expect_errno("pub/socket", ENXIO);
	expect_refused("pub/socket", EXIT_OTHER, "msgfetch: pub/socket: ");
	close(listener);
}

TEST(dot_dot_cannot_leave_the_export)
{
	serve(&server, .files = nothing);
	harness_write("secret", "secret");
	ck_assert_int_eq(mkdir("pub/dir", 0755), 0);
	expect_refused("pub/../secret", EXIT_DENIED, "msgfetch: pub/../secret: ");
	expect_refused("pub/dir/../../secret", EXIT_DENIED, NULL);
	expect_refused("pub/dir/../../pub/../secret", EXIT_DENIED, NULL);
	expect_errno("pub/../secret", EXDEV);
}

TEST(dot_dot_cannot_leave_and_come_back)
{
	serve(&server, .files = nothing);
	harness_write("pub/file", "text");
	expect_refused("pub/../pub/file", EXIT_DENIED, NULL);
}

TEST(dot_dot_within_the_export_works)
{
	serve(&server, .files = nothing);
	ck_assert_int_eq(mkdir("pub/dir", 0755), 0);
	harness_write("pub/file", "text");
	fetch_one("pub/dir/../file");
	expect_file(&client, "pub/file");
}

TEST(dot_dot_is_no_export)
{
	ck_assert_int_eq(mkdir("pub", 0755), 0);
	harness_write("secret", "secret");
	msgfetchd_start(&server, "-e", "/=pub", NULL);
	expect_refused("../secret", EXIT_DENIED, NULL);
	expect_refused("/../secret", EXIT_DENIED, NULL);
}

TEST(a_symlink_within_the_export_works)
{
	serve(&server, .files = nothing);
	ck_assert_int_eq(mkdir("pub/dir", 0755), 0);
	harness_write("pub/file", "text");
	ck_assert_int_eq(symlink("../file", "pub/dir/link"), 0);
	ck_assert_int_eq(symlink("dir", "pub/other"), 0);
	fetch_one("pub/other/link");
	expect_file(&client, "pub/file");
}

TEST(a_symlink_cannot_lead_out_of_the_export)
{
	serve(&server, .files = nothing);
	harness_write("secret", "secret");
	ck_assert_int_eq(symlink("../secret", "pub/link"), 0);
	expect_refused("pub/link", EXIT_DENIED, "msgfetch: pub/link: ");
	expect_errno("pub/link", EXDEV);
}

TEST(an_absolute_symlink_cannot_lead_out_of_the_export)
{
	serve(&server, .files = nothing);
	ck_assert_int_eq(symlink("/etc/passwd", "pub/link"), 0);
	expect_refused("pub/link", EXIT_DENIED, NULL);
	expect_errno("pub/link", EXDEV);
}

TEST(a_symlinked_directory_cannot_lead_out_of_the_export)
{
	serve(&server, .files = nothing);
	ck_assert_int_eq(symlink("/etc", "pub/dir"), 0);
	expect_refused("pub/dir/passwd", EXIT_DENIED, NULL);
}

TEST(a_magic_link_cannot_lead_out_of_the_export)
{
	struct peer peer;
	struct reply reply;

	msgfetchd_start(&server, "-e", "proc=/proc", NULL);
	peer_open(&peer);
	peer_ask(&peer, "proc/self/root/etc/passwd", 0);
	reply = peer_receive(&peer);
	ck_assert_int_eq(reply.type, MESSAGE_FAILURE);
	ck_assert(reply.body.failure.error == ELOOP || reply.body.failure.error == EXDEV);
	peer_close(&peer);
	fetch_one("proc/self/cwd/secret");
	ck_assert_int_ne(client.code, 0);
	ck_assert_uint_eq(client.output_length, 0);
}

TEST(a_loop_of_symlinks_is_refused)
{
	serve(&server, .files = nothing);
	ck_assert_int_eq(symlink("b", "pub/a"), 0);
	ck_assert_int_eq(symlink("a", "pub/b"), 0);
	expect_errno("pub/a", ELOOP);
}

TEST(a_file_replaced_between_two_fetches_is_served_anew)
{
	serve(&server, .files = nothing);
	harness_make_file("pub/file", 5000, 1);
	fetch_one("pub/file");
	expect_file(&client, "pub/file");
	harness_make_file("pub/new", 6000, 2);
	ck_assert_int_eq(rename("pub/new", "pub/file"), 0);
	fetch_one("pub/file");
	expect_file(&client, "pub/file");
}

TEST(ping_names_the_daemon_and_its_version)
{
	serve(&server, .files = nothing);
	fetch(&client, "--ping", NULL);
	expect_code(&client, 0, NULL);
	ck_assert_ptr_nonnull(strstr(client.output, "msgfetchd " PACKAGE_VERSION));
}

TEST(ping_answers_with_data_and_end)
{
	struct peer peer;
	struct reply reply;
	const char *version = "msgfetchd " PACKAGE_VERSION;

	serve(&server, .files = nothing);
	peer_open(&peer);
	peer_ping(&peer);
	reply = peer_receive(&peer);
	ck_assert_int_eq(reply.type, MESSAGE_DATA);
	ck_assert_uint_eq(reply.entry, 0);
	ck_assert_uint_eq(reply.body.data.length, strlen(version));
	ck_assert_mem_eq(reply.body.data.bytes, version, strlen(version));
	reply = peer_receive(&peer);
	ck_assert_int_eq(reply.type, MESSAGE_END);
	ck_assert_uint_eq(reply.body.end.wire.offset, strlen(version));
	peer_close(&peer);
}

TEST(one_request_may_name_several_paths)
{
	static const char paths[] = "pub/one\0pub/missing\0pub/two";
	struct peer peer;

	serve(&server, .files = nothing);
	harness_make_file("pub/one", 20000, 1);
	harness_make_file("pub/two", 10, 2);
	peer_open(&peer);
	peer.request.operation = OPERATION_FETCH;
	peer.request.paths = paths;
	peer.request.path_bytes = sizeof(paths);
	peer.request.path_count = 3;
	peer_send(&peer);
	peer_expect_file(&peer, "pub/one");
	peer_expect_failure(&peer, FAILURE_FILE, ENOENT);
	peer_expect_file(&peer, "pub/two");
	peer_close(&peer);
}

TEST(without_the_holes_flag_every_byte_is_sent)
{
	const uint64_t at = 64 * SPARSE_BLOCK;
	struct peer peer;

	serve(&server, .files = nothing);
	harness_make_sparse("pub/file", 1 << 20, &at, 1);
	peer_open(&peer);
	peer_ask(&peer, "pub/file", 0);
	peer_expect_file(&peer, "pub/file");
	peer_close(&peer);
}

TEST(with_the_holes_flag_holes_are_left_out)
{
	const uint64_t at = 64 * SPARSE_BLOCK;
	struct peer peer;
	struct reply reply;
	uint64_t sent = 0;

	serve(&server, .files = nothing);
	harness_make_sparse("pub/file", 1 << 20, &at, 1);
	peer_open(&peer);
	peer_ask(&peer, "pub/file", REQUEST_HOLES);
	ck_assert_int_eq(peer_receive(&peer).type, MESSAGE_ENTRY);
	for (reply = peer_receive(&peer); reply.type == MESSAGE_DATA;
	     reply = peer_receive(&peer)) {
		if (sent == 0)
			ck_assert_uint_eq(reply.offset, at);
		sent += reply.body.data.length;
	}
	ck_assert_uint_eq(sent, SPARSE_BLOCK);
	ck_assert_int_eq(reply.type, MESSAGE_END);
	ck_assert_uint_eq(reply.body.end.wire.offset, 1 << 20);
	peer_close(&peer);
}

TEST(a_resume_sends_the_rest_alone)
{
	struct peer first, second;
	struct stamp stamp;

	serve(&server, .files = nothing);
	harness_make_file("pub/file", 50000, 1);
	peer_open(&first);
	peer_ask(&first, "pub/file", 0);
	stamp = peer_receive(&first).body.entry.wire.stamp;
	peer_close(&first);
	peer_open(&second);
	peer_ask_rest(&second, "pub/file", &stamp, 12345);
	peer_expect_file(&second, "pub/file");
	peer_close(&second);
}

TEST(a_resume_of_another_file_is_refused)
{
	struct peer first, second;
	struct stamp stamp;

	serve(&server, .files = nothing);
	harness_make_file("pub/file", 50000, 1);
	peer_open(&first);
	peer_ask(&first, "pub/file", 0);
	stamp = peer_receive(&first).body.entry.wire.stamp;
	peer_close(&first);
	harness_make_file("pub/new", 50000, 2);
	ck_assert_int_eq(rename("pub/new", "pub/file"), 0);
	peer_open(&second);
	peer_ask_rest(&second, "pub/file", &stamp, 12345);
	peer_expect_failure(&second, FAILURE_STAMP, ESTALE);
	peer_close(&second);
}

int main(void)
{
	return harness_main("integration/fetch", HARNESS_IPC);
}
