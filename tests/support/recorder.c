/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "tests/support/recorder.h"

#include "tests/support/actors.h"
#include "tests/support/harness.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct record record;

void record_note(const char *format, ...)
{
	size_t used = strlen(record.calls);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(record.calls + used, sizeof(record.calls) - used, format, arguments);
	va_end(arguments);
	atomic_fetch_add(&record.told, 1);
}

static int on_begin(void *context, const struct msgfetch_file *file)
{
	(void)context;
	record_note("begin %s %ju from %ju\n", file->name, (uintmax_t)file->size,
		    (uintmax_t)file->offset);
	record.stamp = file->stamp;
	return 0;
}

static int on_data(void *context, const void *bytes, size_t length, uint64_t offset)
{
	(void)context;
	if (record.pieces)
		record_note("data %zu at %ju\n", length, (uintmax_t)offset);
	if (length > sizeof(record.bytes) || offset > sizeof(record.bytes) - length)
		return -EFBIG;
	memcpy(record.bytes + offset, bytes, length);
	atomic_fetch_add(&record.told, 1);
	return 0;
}

static int on_end(void *context, const struct msgfetch_end *end)
{
	(void)context;
	record_note("end %ju", (uintmax_t)end->size);
	for (size_t i = 0; i < end->digest_length; i++)
		record_note("%s%02x", i == 0 ? " " : "", (unsigned)end->digest_bytes[i]);
	record_note("\n");
	return 0;
}

static int on_failed(void *context, const struct msgfetch_file *file,
		     enum msgfetch_outcome outcome, int error, const char *text)
{
	(void)context;
	(void)text;
	record_note("failed %zu %d %s\n", file->path_index, (int)outcome, strerror(-error));
	return 0;
}

static int on_done(void *context, size_t path)
{
	(void)context;
	record_note("done %zu\n", path);
	return 0;
}

static int on_read_existing(void *context, uint64_t offset, void *buffer, size_t length)
{
	int file = open(record.read_existing, O_RDONLY | O_CLOEXEC);
	ssize_t count = pread(file, buffer, length, (off_t)offset);

	(void)context;
	close(file);
	return count == (ssize_t)length ? 0 : -EIO;
}

struct msgfetch_options record_options(void)
{
	struct msgfetch_options options;

	msgfetch_options_init(&options);
	options.key = TEST_KEY;
	return options;
}

struct msgfetch *record_open(void)
{
	struct msgfetch_options options = record_options();
	struct msgfetch *session;

	ck_assert_int_eq(msgfetch_open(&session, &options), 0);
	return session;
}

struct msgfetch_request record_request(void)
{
	struct msgfetch_request request;

	msgfetch_request_init(&request);
	return request;
}

int record_fetch(struct msgfetch *session, const char *path,
		 const struct msgfetch_request *request)
{
	const struct msgfetch_sink sink = {
		.size = sizeof(sink),
		.begin = on_begin,
		.data = on_data,
		.end = on_end,
		.failed = on_failed,
		.done = on_done,
		.read_existing = on_read_existing,
	};
	struct msgfetch_request whole = *request;

	whole.paths = &path;
	whole.count = 1;
	record.calls[0] = '\0';
	atomic_store(&record.told, 0);
	memset(record.bytes, 0, sizeof(record.bytes));
	return msgfetch_fetch(session, &whole, &sink);
}

static void *run(void *context)
{
	struct record_call *call = context;

	call->result = record_fetch(call->session, call->path, &call->request);
	return NULL;
}

void record_start(struct record_call *call, struct msgfetch *session, const char *path,
		  const struct msgfetch_request *request)
{
	*call = (struct record_call){.session = session, .path = path, .request = *request};
	ck_assert_int_eq(pthread_create(&call->thread, NULL, run, call), 0);
}

void record_expect_result(struct record_call *call, int result)
{
	ck_assert_int_eq(pthread_join(call->thread, NULL), 0);
	ck_assert_int_eq(call->result, result);
}

void record_expect(const char *calls)
{
	ck_assert_str_eq(record.calls, calls);
}

void record_expect_bytes(const char *file, size_t offset)
{
	size_t length;
	const char *bytes = harness_read(file, &length);

	ck_assert_mem_eq(record.bytes + offset, bytes + offset, length - offset);
}
