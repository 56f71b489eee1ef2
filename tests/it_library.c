/* SPDX-License-Identifier: ISC */
/* it_library: libmsgfetch as a program sees it that is not the msgfetch command. */
#include "config.h"

#include "actors.h"
#include "harness.h"

#include "client/lib/msgfetch.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LARGE (3u << 20) /* more than a ring holds */

static struct msgfetchd server;

static void serve(void)
{
	ck_assert_int_eq(mkdir("pub", 0755), 0);
	harness_write("pub/file", "text");
	harness_make_file("pub/large", LARGE, 1);
	msgfetchd_start(&server, "-e", "pub=pub", NULL);
}

/* What a sink was told, a line for each call but data(), and the bytes. */
struct record {
	char calls[1024];
	char bytes[LARGE];
	struct msgfetch_stamp stamp; /* of the last entry */
};

static struct record record;

static void note(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void note(const char *format, ...)
{
	size_t used = strlen(record.calls);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(record.calls + used, sizeof(record.calls) - used, format, arguments);
	va_end(arguments);
}

static int on_begin(void *context, const struct msgfetch_file *file)
{
	(void)context;
	note("begin %s %ju from %ju\n", file->name, (uintmax_t)file->size,
	     (uintmax_t)file->offset);
	record.stamp = file->stamp;
	return 0;
}

static int on_data(void *context, const void *bytes, size_t length, uint64_t offset)
{
	(void)context;
	ck_assert_uint_le(offset + length, sizeof(record.bytes));
	memcpy(record.bytes + offset, bytes, length);
	return 0;
}

static int on_end(void *context, const struct msgfetch_end *end)
{
	(void)context;
	note("end %ju\n", (uintmax_t)end->size);
	return 0;
}

static int on_failed(void *context, const struct msgfetch_file *file,
		     enum msgfetch_outcome outcome, int error, const char *text)
{
	(void)context;
	(void)text;
	note("failed %zu %d %s\n", file->path, (int)outcome, strerror(-error));
	return 0;
}

static int on_done(void *context, size_t path)
{
	(void)context;
	note("done %zu\n", path);
	return 0;
}

static struct msgfetch_sink recorder(void)
{
	return (struct msgfetch_sink){
		.size = sizeof(struct msgfetch_sink),
		.begin = on_begin,
		.data = on_data,
		.end = on_end,
		.failed = on_failed,
		.done = on_done,
	};
}

static struct msgfetch_options usual_options(void)
{
	struct msgfetch_options options;

	msgfetch_options_init(&options);
	options.key = TEST_KEY;
	return options;
}

static struct msgfetch *open_session(void)
{
	struct msgfetch_options options = usual_options();
	struct msgfetch *session;

	ck_assert_int_eq(msgfetch_open(&session, &options), 0);
	return session;
}

/* Fetches what request names but for its one path, recorded; what msgfetch_fetch() returns. */
static int record_fetch(struct msgfetch *session, const char *path,
			const struct msgfetch_request *manner)
{
	struct msgfetch_request request = *manner;
	struct msgfetch_sink sink = recorder();

	request.paths = &path;
	request.count = 1;
	record.calls[0] = '\0';
	memset(record.bytes, 0, sizeof(record.bytes));
	return msgfetch_fetch(session, &request, &sink);
}

static void expect_calls(const char *calls)
{
	ck_assert_str_eq(record.calls, calls);
}

/* From offset on, the bytes are those of the file. */
static void expect_bytes(const char *file, size_t offset)
{
	size_t length;
	const char *bytes = harness_read(file, &length);

	ck_assert_mem_eq(record.bytes + offset, bytes + offset, length - offset);
}

static struct msgfetch_request plain(void)
{
	struct msgfetch_request request;

	msgfetch_request_init(&request);
	return request;
}

TEST(a_sink_is_told_of_beginning_end_and_done)
{
	struct msgfetch_request request = plain();
	struct msgfetch *session;

	serve();
	session = open_session();
	ck_assert_int_eq(record_fetch(session, "pub/file", &request), 0);
	expect_calls("begin  4 from 0\nend 4\ndone 0\n");
	expect_bytes("pub/file", 0);
	msgfetch_close(session);
}

TEST(a_file_is_gone_on_with_from_an_earlier_session)
{
	struct msgfetch_request request = plain();
	struct msgfetch_stamp stamp;
	struct msgfetch *session;

	serve();
	session = open_session();
	ck_assert_int_eq(record_fetch(session, "pub/large", &request), 0);
	msgfetch_close(session);
	stamp = record.stamp;

	session = open_session();
	request.resume = &stamp;
	request.offset = 1000000;
	ck_assert_int_eq(record_fetch(session, "pub/large", &request), 0);
	expect_calls("begin  3145728 from 1000000\nend 3145728\ndone 0\n");
	expect_bytes("pub/large", 1000000);
	ck_assert_int_eq(record.bytes[999999], 0);
	msgfetch_close(session);
}

TEST(a_file_of_which_all_is_there_sends_nothing_more)
{
	struct msgfetch_request request = plain();
	struct msgfetch *session;
	struct msgfetch_stamp stamp;

	serve();
	session = open_session();
	ck_assert_int_eq(record_fetch(session, "pub/file", &request), 0);
	stamp = record.stamp;
	request.resume = &stamp;
	request.offset = 4;
	ck_assert_int_eq(record_fetch(session, "pub/file", &request), 0);
	expect_calls("begin  4 from 4\nend 4\ndone 0\n");
	msgfetch_close(session);
}

TEST(a_file_that_changed_since_starts_over_even_without_retries)
{
	struct msgfetch_options options = usual_options();
	struct msgfetch_request request = plain();
	struct msgfetch *session;
	struct msgfetch_stamp stamp;

	serve();
	options.retries = 0;
	ck_assert_int_eq(msgfetch_open(&session, &options), 0);
	ck_assert_int_eq(record_fetch(session, "pub/file", &request), 0);
	stamp = record.stamp;
	harness_write("pub/file", "other text");
	request.resume = &stamp;
	request.offset = 2;
	ck_assert_int_eq(record_fetch(session, "pub/file", &request), 0);
	expect_calls("begin  10 from 0\nend 10\ndone 0\n");
	expect_bytes("pub/file", 0);
	msgfetch_close(session);
}

TEST(a_file_to_go_on_with_that_is_gone_is_not_found)
{
	struct msgfetch_request request = plain();
	struct msgfetch *session;
	struct msgfetch_stamp stamp = {.size = 4};

	serve();
	session = open_session();
	request.resume = &stamp;
	ck_assert_int_eq(record_fetch(session, "pub/none", &request), -ENOENT);
	expect_calls("failed 0 5 No such file or directory\ndone 0\n");
	ck_assert_int_eq(msgfetch_outcome(session), MSGFETCH_NOT_FOUND);
	msgfetch_close(session);
}

TEST(structures_of_an_older_header_are_taken)
{
	struct msgfetch_options options;
	struct msgfetch_request request = plain();
	struct msgfetch *session;

	serve();
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
	struct msgfetch_options options = usual_options();
	struct msgfetch_request request = plain();
	struct msgfetch *session = open_session();

	options.size++;
	ck_assert_int_eq(msgfetch_open(&(struct msgfetch *){NULL}, &options), -EINVAL);
	request.size++;
	ck_assert_int_eq(record_fetch(session, "pub/file", &request), -EINVAL);
	ck_assert_int_eq(msgfetch_outcome(session), MSGFETCH_ERROR);
	expect_calls("");
	msgfetch_close(session);
}

TEST(a_sink_without_its_functions_is_refused)
{
	const struct msgfetch_sink sink = {.size = sizeof(sink)};
	struct msgfetch *session = open_session();

	ck_assert_int_eq(msgfetch_get(session, "pub/file", &sink), -EINVAL);
	msgfetch_close(session);
}

int main(void)
{
	return harness_main("it_library", HARNESS_IPC);
}
