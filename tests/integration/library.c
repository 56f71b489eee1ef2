/* SPDX-License-Identifier: ISC */
/* integration/library: libmsgfetch as used by other programs than msgfetch. */
#include "config.h"

#include "tests/support/actors.h"
#include "tests/support/harness.h"
#include "tests/support/recorder.h"

#include "client/lib/msgfetch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LARGE RECORD_BYTES

static struct msgfetchd server;

TEST(a_sink_is_told_of_beginning_end_and_done)
{
	struct msgfetch_request request = record_request();
	struct msgfetch *session;

	serve(&server);
	session = record_open();
	ck_assert_int_eq(record_fetch(session, "pub/file", &request), 0);
	record_expect("begin  4 from 0\nend 4\ndone 0\n");
	record_expect_bytes("pub/file", 0);
	msgfetch_close(session);
}

TEST(a_file_of_an_earlier_session_is_resumed)
{
	struct msgfetch_request request = record_request();
	struct msgfetch_stamp stamp;
	struct msgfetch *session;

	serve(&server);
	session = record_open();
	ck_assert_int_eq(record_fetch(session, "pub/large", &request), 0);
	msgfetch_close(session);
	stamp = record.stamp;

	session = record_open();
	request.resume = &stamp;
	request.offset = 1000000;
	ck_assert_int_eq(record_fetch(session, "pub/large", &request), 0);
	record_expect("begin  3145728 from 1000000\nend 3145728\ndone 0\n");
	record_expect_bytes("pub/large", 1000000);
	ck_assert_int_eq(record.bytes[999999], 0);
	msgfetch_close(session);
}

TEST(a_complete_file_is_resumed_without_bytes)
{
	struct msgfetch_request request = record_request();
	struct msgfetch *session;
	struct msgfetch_stamp stamp;

	serve(&server);
	session = record_open();
	ck_assert_int_eq(record_fetch(session, "pub/file", &request), 0);
	stamp = record.stamp;
	request.resume = &stamp;
	request.offset = 4;
	ck_assert_int_eq(record_fetch(session, "pub/file", &request), 0);
	record_expect("begin  4 from 4\nend 4\ndone 0\n");
	msgfetch_close(session);
}

TEST(a_file_that_changed_since_starts_over_even_without_retries)
{
	struct msgfetch_options options = record_options();
	struct msgfetch_request request = record_request();
	struct msgfetch *session;
	struct msgfetch_stamp stamp;

	serve(&server);
	options.retries = 0;
	ck_assert_int_eq(msgfetch_open(&session, &options), 0);
	ck_assert_int_eq(record_fetch(session, "pub/file", &request), 0);
	stamp = record.stamp;
	harness_write("pub/file", "other text");
	request.resume = &stamp;
	request.offset = 2;
	ck_assert_int_eq(record_fetch(session, "pub/file", &request), 0);
	record_expect("begin  10 from 0\nend 10\ndone 0\n");
	record_expect_bytes("pub/file", 0);
	msgfetch_close(session);
}

TEST(a_removed_file_to_resume_is_not_found)
{
	struct msgfetch_request request = record_request();
	struct msgfetch *session;
	struct msgfetch_stamp stamp = {.size = 4};

	serve(&server);
	session = record_open();
	request.resume = &stamp;
	ck_assert_int_eq(record_fetch(session, "pub/none", &request), -ENOENT);
	record_expect("failed 0 5 No such file or directory\ndone 0\n");
	ck_assert_int_eq(msgfetch_outcome(session), MSGFETCH_NOT_FOUND);
	msgfetch_close(session);
}

/* Ranges. */

static struct msgfetch_request range(uint64_t offset, uint64_t length)
{
	struct msgfetch_request request = record_request();

	request.flags = MSGFETCH_RANGE_SET;
	request.offset = offset;
	request.length = length;
	return request;
}

/* Asserts that exactly the file's bytes from offset to end were received. */
static void expect_only(const char *file, size_t offset, size_t end)
{
	const char *bytes = harness_read(file, NULL);

	ck_assert_mem_eq(record.bytes + offset, bytes + offset, end - offset);
	for (size_t i = 0; i < sizeof(record.bytes); i++)
		ck_assert(record.bytes[i] == 0 || (i >= offset && i < end));
}

TEST(a_range_comes_alone)
{
	struct msgfetch_request request = range(1000000, 50000);
	struct msgfetch *session;

	serve(&server);
	session = record_open();
	ck_assert_int_eq(record_fetch(session, "pub/large", &request), 0);
	record_expect("begin  3145728 from 1000000\nend 1050000\ndone 0\n");
	expect_only("pub/large", 1000000, 1050000);
	msgfetch_close(session);
}

TEST(a_range_ends_with_the_file)
{
	struct msgfetch_request request = range(LARGE - 10, 50000);
	struct msgfetch *session;

	serve(&server);
	session = record_open();
	ck_assert_int_eq(record_fetch(session, "pub/large", &request), 0);
	record_expect("begin  3145728 from 3145718\nend 3145728\ndone 0\n");
	expect_only("pub/large", LARGE - 10, LARGE);
	msgfetch_close(session);
}

TEST(a_tail_is_the_last_bytes)
{
	struct msgfetch_request request = range(0, 3);
	struct msgfetch *session;

	serve(&server);
	session = record_open();
	request.flags |= MSGFETCH_TAIL;
	ck_assert_int_eq(record_fetch(session, "pub/file", &request), 0);
	record_expect("begin  4 from 1\nend 4\ndone 0\n");
	expect_only("pub/file", 1, 4);
	request.length = 99;
	ck_assert_int_eq(record_fetch(session, "pub/file", &request), 0);
	record_expect("begin  4 from 0\nend 4\ndone 0\n");
	msgfetch_close(session);
}

TEST(a_range_past_the_end_has_an_outcome_of_its_own)
{
	struct msgfetch_request request = range(4, 1);
	struct msgfetch *session;

	serve(&server);
	session = record_open();
	ck_assert_int_eq(record_fetch(session, "pub/file", &request), -ERANGE);
	ck_assert_int_eq(msgfetch_outcome(session), MSGFETCH_RANGE);
	msgfetch_close(session);
}

TEST(a_range_of_another_state_of_the_file_fails)
{
	struct msgfetch_request request = record_request();
	struct msgfetch *session;
	struct msgfetch_stamp stamp;

	serve(&server);
	session = record_open();
	ck_assert_int_eq(record_fetch(session, "pub/file", &request), 0);
	stamp = record.stamp;
	request = range(1, 2);
	request.resume = &stamp;
	ck_assert_int_eq(record_fetch(session, "pub/file", &request), 0);
	record_expect("begin  4 from 1\nend 3\ndone 0\n");
	harness_write("pub/file", "other text");
	ck_assert_int_eq(record_fetch(session, "pub/file", &request), -ESTALE);
	record_expect("failed 0 7 Stale file handle\ndone 0\n");
	msgfetch_close(session);
}

/* Digests. */

#define SHA256_OF_ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

/* Computes the digest with a program of the system. */
static const char *sha256_of(const char *file)
{
	const char *const arguments[] = {"sha256sum", file, NULL};
	struct client run = {.pid = 0};
	struct spawn spawn = {.program = "/usr/bin/env", .arguments = arguments};

	actors_run(&run, &spawn);
	ck_assert_int_eq(run.code, 0);
	return harness_format("%.*s", (int)strspn(run.output, "0123456789abcdef"), run.output);
}

TEST(each_file_ends_with_its_digest)
{
	struct msgfetch_request request = record_request();
	struct msgfetch *session;

	serve(&server);
	harness_write("pub/abc", "abc");
	session = record_open();
	request.digest = MSGFETCH_DIGEST_SHA256;
	ck_assert_int_eq(record_fetch(session, "pub/abc", &request), 0);
	record_expect("begin  3 from 0\nend 3 " SHA256_OF_ABC "\ndone 0\n");
	request.digest = MSGFETCH_DIGEST_XXH3;
	ck_assert_int_eq(record_fetch(session, "pub/abc", &request), 0);
	record_expect("begin  3 from 0\nend 3 78af5f94892f3950\ndone 0\n");
	msgfetch_close(session);
}

TEST(holes_are_zeros_to_a_digest)
{
	const uint64_t offsets[] = {1 << 20};
	struct msgfetch_request request = record_request();
	struct msgfetch *session;

	serve(&server);
	harness_make_sparse("pub/sparse", 3 << 20, offsets, 1);
	session = record_open();
	request.digest = MSGFETCH_DIGEST_SHA256;
	ck_assert_int_eq(record_fetch(session, "pub/sparse", &request), 0);
	record_expect(harness_format("begin  3145728 from 0\nend 3145728 %s\ndone 0\n",
				     sha256_of("pub/sparse")));
	msgfetch_close(session);
}

TEST(a_digest_covers_the_bytes_of_an_earlier_call)
{
	struct msgfetch_request request = record_request();
	struct msgfetch *session;
	struct msgfetch_stamp stamp;

	serve(&server);
	session = record_open();
	ck_assert_int_eq(record_fetch(session, "pub/large", &request), 0);
	stamp = record.stamp;
	request.resume = &stamp;
	request.offset = 2000001;
	request.digest = MSGFETCH_DIGEST_SHA256;
	record.read_existing = "pub/large";
	ck_assert_int_eq(record_fetch(session, "pub/large", &request), 0);
	record_expect(harness_format("begin  3145728 from 2000001\nend 3145728 %s\ndone 0\n",
				     sha256_of("pub/large")));
	msgfetch_close(session);
}

TEST(wrong_bytes_of_an_earlier_call_fail_the_digest)
{
	struct msgfetch_request request = record_request();
	struct msgfetch *session;
	struct msgfetch_stamp stamp;

	serve(&server);
	harness_make_file("partial", LARGE, 2);
	session = record_open();
	ck_assert_int_eq(record_fetch(session, "pub/large", &request), 0);
	stamp = record.stamp;
	request.resume = &stamp;
	request.offset = 1000;
	request.digest = MSGFETCH_DIGEST_XXH3;
	record.read_existing = "partial";
	ck_assert_int_eq(record_fetch(session, "pub/large", &request), -EBADMSG);
	record_expect("begin  3145728 from 1000\nfailed 0 7 Bad message\ndone 0\n");
	ck_assert_int_eq(msgfetch_outcome(session), MSGFETCH_CHANGED);
	msgfetch_close(session);
}

/* Names. */

static int note_name(void *context, const struct msgfetch_file *file)
{
	(void)context;
	record_note("%s %c%ju %o %ju%s%s\n", file->name,
		    S_ISDIR(file->mode) ? 'd' : (S_ISLNK(file->mode) ? 'l' : '-'),
		    S_ISREG(file->mode) ? (uintmax_t)file->size : 0, file->mode & 07777,
		    (uintmax_t)file->uid, file->link[0] != '\0' ? " -> " : "", file->link);
	return 0;
}

static void make_things(void)
{
	ck_assert_int_eq(mkdir("pub", 0755), 0);
	ck_assert_int_eq(mkdir("pub/d", 0755), 0);
	harness_write("pub/d/file", "text");
	ck_assert_int_eq(chmod("pub/d/file", 0640), 0);
	ck_assert_int_eq(symlink("../../outside", "pub/d/link"), 0);
	ck_assert_int_eq(mkdir("pub/d/e", 0750), 0);
	harness_write("pub/d/e/deep", "");
	ck_assert_int_eq(chmod("pub/d/e/deep", 0600), 0);
	msgfetchd_start(&server, "-e", "pub=pub", "-e", "more=pub/d", NULL);
}

static int list(struct msgfetch *session, const char *path, unsigned flags)
{
	record.calls[0] = '\0';
	return msgfetch_list(session, path, flags, note_name, NULL);
}

/* Asserts that line was recorded. */
static void expect_noted(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void expect_noted(const char *format, ...)
{
	char line[128];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	ck_assert_msg(strstr(record.calls, line) != NULL, "no %s in: %s", line, record.calls);
}

static int count_noted(void)
{
	int lines = 0;

	for (const char *at = record.calls; *at != '\0'; at++)
		lines += *at == '\n';
	return lines;
}

TEST(the_entries_of_a_directory_are_listed)
{
	struct msgfetch *session;
	unsigned uid = (unsigned)geteuid();

	make_things();
	session = record_open();
	ck_assert_int_eq(list(session, "pub/d", 0), 0);
	ck_assert_int_eq(count_noted(), 3);
	expect_noted("file -4 640 %u\n", uid);
	expect_noted("link l0 777 %u -> ../../outside\n", uid);
	expect_noted("e d0 750 %u\n", uid);
	msgfetch_close(session);
}

TEST(a_recursive_list_names_all_beneath)
{
	struct msgfetch *session;

	make_things();
	session = record_open();
	ck_assert_int_eq(list(session, "pub/d", MSGFETCH_RECURSE), 0);
	ck_assert_int_eq(count_noted(), 4);
	expect_noted("e/deep -0 600 %u\n", (unsigned)geteuid());
	msgfetch_close(session);
}

TEST(exports_are_listed_at_the_root)
{
	struct msgfetch *session;

	make_things();
	session = record_open();
	ck_assert_int_eq(list(session, "", 0), 0);
	ck_assert_int_eq(count_noted(), 2);
	expect_noted("pub d0 755 %u\n", (unsigned)geteuid());
	expect_noted("more d0 755 %u\n", (unsigned)geteuid());
	msgfetch_close(session);
}

TEST(a_file_is_listed_as_itself)
{
	struct msgfetch *session;

	make_things();
	session = record_open();
	ck_assert_int_eq(list(session, "pub/d/file", 0), 0);
	ck_assert_int_eq(count_noted(), 1);
	expect_noted(" -4 640 %u\n", (unsigned)geteuid());
	ck_assert_int_eq(list(session, "pub/none", 0), -ENOENT);
	ck_assert_int_eq(count_noted(), 0);
	msgfetch_close(session);
}

static int refuse_name(void *context, const struct msgfetch_file *file)
{
	(void)file;
	++*(int *)context;
	return -EDQUOT;
}

TEST(a_list_ends_when_the_caller_has_enough)
{
	struct msgfetch *session;
	int calls = 0;

	make_things();
	session = record_open();
	ck_assert_int_eq(msgfetch_list(session, "pub/d", 0, refuse_name, &calls), -EDQUOT);
	ck_assert_int_eq(calls, 1);
	ck_assert_int_eq(msgfetch_outcome(session), MSGFETCH_OUTPUT);
	msgfetch_close(session);
}

TEST(stat_describes_a_path)
{
	struct msgfetch *session;
	struct msgfetch_file file;
	struct stat status;

	make_things();
	session = record_open();
	ck_assert_int_eq(msgfetch_stat(session, "pub/d/file", &file, sizeof(file)), 0);
	ck_assert_int_eq(stat("pub/d/file", &status), 0);
	ck_assert_uint_eq(file.size, 4);
	ck_assert_uint_eq(file.mode, S_IFREG | 0640);
	ck_assert_uint_eq(file.gid, status.st_gid);
	ck_assert_uint_eq(file.stamp.inode, status.st_ino);
	ck_assert_int_eq(msgfetch_stat(session, "pub/d", &file, sizeof(file)), 0);
	ck_assert(S_ISDIR(file.mode));
	ck_assert_int_eq(msgfetch_stat(session, "", &file, sizeof(file)), 0);
	ck_assert(S_ISDIR(file.mode));
	ck_assert_int_eq(msgfetch_stat(session, "pub/d/link", &file, sizeof(file)), 0);
	ck_assert(S_ISLNK(file.mode));
	ck_assert_str_eq(file.link, "../../outside");
	ck_assert_int_eq(msgfetch_stat(session, "pub/none", &file, sizeof(file)), -ENOENT);
	msgfetch_close(session);
}

TEST(stat_fills_no_more_than_an_older_header_has)
{
	struct msgfetch_file file;
	struct msgfetch *session;

	make_things();
	session = record_open();
	memset(&file, 0xff, sizeof(file));
	ck_assert_int_eq(msgfetch_stat(session, "pub/d/file", &file,
				       offsetof(struct msgfetch_file, mode)),
			 0);
	ck_assert_uint_eq(file.size, 4);
	ck_assert_uint_eq(file.mode, UINT32_MAX);
	msgfetch_close(session);
}

/* Memory and descriptors. */

TEST(a_file_comes_into_memory)
{
	struct msgfetch *session;
	size_t length;
	void *bytes;

	serve(&server);
	session = record_open();
	ck_assert_int_eq(msgfetch_to_memory(session, "pub/file", 4, &bytes, &length), 0);
	ck_assert_uint_eq(length, 4);
	ck_assert_str_eq(bytes, "text");
	free(bytes);
	ck_assert_int_eq(msgfetch_to_memory(session, "pub/large", SIZE_MAX, &bytes, &length),
			 0);
	ck_assert_mem_eq(bytes, harness_read("pub/large", NULL), LARGE);
	free(bytes);
	ck_assert_int_eq(msgfetch_to_memory(session, "pub/file", 3, &bytes, &length), -EFBIG);
	ck_assert_int_eq(msgfetch_outcome(session), MSGFETCH_OUTPUT);
	ck_assert_str_eq(msgfetch_error(session),
			 "the file has 4 bytes, more than the limit of 3");
	msgfetch_close(session);
}

TEST(a_file_is_written_at_the_offset_of_a_descriptor)
{
	const uint64_t offsets[] = {1 << 20};
	struct msgfetch *session;
	struct stat status;
	int file;

	serve(&server);
	harness_make_sparse("pub/sparse", 3 << 20, offsets, 1);
	harness_write("out", "head and old text");
	session = record_open();
	file = open("out", O_RDWR | O_CLOEXEC);
	ck_assert_int_eq(lseek(file, 5, SEEK_SET), 5);
	ck_assert_int_eq(msgfetch_to_fd(session, "pub/file", file), 0);
	ck_assert_str_eq(harness_read("out", NULL), "head text");
	ck_assert_int_eq(msgfetch_to_fd(session, "pub/sparse", file), 0);
	ck_assert_int_eq(lseek(file, 0, SEEK_CUR), 9 + (3 << 20));
	ck_assert_int_eq(fstat(file, &status), 0);
	ck_assert_int_lt(status.st_blocks * 512, 1 << 20);
	ck_assert_mem_eq(harness_read("out", NULL) + 9, harness_read("pub/sparse", NULL),
			 3 << 20);
	close(file);
	msgfetch_close(session);
}

TEST(files_are_appended)
{
	struct msgfetch *session;
	int file;

	serve(&server);
	harness_write("out", "old ");
	session = record_open();
	file = open("out", O_WRONLY | O_APPEND | O_CLOEXEC);
	ck_assert_int_eq(msgfetch_to_fd(session, "pub/file", file), 0);
	ck_assert_int_eq(msgfetch_to_fd(session, "pub/file", file), 0);
	ck_assert_str_eq(harness_read("out", NULL), "old texttext");
	close(file);
	msgfetch_close(session);
}

TEST(an_unwritable_descriptor_is_reported)
{
	struct msgfetch *session = record_open();

	ck_assert_int_eq(msgfetch_to_fd(session, "pub/file", -1), -EBADF);
	ck_assert_int_eq(msgfetch_outcome(session), MSGFETCH_OUTPUT);
	msgfetch_close(session);
}

/* Progress. */

struct seen {
	unsigned calls;
	uint64_t position, files, bytes;
	char name[16];
};

static void on_progress(void *context, const struct msgfetch_progress *progress)
{
	struct seen *seen = context;

	ck_assert_uint_ge(progress->bytes, seen->bytes);
	seen->calls++;
	seen->position = progress->position;
	seen->files = progress->files;
	seen->bytes = progress->bytes;
	snprintf(seen->name, sizeof(seen->name), "%s", progress->file->name);
}

static void get_with_progress(struct seen *seen, unsigned interval)
{
	struct msgfetch_options options = record_options();
	struct msgfetch_request request = record_request();
	struct msgfetch *session;

	options.progress = on_progress;
	options.progress_context = seen;
	options.progress_ms = interval;
	ck_assert_int_eq(msgfetch_open(&session, &options), 0);
	request.flags = MSGFETCH_RECURSE;
	ck_assert_int_eq(record_fetch(session, "pub", &request), 0);
	ck_assert_uint_eq(seen->files, 2);
	ck_assert_uint_eq(seen->bytes, LARGE + 4);
	msgfetch_close(session);
}

TEST(progress_is_told_for_each_piece_or_only_at_the_end)
{
	struct seen each = {.calls = 0}, last = {.calls = 0};

	serve(&server);
	get_with_progress(&each, 0);
	get_with_progress(&last, UINT32_MAX);
	ck_assert_uint_gt(each.calls, 3);
	ck_assert_uint_eq(last.calls, 1);
}

TEST(structures_of_an_older_header_are_taken)
{
	struct msgfetch_options options;
	struct msgfetch_request request = record_request();
	struct msgfetch *session;

	serve(&server);
	memset(&options, 0xff, sizeof(options));
	msgfetch_options_default(&options, offsetof(struct msgfetch_options, transport));
	ck_assert_uint_eq(options.size, offsetof(struct msgfetch_options, transport));
	ck_assert_uint_eq(options.ring_slots, UINT32_MAX); /* not touched */
	options.key = TEST_KEY;
	ck_assert_int_eq(msgfetch_open(&session, &options), 0);
	request.size = offsetof(struct msgfetch_request, offset);
	request.offset = 99; /* not within that size */
	ck_assert_int_eq(record_fetch(session, "pub/file", &request), 0);
	msgfetch_close(session);
}

TEST(structures_of_a_later_header_are_refused)
{
	struct msgfetch_options options = record_options();
	struct msgfetch_request request = record_request();
	struct msgfetch *session = record_open();

	options.size++;
	ck_assert_int_eq(msgfetch_open(&(struct msgfetch *){NULL}, &options), -EINVAL);
	request.size++;
	ck_assert_int_eq(record_fetch(session, "pub/file", &request), -EINVAL);
	ck_assert_int_eq(msgfetch_outcome(session), MSGFETCH_ERROR);
	record_expect("");
	msgfetch_close(session);
}

TEST(a_sink_without_its_functions_is_refused)
{
	const struct msgfetch_sink sink = {.size = sizeof(sink)};
	struct msgfetch *session = record_open();

	ck_assert_int_eq(msgfetch_get(session, "pub/file", &sink), -EINVAL);
	msgfetch_close(session);
}

static void serve_as(struct msgfetchd *daemon, uid_t *uid)
{
	daemon->prepare = harness_become;
	daemon->context = uid;
	msgfetchd_start(daemon, "-e", "pub=pub", NULL);
}

/* The daemon of another user cannot attach a ring that was given to root. */
TEST(each_daemon_gets_a_ring_of_its_own)
{
	static uid_t root = 0, other = OTHER_UID;
	struct msgfetch_options options = record_options();
	struct msgfetch_request request = record_request();
	struct msgfetchd first = {0}, second = {0};
	struct msgfetch *session;

	if (!harness_other_users())
		SKIP("needs real root, to be another user");
	ck_assert_int_eq(mkdir("pub", 0755), 0);
	harness_make_file("pub/file", 300000, 1);
	options.server_user = harness_format("%u", (unsigned)other);
	options.transport = MSGFETCH_RING;
	ck_assert_int_eq(msgfetch_open(&session, &options), 0);
	serve_as(&first, &root);
	ck_assert_int_eq(record_fetch(session, "pub/file", &request), 0);
	msgfetchd_stop(&first);
	serve_as(&second, &other);
	ck_assert_int_eq(record_fetch(session, "pub/file", &request), 0);
	record_expect_bytes("pub/file", 0);
	msgfetch_close(session);
}

int main(void)
{
	return harness_main("integration/library", HARNESS_IPC);
}
