/* SPDX-License-Identifier: ISC */
/* unit/classic: recognizing and decoding the requests of the book. */
#include "config.h"

#include "server/request/classic.h"

#include "tests/support/harness.h"

#include <errno.h>
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

static void expect_dialect(long type, size_t length, enum dialect expected)
{
	enum dialect dialect = DIALECT_CURRENT;

	ck_assert(classic_recognize(type, length, &dialect));
	ck_assert_int_eq(dialect, expected);
}

TEST(a_length_tells_the_layouts_apart)
{
	expect_dialect(1, 4100, DIALECT_CLASSIC_LARGE);
	expect_dialect(1, 260, DIALECT_CLASSIC_SMALL);
	expect_dialect(1, 264, DIALECT_CLASSIC_SMALL);
}

TEST(no_other_length_is_classic)
{
	enum dialect dialect;

	for (size_t length = 0; length <= PROTOCOL_MESSAGE_MAX + 8; length++)
		if (length != 4100 && length != 260 && length != 264)
			ck_assert(!classic_recognize(1, length, &dialect));
}

TEST(no_current_request_is_classic)
{
	enum dialect dialect;

	for (size_t length = sizeof(struct request_wire); length <= PROTOCOL_MESSAGE_MAX;
	     length += REQUEST_ALIGN)
		/* The magic tells a current request of 264 bytes from a classic one. */
		if (length != 264)
			ck_assert(!classic_recognize(1, length, &dialect));
}

TEST(the_small_layout_has_type_1)
{
	enum dialect dialect;

	ck_assert(!classic_recognize(2, 260, &dialect));
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

TEST(both_layouts_are_decoded)
{
	expect_decoded(4100, "/etc/motd");
	expect_decoded(260, "/etc/motd");
}

TEST(a_path_may_fill_the_field_with_its_nul)
{
	char path[256];

	memset(path, '/', sizeof(path));
	path[254] = 'a';
	path[255] = '\0';
	expect_decoded(260, path);
}

static void expect_refused(size_t length, int queue, const char *path, size_t size, int error)
{
	make(length, queue, path, size);
	ck_assert_int_eq(classic_decode(&message, length, &request), error);
}

TEST(a_path_without_a_nul_is_refused)
{
	char path[4096];

	memset(path, '/', sizeof(path));
	expect_refused(260, 1, path, 256, -EINVAL);
	expect_refused(4100, 1, path, 4096, -EINVAL);
}

TEST(a_nul_beyond_the_field_does_not_count)
{
	char path[300];

	memset(path, '/', sizeof(path));
	make(4100, 1, path, sizeof(path));
	ck_assert_int_eq(classic_decode(&message, 260, &request), -EINVAL);
}

TEST(an_empty_path_is_refused)
{
	expect_refused(260, 1, "", 1, -EINVAL);
	expect_refused(4100, 1, "", 1, -EINVAL);
}

TEST(a_negative_queue_is_refused)
{
	expect_refused(260, -1, "/a", 3, -EINVAL);
}

TEST(a_component_that_is_too_long_is_refused)
{
	char path[300];

	memset(path, 'a', sizeof(path));
	path[sizeof(path) - 1] = '\0';
	expect_refused(4100, 1, path, sizeof(path), -ENAMETOOLONG);
}

int main(void)
{
	return harness_main("unit/classic", HARNESS_PURE);
}
