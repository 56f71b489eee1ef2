/* SPDX-License-Identifier: ISC */
/* unit/classic: recognizing and decoding the requests of the book. */
#include "config.h"

#include "common/sysv/classic.h"

#include "tests/support/harness.h"

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <string.h>

static struct message message;
static struct request request;

/* Makes a request of length bytes with size bytes of path. */
static void make(size_t length, int queue, const char *path, size_t size)
{
	memset(&message, 0, sizeof(message));
	message.type = 1;
	memcpy(message.text, &queue, sizeof(queue));
	memcpy(message.text + sizeof(queue), path, size);
	ck_assert_uint_le(sizeof(queue) + size, length);
}

TEST(the_length_decides_on_the_size_of_replies)
{
	ck_assert_int_eq(classic_dialect(4100), DIALECT_CLASSIC_LARGE);
	ck_assert_int_eq(classic_dialect(4104), DIALECT_CLASSIC_LARGE);
	ck_assert_int_eq(classic_dialect(260), DIALECT_CLASSIC_SMALL);
	ck_assert_int_eq(classic_dialect(264), DIALECT_CLASSIC_SMALL);
	ck_assert_int_eq(classic_dialect(304), DIALECT_CLASSIC_OTHER);
	ck_assert_int_eq(classic_dialect(CLASSIC_BYTES_MIN), DIALECT_CLASSIC_OTHER);
}

static void expect_decoded(size_t length, const char *path)
{
	make(length, 77, path, strlen(path) + 1);
	ck_assert_int_eq(classic_decode(&message, length, &request), 0);
	ck_assert_int_eq(request.operation, OPERATION_FETCH);
	ck_assert_int_eq(request.queue, 77);
	ck_assert_uint_eq(request.flags, 0);
	ck_assert_uint_eq(request.path_count, 1);
	ck_assert_uint_eq(request.path_bytes, strlen(path) + 1);
	ck_assert_str_eq(request.paths, path);
}

TEST(fields_of_any_size_are_decoded)
{
	static const size_t lengths[] = {260, 264, 304, 520, 1028, 4100, 4104, 8192};

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
		expect_decoded(lengths[i], "/etc/motd");
}

TEST(a_request_may_end_with_its_path)
{
	static const char path[] = "/etc/motd";

	for (size_t length = 1; length < sizeof(path); length++) {
		make(4 + sizeof(path), 77, path, sizeof(path));
		ck_assert_int_eq(classic_decode(&message, 4 + length, &request), 0);
		ck_assert_uint_eq(strlen(request.paths), length);
		ck_assert_mem_eq(request.paths, path, length);
	}
	expect_decoded(4 + sizeof(path), path);
}

TEST(a_path_may_fill_the_field_with_or_without_its_nul)
{
	char path[256];

	memset(path, '/', sizeof(path));
	path[254] = 'a';
	path[255] = '\0';
	expect_decoded(260, path);
	path[255] = 'a';
	make(260, 77, path, sizeof(path));
	ck_assert_int_eq(classic_decode(&message, 260, &request), 0);
	ck_assert_uint_eq(strlen(request.paths), 256);
}

TEST(a_path_ends_where_the_message_ends)
{
	char path[300];

	memset(path, '/', sizeof(path));
	make(4100, 1, path, sizeof(path));
	ck_assert_int_eq(classic_decode(&message, 260, &request), 0);
	ck_assert_uint_eq(strlen(request.paths), 256);
}

static void make_long(int64_t queue, const char *path)
{
	memset(&message, 0, sizeof(message));
	memcpy(message.text, &queue, sizeof(queue));
	memcpy(message.text + sizeof(queue), path, strlen(path));
}

TEST(a_queue_id_may_be_a_long)
{
	static const char path[] = "/etc/motd";

	make_long(77, path);
	ck_assert_int_eq(classic_decode(&message, 8 + 4096, &request), 0);
	ck_assert_int_eq(request.queue, 77);
	ck_assert_str_eq(request.paths, path);
	make_long(INT_MAX, path);
	ck_assert_int_eq(classic_decode(&message, 8 + strlen(path), &request), 0);
	ck_assert_int_eq(request.queue, INT_MAX);
	ck_assert_str_eq(request.paths, path);
}

TEST(a_long_that_is_no_queue_id_is_none)
{
	make_long(-1, "/etc/motd");
	ck_assert_int_eq(classic_decode(&message, 8 + 256, &request), 0);
	ck_assert_int_eq(request.queue, -1);
}

static void expect_refused(size_t length, const char *path, size_t size, int error)
{
	make(length, 77, path, size);
	ck_assert_int_eq(classic_decode(&message, length, &request), error);
	ck_assert_int_eq(request.queue, 77);
}

TEST(an_empty_path_is_refused)
{
	expect_refused(5, "", 1, -ENODATA);
	expect_refused(260, "", 1, -ENODATA);
	expect_refused(4100, "", 1, -ENODATA);
}

TEST(a_path_that_is_too_long_is_refused)
{
	char path[5000];

	memset(path, 'a', sizeof(path));
	for (size_t i = 0; i < sizeof(path); i += 100)
		path[i] = '/';
	expect_refused(4100, path, 4096, -ENAMETOOLONG);
	expect_refused(4 + sizeof(path), path, sizeof(path), -ENAMETOOLONG);
}

TEST(a_component_that_is_too_long_is_refused)
{
	char path[300];

	memset(path, 'a', sizeof(path));
	path[sizeof(path) - 1] = '\0';
	expect_refused(4100, path, sizeof(path), -ENAMETOOLONG);
}

int main(void)
{
	return harness_main("unit/classic", HARNESS_PURE);
}
