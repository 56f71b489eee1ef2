/* SPDX-License-Identifier: ISC */
/* unit/protocol: encoding, decoding and validation of requests and replies. */
#include "config.h"

#include "common/protocol.h"

#include "tests/support/harness.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#define HEAD sizeof(struct request_wire)
#define REPLY_HEAD sizeof(struct reply_wire)

/* The message under test and its length. */
static _Alignas(8) uint8_t text[PROTOCOL_MESSAGE_MAX + 64];
static size_t length;

/* Paths of a request, each with its NUL. */
static char paths[PROTOCOL_MESSAGE_MAX];

static struct request fetch_of(const char *strings, size_t bytes, uint32_t count)
{
	struct request request = {
		.operation = OPERATION_FETCH,
		.serial = 0xa1b2c3d4,
		.queue = 65537,
		.path_count = count,
		.path_bytes = (uint32_t)bytes,
		.paths = strings,
	};

	for (size_t i = 0; i < PROTOCOL_TICKET_BYTES; i++)
		request.ticket[i] = (uint8_t)(0xf0 + i);
	return request;
}

static void encode(const struct request *request)
{
	int result = request_encode(request, text);

	ck_assert_int_ge(result, (int)HEAD);
	length = (size_t)result;
}

static void encode_fetch(const char *path)
{
	struct request request = fetch_of(path, strlen(path) + 1, 1);

	encode(&request);
}

static struct request decode(void)
{
	struct request request;

	ck_assert_int_eq(request_decode(text, length, &request), 0);
	return request;
}

static void assert_refused(int error)
{
	struct request request;

	ck_assert_int_eq(request_decode(text, length, &request), error);
}

/* Read and write the fixed part of the message under test. */
static struct request_wire wire(void)
{
	struct request_wire head;

	memcpy(&head, text, sizeof(head));
	return head;
}

static void set_wire(const struct request_wire *head)
{
	memcpy(text, head, sizeof(*head));
}

/* Builds a path of size bytes with components of at most component bytes. */
static void make_path(char *path, size_t size, size_t component)
{
	for (size_t i = 0; i < size; i++)
		path[i] = i % (component + 1) == component ? '/' : 'a';
	if (size > 0 && path[size - 1] == '/')
		path[size - 1] = 'a';
	path[size] = '\0';
}

TEST(a_fetch_comes_through_whole)
{
	struct request sent = fetch_of("pub/a\0pub/b c", 14, 2), got;

	sent.flags = REQUEST_HOLES;
	encode(&sent);
	got = decode();
	ck_assert_int_eq(got.operation, OPERATION_FETCH);
	ck_assert_uint_eq(got.flags, REQUEST_HOLES);
	ck_assert_uint_eq(got.serial, 0xa1b2c3d4);
	ck_assert_int_eq(got.queue, 65537);
	ck_assert_mem_eq(got.ticket, sent.ticket, PROTOCOL_TICKET_BYTES);
	ck_assert_uint_eq(got.path_count, 2);
	ck_assert_uint_eq(got.path_bytes, 14);
	ck_assert_str_eq(got.paths, "pub/a");
	ck_assert_str_eq(request_next_path(got.paths), "pub/b c");
}

TEST(a_resume_comes_through_whole)
{
	struct request sent = fetch_of("pub/a", 6, 1), got;

	sent.flags = REQUEST_RESUME | REQUEST_HOLES;
	sent.offset = 1ull << 40;
	sent.stamp = (struct stamp){1, 2, -3, 1ull << 41};
	encode(&sent);
	got = decode();
	ck_assert_uint_eq(got.offset, 1ull << 40);
	ck_assert(stamp_equal(&got.stamp, &sent.stamp));
	ck_assert_uint_eq(got.flags, REQUEST_RESUME | REQUEST_HOLES);
}

TEST(a_ping_comes_through_whole)
{
	struct request sent = {.operation = OPERATION_PING, .serial = 9, .queue = 0}, got;

	encode(&sent);
	ck_assert_uint_eq(length, HEAD);
	got = decode();
	ck_assert_int_eq(got.operation, OPERATION_PING);
	ck_assert_uint_eq(got.serial, 9);
	ck_assert_int_eq(got.queue, 0);
	ck_assert_uint_eq(got.path_count, 0);
}

TEST(the_wire_form_is_the_documented_one)
{
	struct request request = fetch_of("pub/a", 6, 1);
	uint32_t word;
	uint16_t half;

	encode(&request);
	ck_assert_uint_eq(length, 136);
	memcpy(&word, text, sizeof(word));
	ck_assert_uint_eq(word, 0x6d736766);
	memcpy(&half, text + 4, sizeof(half));
	ck_assert_uint_eq(half, 1);
	memcpy(&half, text + 6, sizeof(half));
	ck_assert_uint_eq(half, 1);
	memcpy(&word, text + 12, sizeof(word));
	ck_assert_uint_eq(word, 0xa1b2c3d4);
	memcpy(&word, text + 16, sizeof(word));
	ck_assert_uint_eq(word, 65537);
	ck_assert_uint_eq(text[32], 0xf0);
	ck_assert_mem_eq(text + 128, "pub/a\0\0\0", 8);
}

TEST(the_largest_request_fills_a_message)
{
	size_t used = 0;
	uint32_t count = 0;
	struct request request;

	while (used + 4032 <= REQUEST_PATH_BYTES_MAX) {
		make_path(paths + used, 4031, 200);
		used += 4032;
		count++;
	}
	ck_assert_uint_eq(used, REQUEST_PATH_BYTES_MAX);
	request = fetch_of(paths, used, count);
	encode(&request);
	ck_assert_uint_eq(length, PROTOCOL_MESSAGE_MAX);
	decode();
}

TEST(as_many_paths_as_allowed_come_through)
{
	struct request request, got;
	const char *path;

	for (size_t i = 0; i < PROTOCOL_PATHS_MAX; i++)
		memcpy(paths + 2 * i, "a", 2);
	request = fetch_of(paths, (size_t)2 * PROTOCOL_PATHS_MAX, PROTOCOL_PATHS_MAX);
	encode(&request);
	got = decode();
	path = got.paths;
	for (uint32_t i = 1; i < got.path_count; i++)
		path = request_next_path(path);
	ck_assert_ptr_eq(path, got.paths + got.path_bytes - 2);
}

TEST(no_request_is_as_long_as_a_classic_one)
{
	for (size_t size = 1; size < PATH_MAX; size++) {
		struct request request;

		make_path(paths, size, NAME_MAX - 1);
		request = fetch_of(paths, size + 1, 1);
		encode(&request);
		ck_assert_uint_eq(length % REQUEST_ALIGN, 0);
		ck_assert_uint_ne(length, 4100);
		ck_assert_uint_ne(length, 260);
	}
}

TEST(a_classic_length_is_never_taken_for_a_request)
{
	encode_fetch("pub/a");
	length = 260;
	assert_refused(-EBADMSG);
	length = 4100;
	assert_refused(-EBADMSG);
}

TEST(encoding_refuses_paths_that_do_not_fit)
{
	struct request request = fetch_of(paths, REQUEST_PATH_BYTES_MAX + 1, 1);

	ck_assert_int_eq(request_encode(&request, text), -EMSGSIZE);
}

TEST(encoding_refuses_the_same_as_decoding)
{
	struct request request = fetch_of("a", 2, 1);

	request.flags = REQUEST_FLAGS_KNOWN + 1u;
	ck_assert_int_eq(request_encode(&request, text), -EOPNOTSUPP);
	request = fetch_of("", 1, 1);
	ck_assert_int_eq(request_encode(&request, text), -EINVAL);
	request = fetch_of("a", 2, 1);
	request.queue = -1;
	ck_assert_int_eq(request_encode(&request, text), -EINVAL);
}

TEST(refuses_every_length_below_a_request)
{
	encode_fetch("pub/a");
	for (length = 0; length < HEAD; length++)
		assert_refused(-EBADMSG);
}

TEST(refuses_an_unaligned_length)
{
	encode_fetch("pub/a");
	for (length = HEAD; length < HEAD + 64; length++)
		if (length % REQUEST_ALIGN != 0)
			assert_refused(-EBADMSG);
}

TEST(refuses_more_than_a_message)
{
	encode_fetch("pub/a");
	length = PROTOCOL_MESSAGE_MAX + 1;
	assert_refused(-EMSGSIZE);
	length = PROTOCOL_MESSAGE_MAX + 8;
	assert_refused(-EMSGSIZE);
}

TEST(refuses_another_magic)
{
	encode_fetch("pub/a");
	text[0] ^= 1;
	assert_refused(-EBADMSG);
}

TEST(refuses_the_magic_of_the_other_byte_order)
{
	struct request_wire head;

	encode_fetch("pub/a");
	head = wire();
	head.magic = __builtin_bswap32(head.magic);
	set_wire(&head);
	assert_refused(-EBADMSG);
}

TEST(refuses_another_version)
{
	struct request_wire head;

	encode_fetch("pub/a");
	head = wire();
	head.version = 2;
	set_wire(&head);
	assert_refused(-EPROTONOSUPPORT);
	head.version = 0;
	set_wire(&head);
	assert_refused(-EPROTONOSUPPORT);
}

TEST(refuses_an_unknown_operation)
{
	struct request_wire head;

	encode_fetch("pub/a");
	head = wire();
	head.operation = 0;
	set_wire(&head);
	assert_refused(-EOPNOTSUPP);
	head.operation = OPERATION_STATUS + 1;
	set_wire(&head);
	assert_refused(-EOPNOTSUPP);
}

TEST(refuses_each_unknown_flag)
{
	struct request_wire head;

	encode_fetch("pub/a");
	head = wire();
	for (int bit = 0; bit < 32; bit++) {
		head.flags = 1u << bit;
		set_wire(&head);
		if ((head.flags & ~(uint32_t)REQUEST_FLAGS_KNOWN) != 0)
			assert_refused(-EOPNOTSUPP);
	}
}

TEST(refuses_each_reserved_byte_that_is_not_zero)
{
	size_t start = offsetof(struct request_wire, reserved);

	encode_fetch("pub/a");
	for (size_t at = start; at < HEAD; at++) {
		text[at] = 0x80;
		assert_refused(-EOPNOTSUPP);
		text[at] = 0;
	}
	decode();
}

TEST(refuses_a_negative_queue)
{
	struct request_wire head;

	encode_fetch("pub/a");
	head = wire();
	head.queue = -1;
	set_wire(&head);
	assert_refused(-EINVAL);
	head.queue = INT32_MIN;
	set_wire(&head);
	assert_refused(-EINVAL);
}

/* Sets path_count of a request for two paths. */
static void with_path_count(uint32_t count)
{
	struct request request = fetch_of("a\0b", 4, 2);
	struct request_wire head;

	encode(&request);
	head = wire();
	head.path_count = count;
	set_wire(&head);
}

TEST(refuses_a_path_count_of_zero)
{
	with_path_count(0);
	assert_refused(-EINVAL);
}

TEST(refuses_more_paths_than_counted)
{
	with_path_count(1);
	assert_refused(-EINVAL);
}

TEST(refuses_fewer_paths_than_counted)
{
	with_path_count(3);
	assert_refused(-EINVAL);
}

TEST(refuses_a_path_count_beyond_the_limit)
{
	with_path_count(PROTOCOL_PATHS_MAX + 1);
	assert_refused(-EINVAL);
	with_path_count(UINT32_MAX);
	assert_refused(-EINVAL);
}

TEST(refuses_path_bytes_that_disagree_with_the_length)
{
	struct request_wire head;

	encode_fetch("pub/abcdef"); /* 11 bytes, padded to 16 */
	head = wire();
	head.path_bytes = 17;
	set_wire(&head);
	assert_refused(-EINVAL);
	head.path_bytes = 8;
	set_wire(&head);
	assert_refused(-EINVAL);
	head.path_bytes = 0;
	set_wire(&head);
	assert_refused(-EINVAL);
}

TEST(refuses_path_bytes_that_would_wrap)
{
	struct request_wire head;

	encode_fetch("pub/a");
	head = wire();
	for (uint32_t below = 0; below < 16; below++) {
		head.path_bytes = UINT32_MAX - below;
		set_wire(&head);
		assert_refused(-EINVAL);
	}
}

TEST(refuses_a_fetch_without_paths)
{
	struct request_wire head;

	encode_fetch("pub/a");
	head = wire();
	head.path_bytes = 0;
	head.path_count = 1;
	set_wire(&head);
	length = HEAD;
	assert_refused(-EINVAL);
}

TEST(refuses_a_path_without_its_nul)
{
	encode_fetch("pub/abc"); /* 8 bytes: no padding */
	ck_assert_uint_eq(length, HEAD + 8);
	text[HEAD + 7] = 'x';
	assert_refused(-EINVAL);
}

TEST(refuses_an_empty_path)
{
	encode_fetch("a");
	text[HEAD] = '\0';
	assert_refused(-EINVAL);
}

TEST(refuses_an_empty_path_among_others)
{
	struct request request = fetch_of("a\0b\0c", 6, 3);

	encode(&request);
	text[HEAD + 2] = '\0'; /* "a", "", "c" and a NUL too many */
	assert_refused(-EINVAL);
}

TEST(takes_a_component_of_255_bytes)
{
	make_path(paths, NAME_MAX, NAME_MAX);
	encode_fetch(paths);
	decode();
}

TEST(refuses_a_component_of_256_bytes)
{
	make_path(paths, NAME_MAX, NAME_MAX);
	encode_fetch(paths); /* 255 bytes and a NUL: no padding */
	length += 8;
	memset(text + HEAD + NAME_MAX, 0, 16);
	text[HEAD + NAME_MAX] = 'a';
	struct request_wire head = wire();
	head.path_bytes++;
	set_wire(&head);
	assert_refused(-ENAMETOOLONG);
}

TEST(refuses_a_long_component_after_a_short_one)
{
	memcpy(paths, "pub/", 4);
	memset(paths + 4, 'x', 256);
	paths[260] = '\0';
	struct request request = fetch_of(paths, 261, 1);
	ck_assert_int_eq(request_encode(&request, text), -ENAMETOOLONG);
}

TEST(takes_a_path_of_4095_bytes)
{
	make_path(paths, PATH_MAX - 1, 100);
	encode_fetch(paths);
	decode();
}

TEST(refuses_a_path_of_4096_bytes)
{
	struct request_wire head;

	make_path(paths, PATH_MAX - 1, 100);
	encode_fetch(paths);
	text[HEAD + PATH_MAX - 1] = 'x';
	memset(text + HEAD + PATH_MAX, 0, 8);
	head = wire();
	head.path_bytes++;
	set_wire(&head);
	length += 8;
	assert_refused(-ENAMETOOLONG);
}

TEST(refuses_padding_that_is_not_zero)
{
	encode_fetch("pub/a"); /* 6 bytes and 2 of padding */
	text[HEAD + 6] = 1;
	assert_refused(-EINVAL);
	text[HEAD + 6] = 0;
	text[HEAD + 7] = 1;
	assert_refused(-EINVAL);
}

TEST(refuses_more_padding_than_needed)
{
	encode_fetch("pub/a");
	memset(text + length, 0, 8);
	length += 8;
	assert_refused(-EINVAL);
}

TEST(takes_a_resume_of_the_first_of_two_paths)
{
	with_path_count(2);
	struct request_wire head = wire();
	head.flags = REQUEST_RESUME;
	head.offset = 3;
	head.stamp.size = 4;
	set_wire(&head);
	ck_assert_uint_eq(decode().offset, 3);
}

TEST(refuses_to_recurse_without_a_list)
{
	struct request request = fetch_of("a", 2, 1);

	request.flags = REQUEST_RECURSE;
	ck_assert_int_eq(request_encode(&request, text), -EINVAL);
	request.flags = REQUEST_RECURSE | REQUEST_PACK | REQUEST_HOLES;
	ck_assert_int_eq(request_encode(&request, text), -EINVAL);
	request.flags = REQUEST_RECURSE | REQUEST_LIST;
	encode(&request);
	ck_assert_uint_eq(decode().flags, REQUEST_RECURSE | REQUEST_LIST);
}

/* The ring of a request. */

static int encode_ring(int32_t id, uint32_t slots, uint32_t slot_bytes)
{
	struct request request = fetch_of("a", 2, 1);
	int result;

	request.flags |= REQUEST_PACK;
	request.ring = id;
	request.ring_slots = slots;
	request.ring_slot_bytes = slot_bytes;
	result = request_encode(&request, text);
	length = result > 0 ? (size_t)result : 0;
	return result;
}

TEST(a_ring_comes_through_whole)
{
	struct request got;

	ck_assert_int_gt(encode_ring(98304, 4, 262144), 0);
	got = decode();
	ck_assert_int_eq(got.ring, 98304);
	ck_assert_uint_eq(got.ring_slots, 4);
	ck_assert_uint_eq(got.ring_slot_bytes, 262144);
}

TEST(a_ring_has_its_documented_place)
{
	uint32_t word;

	ck_assert_int_gt(encode_ring(98304, 4, 262144), 0);
	memcpy(&word, text + 28, sizeof(word));
	ck_assert_uint_eq(word, 4);
	memcpy(&word, text + 56, sizeof(word));
	ck_assert_uint_eq(word, 98304);
	memcpy(&word, text + 60, sizeof(word));
	ck_assert_uint_eq(word, 262144);
}

TEST(takes_each_extreme_shape_of_a_ring)
{
	ck_assert_int_gt(encode_ring(0, 1, RING_SLOT_BYTES_MIN), 0);
	ck_assert_int_gt(encode_ring(0, 1, RING_BYTES_MAX), 0);
	ck_assert_int_gt(encode_ring(0, RING_SLOTS_MAX, RING_SLOT_BYTES_MIN), 0);
	ck_assert_int_gt(
		encode_ring(INT32_MAX, RING_SLOTS_MAX, RING_BYTES_MAX / RING_SLOTS_MAX), 0);
}

TEST(refuses_a_ring_of_a_shape_that_is_none)
{
	ck_assert_int_eq(encode_ring(1, 1, 0), -EINVAL);
	ck_assert_int_eq(encode_ring(1, 1, 4096), -EINVAL);
	ck_assert_int_eq(encode_ring(1, 1, RING_SLOT_BYTES_MIN + 1), -EINVAL);
	ck_assert_int_eq(encode_ring(1, 1, RING_SLOT_BYTES_MIN - 1), -EINVAL);
	ck_assert_int_eq(encode_ring(1, RING_SLOTS_MAX + 1, RING_SLOT_BYTES_MIN), -EINVAL);
	ck_assert_int_eq(encode_ring(-1, 1, RING_SLOT_BYTES_MIN), -EINVAL);
}

TEST(refuses_a_ring_that_is_too_large)
{
	ck_assert_int_eq(encode_ring(1, 1, RING_BYTES_MAX + RING_SLOT_BYTES_MIN), -EINVAL);
	ck_assert_int_eq(encode_ring(1, 2, RING_BYTES_MAX), -EINVAL);
	/* The product is a multiple of 2^32. */
	ck_assert_int_eq(encode_ring(1, 64, 1u << 26), -EINVAL);
	ck_assert_int_eq(encode_ring(1, UINT32_MAX, UINT32_MAX - 16383), -EINVAL);
}

TEST(refuses_half_a_ring)
{
	ck_assert_int_eq(encode_ring(1, 0, 0), -EINVAL);
	ck_assert_int_eq(encode_ring(0, 0, RING_SLOT_BYTES_MIN), -EINVAL);
}

TEST(refuses_a_ring_without_packing)
{
	struct request request = fetch_of("a", 2, 1);

	request.ring_slots = 1;
	request.ring_slot_bytes = RING_SLOT_BYTES_MIN;
	ck_assert_int_eq(request_encode(&request, text), -EINVAL);
	request.flags |= REQUEST_PACK;
	ck_assert_int_gt(request_encode(&request, text), 0);
}

TEST(refuses_bulk_without_a_ring)
{
	struct request request = fetch_of("a", 2, 1);

	request.flags = REQUEST_BULK | REQUEST_LIST | REQUEST_PACK;
	ck_assert_int_eq(request_encode(&request, text), -EINVAL);
	request.ring_slots = 1;
	request.ring_slot_bytes = RING_SLOT_BYTES_MIN;
	ck_assert_int_gt(request_encode(&request, text), 0);
}

TEST(refuses_a_ping_with_a_ring)
{
	struct request ping = {.operation = OPERATION_PING,
			       .ring_slots = 1,
			       .ring_slot_bytes = RING_SLOT_BYTES_MIN};

	ck_assert_int_eq(request_encode(&ping, text), -EINVAL);
	ping = (struct request){.operation = OPERATION_STATUS, .ring = 1};
	ck_assert_int_eq(request_encode(&ping, text), -EINVAL);
	ping = (struct request){.operation = OPERATION_PING,
				.ring_slot_bytes = RING_SLOT_BYTES_MIN};
	ck_assert_int_eq(request_encode(&ping, text), -EINVAL);
}

static void with_resume(uint32_t flags, uint64_t offset, uint64_t size)
{
	struct request_wire head;

	encode_fetch("pub/a");
	head = wire();
	head.flags = flags;
	head.offset = offset;
	head.stamp.size = size;
	set_wire(&head);
}

TEST(refuses_to_resume_past_the_end)
{
	with_resume(REQUEST_RESUME, 11, 10);
	assert_refused(-EINVAL);
	with_resume(REQUEST_RESUME, UINT64_MAX, 10);
	assert_refused(-EINVAL);
}

TEST(takes_a_resume_at_the_end)
{
	with_resume(REQUEST_RESUME, 10, 10);
	ck_assert_uint_eq(decode().offset, 10);
}

TEST(refuses_an_offset_without_resume)
{
	with_resume(0, 1, 10);
	assert_refused(-EINVAL);
	with_resume(REQUEST_HOLES, 1, 10);
	assert_refused(-EINVAL);
}

TEST(refuses_a_stamp_without_resume)
{
	with_resume(0, 0, 10);
	assert_refused(-EINVAL);
}

/* Returns the result of request_encode() for one path with these flags and fields. */
static int encode_flags(uint32_t flags, uint64_t offset, uint64_t bytes)
{
	struct request request = fetch_of("pub/a", 6, 1);
	int result;

	request.flags = flags;
	request.offset = offset;
	request.length = bytes;
	result = request_encode(&request, text);
	length = result > 0 ? (size_t)result : 0;
	return result;
}

#define FOLLOW (REQUEST_FOLLOW | REQUEST_LIST)

TEST(takes_a_follow_from_each_start)
{
	ck_assert_int_gt(encode_flags(FOLLOW | REQUEST_PACK | REQUEST_AWAIT, 0, 0), 0);
	ck_assert_int_gt(encode_flags(FOLLOW | REQUEST_LINES, 0, 0), 0);
	ck_assert_int_gt(encode_flags(FOLLOW | REQUEST_LINES, 0, 10), 0);
	ck_assert_int_gt(encode_flags(FOLLOW | REQUEST_RANGE, 100, 0), 0);
	ck_assert_int_gt(encode_flags(FOLLOW | REQUEST_RANGE | REQUEST_TAIL, 0, 100), 0);
	ck_assert_uint_eq(decode().flags, FOLLOW | REQUEST_RANGE | REQUEST_TAIL);
}

TEST(takes_a_follow_that_goes_on)
{
	struct request request = fetch_of("pub/a", 6, 1);

	request.flags = FOLLOW | REQUEST_RESUME | REQUEST_AWAIT;
	request.stamp.size = 10;
	request.offset = 10;
	encode(&request);
	ck_assert_uint_eq(decode().offset, 10);
}

TEST(refuses_a_follow_with_what_needs_an_end)
{
	ck_assert_int_eq(encode_flags(REQUEST_FOLLOW, 0, 0), -EINVAL);
	ck_assert_int_eq(encode_flags(FOLLOW | REQUEST_RECURSE, 0, 0), -EINVAL);
	ck_assert_int_eq(encode_flags(FOLLOW | REQUEST_HOLES, 0, 0), -EINVAL);
	ck_assert_int_eq(encode_flags(FOLLOW | REQUEST_XXH3, 0, 0), -EINVAL);
	ck_assert_int_eq(encode_flags(FOLLOW | REQUEST_SHA256, 0, 0), -EINVAL);
	ck_assert_int_eq(encode_flags(FOLLOW | REQUEST_RANGE, 0, 100), -EINVAL);
	ck_assert_int_eq(encode_flags(FOLLOW | REQUEST_RESUME | REQUEST_RANGE, 0, 0), -EINVAL);
}

TEST(refuses_a_follow_of_two_paths_or_with_a_ring)
{
	struct request request = fetch_of("pub/a\0pub/b", 12, 2);

	request.flags = FOLLOW;
	ck_assert_int_eq(request_encode(&request, text), -EINVAL);
	request = fetch_of("pub/a", 6, 1);
	request.flags = FOLLOW | REQUEST_PACK;
	request.ring_slots = 2;
	request.ring_slot_bytes = RING_SLOT_BYTES_MIN;
	ck_assert_int_eq(request_encode(&request, text), -EINVAL);
}

TEST(refuses_lines_that_contradict_another_start)
{
	ck_assert_int_eq(encode_flags(FOLLOW | REQUEST_LINES | REQUEST_RANGE, 0, 0), -EINVAL);
	ck_assert_int_eq(encode_flags(FOLLOW | REQUEST_LINES | REQUEST_RESUME, 0, 0), -EINVAL);
	ck_assert_int_eq(encode_flags(FOLLOW | REQUEST_LINES, 0, UINT64_MAX), -EINVAL);
	ck_assert_int_eq(encode_flags(FOLLOW | REQUEST_LINES, 1, 0), -EINVAL);
}

TEST(refuses_flags_that_need_a_follow)
{
	ck_assert_int_eq(encode_flags(REQUEST_LIST | REQUEST_AWAIT, 0, 0), -EINVAL);
	ck_assert_int_eq(encode_flags(REQUEST_LIST | REQUEST_LINES, 0, 1), -EINVAL);
}

TEST(a_list_is_not_followed)
{
	struct request request = fetch_of("pub/a", 6, 1);

	request.operation = OPERATION_LIST;
	request.flags = FOLLOW;
	ck_assert_int_eq(request_encode(&request, text), -EINVAL);
}

TEST(a_range_comes_through_whole)
{
	struct request got;

	ck_assert_int_gt(encode_flags(REQUEST_RANGE | REQUEST_HOLES, 1ull << 40, 7), 0);
	got = decode();
	ck_assert_uint_eq(got.flags, REQUEST_RANGE | REQUEST_HOLES);
	ck_assert_uint_eq(got.offset, 1ull << 40);
	ck_assert_uint_eq(got.length, 7);
}

TEST(the_length_of_a_range_has_its_documented_place)
{
	uint64_t word;

	ck_assert_int_gt(encode_flags(REQUEST_RANGE, 0, 0x1234567890), 0);
	memcpy(&word, text + 96, sizeof(word));
	ck_assert_uint_eq(word, 0x1234567890);
}

TEST(takes_a_range_to_the_end_and_a_tail)
{
	ck_assert_int_gt(encode_flags(REQUEST_RANGE, 100, 0), 0);
	ck_assert_int_gt(encode_flags(REQUEST_RANGE | REQUEST_TAIL, 0, 100), 0);
}

TEST(refuses_a_length_without_a_range)
{
	ck_assert_int_eq(encode_flags(0, 0, 1), -EINVAL);
	ck_assert_int_eq(encode_flags(REQUEST_HOLES, 0, 1), -EINVAL);
}

TEST(refuses_a_range_beyond_any_file)
{
	ck_assert_int_gt(encode_flags(REQUEST_RANGE, INT64_MAX, 0), 0);
	ck_assert_int_eq(encode_flags(REQUEST_RANGE, (uint64_t)INT64_MAX + 1, 0), -EINVAL);
	ck_assert_int_gt(encode_flags(REQUEST_RANGE, 1, INT64_MAX - 1), 0);
	ck_assert_int_eq(encode_flags(REQUEST_RANGE, 1, INT64_MAX), -EINVAL);
	ck_assert_int_eq(encode_flags(REQUEST_RANGE, 1, UINT64_MAX), -EINVAL);
}

TEST(refuses_a_tail_that_is_none)
{
	ck_assert_int_eq(encode_flags(REQUEST_TAIL, 0, 100), -EINVAL);
	ck_assert_int_eq(encode_flags(REQUEST_TAIL | REQUEST_RANGE, 0, 0), -EINVAL);
	ck_assert_int_eq(encode_flags(REQUEST_TAIL | REQUEST_RANGE, 1, 100), -EINVAL);
	ck_assert_int_eq(encode_flags(REQUEST_TAIL | REQUEST_RANGE | REQUEST_RESUME, 0, 100),
			 -EINVAL);
}

TEST(refuses_a_range_of_more_than_one_file)
{
	struct request request = fetch_of("a\0b", 4, 2);

	request.flags = REQUEST_RANGE | REQUEST_LIST;
	ck_assert_int_eq(request_encode(&request, text), -EINVAL);
	ck_assert_int_gt(encode_flags(REQUEST_RANGE | REQUEST_LIST, 0, 1), 0);
	ck_assert_int_eq(encode_flags(REQUEST_RANGE | REQUEST_LIST | REQUEST_RECURSE, 0, 1),
			 -EINVAL);
}

TEST(takes_a_resume_of_a_range)
{
	struct request request = fetch_of("pub/a", 6, 1);

	request.flags = REQUEST_RANGE | REQUEST_RESUME;
	request.offset = 10;
	request.length = 5;
	request.stamp.size = 100;
	ck_assert_int_gt(request_encode(&request, text), 0);
	request.offset = 101;
	ck_assert_int_eq(request_encode(&request, text), -EINVAL);
	request.flags = REQUEST_RANGE;
	request.offset = 10;
	ck_assert_int_eq(request_encode(&request, text), -EINVAL); /* a stamp for nothing */
}

TEST(takes_one_digest_of_whole_files)
{
	ck_assert_int_gt(encode_flags(REQUEST_XXH3, 0, 0), 0);
	ck_assert_int_gt(encode_flags(REQUEST_SHA256 | REQUEST_LIST | REQUEST_RECURSE, 0, 0),
			 0);
	ck_assert_int_eq(encode_flags(REQUEST_XXH3 | REQUEST_SHA256, 0, 0), -EINVAL);
	ck_assert_int_eq(encode_flags(REQUEST_XXH3 | REQUEST_RANGE, 0, 1), -EINVAL);
	ck_assert_int_eq(encode_flags(REQUEST_SHA256 | REQUEST_RANGE, 0, 1), -EINVAL);
}

TEST(takes_a_digest_with_a_resume)
{
	with_resume(REQUEST_RESUME | REQUEST_SHA256, 5, 10);
	ck_assert_uint_eq(decode().flags, REQUEST_RESUME | REQUEST_SHA256);
}

static int encode_list(uint32_t flags, const char *strings, size_t bytes, uint32_t count)
{
	struct request request = fetch_of(strings, bytes, count);
	int result;

	request.operation = OPERATION_LIST;
	request.flags = flags;
	result = request_encode(&request, text);
	length = result > 0 ? (size_t)result : 0;
	return result;
}

TEST(a_listing_comes_through_whole)
{
	const uint32_t flags = REQUEST_LIST | REQUEST_CHILDREN | REQUEST_RECURSE | REQUEST_PACK;
	struct request got;

	ck_assert_int_gt(encode_list(flags, "pub", 4, 1), 0);
	got = decode();
	ck_assert_int_eq(got.operation, OPERATION_LIST);
	ck_assert_uint_eq(got.flags, flags);
	ck_assert_str_eq(got.paths, "pub");
}

TEST(the_root_can_be_listed_among_others)
{
	struct request got;

	ck_assert_int_gt(encode_list(REQUEST_LIST, "", 1, 1), 0);
	ck_assert_str_eq(decode().paths, "");
	ck_assert_int_gt(encode_list(REQUEST_LIST, "a\0\0b", 5, 3), 0);
	got = decode();
	ck_assert_str_eq(request_next_path(got.paths), "");
	ck_assert_str_eq(request_next_path(request_next_path(got.paths)), "b");
	ck_assert_int_eq(encode_list(REQUEST_LIST, "a\0", 3, 1), -EINVAL);
}

TEST(refuses_a_listing_that_is_no_list)
{
	ck_assert_int_eq(encode_list(0, "pub", 4, 1), -EINVAL);
	ck_assert_int_eq(encode_list(REQUEST_PACK, "pub", 4, 1), -EINVAL);
	ck_assert_int_eq(encode_list(REQUEST_LIST, "", 0, 0), -EINVAL);
}

TEST(refuses_flags_of_contents_in_a_list)
{
	const uint32_t flags[] = {REQUEST_RESUME, REQUEST_HOLES, REQUEST_RANGE,
				  REQUEST_TAIL,   REQUEST_XXH3,  REQUEST_SHA256};

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		ck_assert_int_eq(encode_list(REQUEST_LIST | flags[i], "pub", 4, 1), -EINVAL);
}

TEST(refuses_to_fetch_children)
{
	ck_assert_int_eq(encode_flags(REQUEST_CHILDREN | REQUEST_LIST, 0, 0), -EINVAL);
}

TEST(asking_for_the_status_is_like_a_ping)
{
	struct request status = {.operation = OPERATION_STATUS};

	encode(&status);
	ck_assert_uint_eq(length, HEAD);
	ck_assert_int_eq(decode().operation, OPERATION_STATUS);
	status.flags = REQUEST_PACK;
	ck_assert_int_eq(request_encode(&status, text), -EINVAL);
	encode_fetch("pub/a");
	struct request_wire head = wire();
	head.operation = OPERATION_STATUS;
	set_wire(&head);
	assert_refused(-EINVAL);
}

TEST(refuses_a_ping_with_a_length)
{
	struct request ping = {.operation = OPERATION_PING, .length = 1};

	ck_assert_int_eq(request_encode(&ping, text), -EINVAL);
}

TEST(refuses_a_ping_with_a_path)
{
	struct request_wire head;

	encode_fetch("pub/a");
	head = wire();
	head.operation = OPERATION_PING;
	set_wire(&head);
	assert_refused(-EINVAL);
}

TEST(refuses_a_ping_with_flags)
{
	struct request ping = {.operation = OPERATION_PING, .flags = REQUEST_HOLES};

	ck_assert_int_eq(request_encode(&ping, text), -EINVAL);
}

TEST(refuses_a_ping_with_an_offset)
{
	struct request ping = {.operation = OPERATION_PING, .offset = 1};

	ck_assert_int_eq(request_encode(&ping, text), -EINVAL);
}

TEST(refuses_every_truncation_of_a_request)
{
	struct request request = fetch_of("pub/one\0pub/two\0pub/three", 26, 3);
	size_t whole;

	encode(&request);
	whole = length;
	for (length = 0; length < whole; length++) {
		struct request got;

		ck_assert_int_lt(request_decode(text, length, &got), 0);
	}
}

/* Asserts that a decoded request lies within its message. */
static void assert_within(const struct request *request)
{
	const char *path = request->paths;
	const char *start = (const char *)text + HEAD;

	ck_assert_ptr_eq(path, start);
	ck_assert_uint_le(request->path_bytes, length - HEAD);
	for (uint32_t i = 0; i < request->path_count; i++) {
		ck_assert_int_eq(request_path_error(request->operation, path), 0);
		path = request_next_path(path);
	}
	ck_assert_ptr_eq(path, start + request->path_bytes);
}

TEST(a_changed_byte_is_refused_or_still_sound)
{
	struct request request = fetch_of("pub/one\0b\0pub/three", 20, 3), got;

	encode(&request);
	for (size_t at = 0; at < length; at++)
		for (unsigned change = 1; change < 256; change++) {
			text[at] = (uint8_t)(text[at] ^ change);
			if (request_decode(text, length, &got) == 0)
				assert_within(&got);
			text[at] = (uint8_t)(text[at] ^ change);
		}
	decode();
}

TEST(a_path_may_have_doubled_slashes)
{
	ck_assert_int_eq(request_path_error(OPERATION_FETCH, "a//b"), 0);
	ck_assert_int_eq(request_path_error(OPERATION_FETCH, "/"), 0);
	ck_assert_int_eq(request_path_error(OPERATION_FETCH, "//a/"), 0);
}

TEST(only_a_list_may_name_the_empty_path)
{
	ck_assert_int_eq(request_path_error(OPERATION_FETCH, ""), -EINVAL);
	ck_assert_int_eq(request_path_error(OPERATION_LIST, ""), 0);
}

TEST(stamps_differ_if_any_field_differs)
{
	const struct stamp stamp = {1, 2, 3, 4};

	ck_assert(stamp_equal(&stamp, &(struct stamp){1, 2, 3, 4}));
	ck_assert(!stamp_equal(&stamp, &(struct stamp){9, 2, 3, 4}));
	ck_assert(!stamp_equal(&stamp, &(struct stamp){1, 9, 3, 4}));
	ck_assert(!stamp_equal(&stamp, &(struct stamp){1, 2, 9, 4}));
	ck_assert(!stamp_equal(&stamp, &(struct stamp){1, 2, 3, 9}));
}

/* Replies. */

static struct reply decode_reply(long type)
{
	struct reply reply;

	ck_assert_int_eq(reply_decode(type, text, length, &reply), 0);
	ck_assert_int_eq(reply.type, type);
	return reply;
}

static void assert_reply_refused(long type)
{
	struct reply reply;

	ck_assert_int_eq(reply_decode(type, text, length, &reply), -EPROTO);
}

static struct reply_wire reply_head(void)
{
	struct reply_wire head;

	memcpy(&head, text, sizeof(head));
	return head;
}

static void set_reply_head(const struct reply_wire *head)
{
	memcpy(text, head, sizeof(*head));
}

static void encode_entry(void)
{
	struct entry_wire body = {
		.stamp = {1, 2, -3, 4}, .mode = 0100644, .uid = 1000, .gid = 100};

	length = reply_encode_entry(text, 7, 2, &body, NULL, NULL);
}

static void encode_named(const char *name, const char *link)
{
	struct entry_wire body = {.stamp = {1, 2, -3, 4}, .mode = 0100644, .path = 5};

	length = reply_encode_entry(text, 7, 2, &body, name, link);
}

static void encode_end(void)
{
	struct end_wire body = {.stamp = {1, 2, -3, 4}, .offset = 4};

	length = reply_encode_end(text, 7, 2, &body, NULL);
}

static void encode_data(uint64_t offset, uint32_t bytes)
{
	length = reply_encode_head(text, MESSAGE_DATA, 7, 2, offset, bytes, 0);
	memset(text + REPLY_HEAD, 'd', bytes);
}

static void encode_failure(const char *why)
{
	struct failure_wire body = {.error = EACCES, .reason = FAILURE_FILE};

	length = reply_encode_failure(text, 7, 2, &body, why, sizeof(text));
}

TEST(an_entry_comes_through_whole)
{
	struct reply reply;

	encode_entry();
	ck_assert_uint_eq(length, 72);
	reply = decode_reply(MESSAGE_ENTRY);
	ck_assert_uint_eq(reply.serial, 7);
	ck_assert_uint_eq(reply.entry, 2);
	ck_assert_uint_eq(reply.body.entry.wire.mode, 0100644);
	ck_assert_uint_eq(reply.body.entry.wire.uid, 1000);
	ck_assert_uint_eq(reply.body.entry.wire.gid, 100);
	ck_assert_int_eq(reply.body.entry.wire.stamp.mtime_ns, -3);
	ck_assert_uint_eq(reply.body.entry.wire.stamp.size, 4);
	ck_assert_str_eq(reply.body.entry.name, "");
	ck_assert_str_eq(reply.body.entry.link, "");
}

TEST(a_named_entry_comes_through_whole)
{
	struct reply reply;

	encode_named("a/b", "../c");
	ck_assert_uint_eq(length, 72 + 4 + 5);
	ck_assert_uint_eq(length, reply_entry_length("a/b", "../c"));
	reply = decode_reply(MESSAGE_ENTRY);
	ck_assert_uint_eq(reply.body.entry.wire.path, 5);
	ck_assert_str_eq(reply.body.entry.name, "a/b");
	ck_assert_str_eq(reply.body.entry.link, "../c");
}

TEST(an_entrys_name_and_link_may_be_empty)
{
	struct reply reply;

	encode_named("", "");
	ck_assert_uint_eq(length, 74);
	reply = decode_reply(MESSAGE_ENTRY);
	ck_assert_str_eq(reply.body.entry.name, "");
	ck_assert_str_eq(reply.body.entry.link, "");
}

static void set_reply_length(void)
{
	struct reply_wire head = reply_head();

	head.length = (uint32_t)(length - REPLY_HEAD);
	set_reply_head(&head);
}

TEST(refuses_an_entry_whose_strings_do_not_end)
{
	encode_named("name", "link");
	text[length - 1] = 'x';
	assert_reply_refused(MESSAGE_ENTRY);
	encode_named("name", "link");
	length -= 5; /* the name alone */
	set_reply_length();
	assert_reply_refused(MESSAGE_ENTRY);
	length--;
	set_reply_length();
	assert_reply_refused(MESSAGE_ENTRY);
}

TEST(refuses_an_entry_with_more_than_two_strings)
{
	encode_named("name", "link");
	text[length++] = '\0';
	set_reply_length();
	assert_reply_refused(MESSAGE_ENTRY);
	encode_named("name", "link");
	text[length - 3] = '\0'; /* a NUL within: "li" and "k" */
	assert_reply_refused(MESSAGE_ENTRY);
}

TEST(refuses_an_entry_with_a_string_beyond_any_path)
{
	static char name[PATH_MAX + 1];

	memset(name, 'n', PATH_MAX);
	encode_named(name, "");
	assert_reply_refused(MESSAGE_ENTRY);
	encode_named("", name);
	assert_reply_refused(MESSAGE_ENTRY);
	name[PATH_MAX - 1] = '\0';
	encode_named(name, "");
	ck_assert_uint_eq(strlen(decode_reply(MESSAGE_ENTRY).body.entry.name), PATH_MAX - 1);
}

TEST(data_comes_through_whole)
{
	struct reply reply;

	encode_data(1ull << 40, 3);
	reply = decode_reply(MESSAGE_DATA);
	ck_assert_uint_eq(reply.offset, 1ull << 40);
	ck_assert_uint_eq(reply.body.data.length, 3);
	ck_assert_ptr_eq(reply.body.data.bytes, text + REPLY_HEAD);
}

TEST(the_largest_data_fills_a_message)
{
	encode_data(0, REPLY_BODY_MAX);
	ck_assert_uint_eq(length, PROTOCOL_MESSAGE_MAX);
	ck_assert_uint_eq(decode_reply(MESSAGE_DATA).body.data.length, REPLY_BODY_MAX);
}

TEST(an_end_comes_through_whole)
{
	struct reply reply;

	encode_end();
	reply = decode_reply(MESSAGE_END);
	ck_assert_uint_eq(reply.body.end.wire.offset, 4);
	ck_assert_uint_eq(reply.body.end.wire.stamp.inode, 2);
	ck_assert_uint_eq(reply.body.end.digest.length, 0);
}

static void encode_digest(size_t bytes)
{
	struct end_wire body = {.offset = 4};
	struct digest digest = {.length = bytes};

	for (size_t i = 0; i < DIGEST_BYTES_MAX; i++)
		digest.bytes[i] = (uint8_t)(0xd0 + i);
	length = reply_encode_end(text, 7, 2, &body, &digest);
}

TEST(an_end_brings_a_digest_of_either_kind)
{
	const size_t lengths[] = {DIGEST_XXH3_BYTES, DIGEST_SHA256_BYTES};

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct reply reply;

		encode_digest(lengths[i]);
		ck_assert_uint_eq(length, 64 + lengths[i]);
		reply = decode_reply(MESSAGE_END);
		ck_assert_uint_eq(reply.body.end.wire.offset, 4);
		ck_assert_uint_eq(reply.body.end.digest.length, lengths[i]);
		for (size_t at = 0; at < lengths[i]; at++)
			ck_assert_uint_eq(reply.body.end.digest.bytes[at], 0xd0 + at);
	}
}

TEST(refuses_a_digest_of_any_other_length)
{
	for (size_t bytes = 1; bytes <= DIGEST_BYTES_MAX; bytes++) {
		encode_digest(bytes);
		if (bytes != DIGEST_XXH3_BYTES && bytes != DIGEST_SHA256_BYTES)
			assert_reply_refused(MESSAGE_END);
	}
	encode_digest(DIGEST_BYTES_MAX);
	text[length++] = 0;
	struct reply_wire head = reply_head();
	head.length++;
	set_reply_head(&head);
	assert_reply_refused(MESSAGE_END);
}

TEST(a_failure_comes_through_whole)
{
	struct failure_wire body = {.error = EAGAIN, .reason = FAILURE_BUSY, .retry_ms = 250};
	struct reply reply;

	length = reply_encode_failure(text, 7, ENTRY_WHOLE, &body, "busy, try again",
				      sizeof(text));
	reply = decode_reply(MESSAGE_FAILURE);
	ck_assert_uint_eq(reply.entry, ENTRY_WHOLE);
	ck_assert_int_eq(reply.body.failure.error, EAGAIN);
	ck_assert_int_eq(reply.body.failure.reason, FAILURE_BUSY);
	ck_assert_uint_eq(reply.body.failure.retry_ms, 250);
	ck_assert_str_eq(reply.body.failure.text, "busy, try again");
}

TEST(a_failure_may_have_no_text)
{
	encode_failure("");
	ck_assert_str_eq(decode_reply(MESSAGE_FAILURE).body.failure.text, "");
}

TEST(a_long_failure_text_is_cut)
{
	char why[2 * FAILURE_TEXT_MAX];
	struct reply reply;

	memset(why, 'w', sizeof(why) - 1);
	why[sizeof(why) - 1] = '\0';
	encode_failure(why);
	reply = decode_reply(MESSAGE_FAILURE);
	ck_assert_uint_eq(strlen(reply.body.failure.text), FAILURE_TEXT_MAX - 1);
}

TEST(a_failure_text_is_cut_to_the_room)
{
	struct failure_wire body = {.error = EIO, .reason = FAILURE_FILE};
	struct reply reply;
	size_t bytes = reply_encode_failure(text, 7, 0, &body, "long text", 44);

	ck_assert_uint_eq(bytes, 44);
	ck_assert_int_eq(reply_decode(MESSAGE_FAILURE, text, bytes, &reply), 0);
	ck_assert_str_eq(reply.body.failure.text, "lon");
}

TEST(refuses_a_reply_of_another_type)
{
	encode_data(0, 8);
	assert_reply_refused(0);
	assert_reply_refused(-MESSAGE_DATA);
	assert_reply_refused(5);
	assert_reply_refused(MESSAGE_TICKET);
	assert_reply_refused(MESSAGE_WAKE);
	assert_reply_refused(MESSAGE_DATA + (1l << 32));
}

TEST(refuses_every_truncation_of_a_reply)
{
	const long types[] = {MESSAGE_FAILURE, MESSAGE_DATA, MESSAGE_END, MESSAGE_ENTRY};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		switch (types[i]) {
		case MESSAGE_FAILURE:
			encode_failure("no");
			break;
		case MESSAGE_DATA:
			encode_data(0, 20);
			break;
		case MESSAGE_END:
			encode_end();
			break;
		default:
			encode_entry();
		}
		for (size_t whole = length; whole > 0; whole--) {
			length = whole - 1;
			assert_reply_refused(types[i]);
		}
	}
}

TEST(refuses_a_message_longer_than_its_reply)
{
	encode_data(0, 8);
	length++;
	assert_reply_refused(MESSAGE_DATA);
}

TEST(refuses_a_reply_longer_than_a_message)
{
	encode_data(0, REPLY_BODY_MAX + 1);
	assert_reply_refused(MESSAGE_DATA);
}

TEST(refuses_a_head_with_another_type)
{
	struct reply_wire head;

	encode_data(0, 8);
	head = reply_head();
	head.type = MESSAGE_PACK;
	set_reply_head(&head);
	assert_reply_refused(MESSAGE_DATA);
	head.type = 0;
	set_reply_head(&head);
	assert_reply_refused(0);
}

static void encode_slot(enum message_type type, uint64_t offset, uint32_t bytes, uint16_t slot)
{
	length = reply_encode_head(text, type, 7, 2, offset, bytes, slot);
}

TEST(data_in_a_slot_comes_through_whole)
{
	struct reply reply;

	encode_slot(MESSAGE_DATA, 1ull << 40, 262144, 64);
	ck_assert_uint_eq(length, REPLY_HEAD);
	reply = decode_reply(MESSAGE_DATA);
	ck_assert_uint_eq(reply.slot, 64);
	ck_assert_uint_eq(reply.offset, 1ull << 40);
	ck_assert_uint_eq(reply.body.data.length, 262144);
	ck_assert_ptr_null(reply.body.data.bytes);
}

TEST(refuses_bytes_after_data_in_a_slot)
{
	encode_slot(MESSAGE_DATA, 0, 8, 1);
	length += 8;
	assert_reply_refused(MESSAGE_DATA);
}

TEST(refuses_a_slot_for_other_types_than_data_and_pack)
{
	struct reply_wire head;

	encode_end();
	head = reply_head();
	head.slot = 1;
	set_reply_head(&head);
	assert_reply_refused(MESSAGE_END);
	length = REPLY_HEAD;
	assert_reply_refused(MESSAGE_END);
	encode_slot(MESSAGE_ENTRY, 0, sizeof(struct entry_wire), 1);
	assert_reply_refused(MESSAGE_ENTRY);
	encode_slot(MESSAGE_FAILURE, 0, 32, 1);
	assert_reply_refused(MESSAGE_FAILURE);
}

TEST(refuses_an_empty_slot)
{
	encode_slot(MESSAGE_DATA, 0, 0, 1);
	assert_reply_refused(MESSAGE_DATA);
	encode_slot(MESSAGE_PACK, 0, 0, 1);
	assert_reply_refused(MESSAGE_PACK);
}

TEST(refuses_a_pack_with_an_offset)
{
	encode_slot(MESSAGE_PACK, 1, 64, 1);
	assert_reply_refused(MESSAGE_PACK);
}

TEST(refuses_an_offset_of_other_types_than_data)
{
	struct reply_wire head;

	encode_end();
	head = reply_head();
	head.offset = 1;
	set_reply_head(&head);
	assert_reply_refused(MESSAGE_END);
	encode_entry();
	set_reply_head(&head);
	assert_reply_refused(MESSAGE_ENTRY);
}

TEST(refuses_data_without_bytes)
{
	encode_data(0, 0);
	assert_reply_refused(MESSAGE_DATA);
}

TEST(refuses_data_beyond_any_file)
{
	encode_data((uint64_t)INT64_MAX - 8, 8);
	decode_reply(MESSAGE_DATA);
	encode_data((uint64_t)INT64_MAX - 7, 8);
	assert_reply_refused(MESSAGE_DATA);
	encode_data(UINT64_MAX, 8);
	assert_reply_refused(MESSAGE_DATA);
}

TEST(refuses_an_entry_beyond_any_file)
{
	struct entry_wire body = {.stamp = {.size = (uint64_t)INT64_MAX + 1}};

	length = reply_encode_entry(text, 1, 0, &body, NULL, NULL);
	assert_reply_refused(MESSAGE_ENTRY);
}

TEST(refuses_an_end_beyond_any_file)
{
	struct end_wire body = {.offset = (uint64_t)INT64_MAX + 1};

	length = reply_encode_end(text, 1, 0, &body, NULL);
	assert_reply_refused(MESSAGE_END);
}

TEST(refuses_a_body_of_another_type)
{
	encode_failure("no");
	assert_reply_refused(MESSAGE_ENTRY);
	assert_reply_refused(MESSAGE_END);
}

/* Change the fixed part of a failure. */
static void with_failure(struct failure_wire body)
{
	length = reply_encode_failure(text, 1, 0, &body, "why", sizeof(text));
}

TEST(refuses_a_failure_that_is_no_error)
{
	with_failure((struct failure_wire){.error = 0, .reason = FAILURE_FILE});
	assert_reply_refused(MESSAGE_FAILURE);
	with_failure((struct failure_wire){.error = -EACCES, .reason = FAILURE_FILE});
	assert_reply_refused(MESSAGE_FAILURE);
}

TEST(refuses_a_failure_of_unknown_reason)
{
	with_failure((struct failure_wire){.error = EIO, .reason = 0});
	assert_reply_refused(MESSAGE_FAILURE);
	with_failure((struct failure_wire){.error = EIO, .reason = FAILURE_RANGE + 1});
	assert_reply_refused(MESSAGE_FAILURE);
}

TEST(refuses_a_failure_with_its_reserved_field_set)
{
	with_failure(
		(struct failure_wire){.error = EIO, .reason = FAILURE_FILE, .reserved = 1});
	assert_reply_refused(MESSAGE_FAILURE);
}

TEST(refuses_a_failure_text_without_its_nul)
{
	encode_failure("why");
	text[length - 1] = 'x';
	assert_reply_refused(MESSAGE_FAILURE);
}

TEST(refuses_a_failure_text_with_a_nul_within)
{
	encode_failure("why");
	text[length - 3] = '\0';
	assert_reply_refused(MESSAGE_FAILURE);
}

TEST(refuses_a_failure_text_that_is_too_long)
{
	struct reply_wire head;

	encode_failure("why");
	memset(text + length - 1, 'x', FAILURE_TEXT_MAX);
	length += FAILURE_TEXT_MAX;
	text[length - 1] = '\0';
	head = reply_head();
	head.length = (uint32_t)(length - REPLY_HEAD);
	set_reply_head(&head);
	assert_reply_refused(MESSAGE_FAILURE);
}

/* Packs. */

static _Alignas(8) uint8_t pack[65536], scratch[REPLY_SCRATCH];
static size_t filled;

/* Packs replies as a worker does: one after another, each padded. */
static void add(void)
{
	memset(pack + filled, 0, REPLY_PADDED(length));
	memcpy(pack + filled, text, length);
	filled += REPLY_PADDED(length);
}

static void fill_pack(void)
{
	filled = 0;
	encode_named("a", "");
	add();
	encode_data(0, 13);
	add();
	encode_end();
	add();
	encode_failure("no");
	add();
}

TEST(a_pack_comes_through_whole)
{
	const enum message_type types[] = {MESSAGE_ENTRY, MESSAGE_DATA, MESSAGE_END,
					   MESSAGE_FAILURE};
	struct reply reply;
	size_t at = 0;

	fill_pack();
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		ck_assert_int_eq(reply_unpack(pack, filled, &at, scratch, &reply), 1);
		ck_assert_int_eq(reply.type, types[i]);
		ck_assert_uint_eq(reply.serial, 7);
		if (reply.type == MESSAGE_DATA)
			ck_assert_mem_eq(reply.body.data.bytes, "ddddddddddddd", 13);
		if (reply.type == MESSAGE_ENTRY)
			ck_assert_str_eq(reply.body.entry.name, "a");
	}
	ck_assert_int_eq(reply_unpack(pack, filled, &at, scratch, &reply), 0);
}

TEST(the_last_reply_of_a_pack_may_lack_its_padding)
{
	struct reply reply;
	size_t at = 0;

	filled = 0;
	encode_data(0, 13);
	add();
	filled -= 3;
	ck_assert_int_eq(reply_unpack(pack, filled, &at, scratch, &reply), 1);
	ck_assert_uint_eq(at, filled);
	ck_assert_int_eq(reply_unpack(pack, filled, &at, scratch, &reply), 0);
}

/* Unpacks all replies, and asserts that all lie within the pack. */
static int unpack_all(size_t bytes)
{
	struct reply reply;
	size_t at = 0;
	int more;

	while ((more = reply_unpack(pack, bytes, &at, scratch, &reply)) > 0) {
		ck_assert_uint_le(at, bytes);
		ck_assert_int_ne(reply.type, MESSAGE_PACK);
		if (reply.type != MESSAGE_DATA)
			continue;
		ck_assert(reply.body.data.bytes >= pack);
		ck_assert_uint_le(
			(size_t)(reply.body.data.bytes - pack) + reply.body.data.length, bytes);
	}
	return more;
}

TEST(a_truncated_pack_is_refused_or_ends_between_replies)
{
	int whole = 0;

	fill_pack();
	for (size_t bytes = 0; bytes <= filled; bytes++)
		whole += unpack_all(bytes) == 0;
	/* Valid ends: before the first reply, after each, with or without padding. */
	ck_assert_int_ge(whole, 5);
	ck_assert_int_lt(whole, 5 + 4 * (int)REPLY_ALIGN);
}

TEST(refuses_a_pack_within_a_pack)
{
	struct reply reply;
	size_t at = 0;

	filled = 0;
	length = reply_encode_head(text, MESSAGE_PACK, 7, 0, 0, 64, 0);
	memset(text + REPLY_HEAD, 0, 64);
	add();
	ck_assert_int_eq(reply_unpack(pack, filled, &at, scratch, &reply), -EPROTO);
}

TEST(refuses_a_slot_within_a_pack)
{
	struct reply reply;
	size_t at = 0;

	filled = 0;
	encode_slot(MESSAGE_DATA, 0, 16, 1);
	add();
	ck_assert_int_eq(reply_unpack(pack, filled, &at, scratch, &reply), -EPROTO);
}

/* The length in the head exceeds the pack. */
TEST(refuses_a_packed_reply_that_exceeds_the_pack)
{
	const uint32_t lengths[] = {14,        17, 1000, 65536, INT32_MAX, UINT32_MAX - 24,
				    UINT32_MAX};

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct reply_wire head;
		struct reply reply;
		size_t at = 0;

		filled = 0;
		encode_data(0, 13);
		head = reply_head();
		head.length = lengths[i];
		set_reply_head(&head);
		add();
		filled = REPLY_HEAD + 13;
		ck_assert_int_eq(reply_unpack(pack, filled, &at, scratch, &reply), -EPROTO);
	}
}

TEST(refuses_a_packed_reply_that_does_not_fit_scratch)
{
	struct reply_wire head = {.serial = 7, .type = MESSAGE_ENTRY};
	struct reply reply;
	size_t at = 0;

	memset(pack, 0, sizeof(pack));
	head.length = REPLY_SCRATCH + 1;
	memcpy(pack, &head, sizeof(head));
	ck_assert_int_eq(reply_unpack(pack, sizeof(pack), &at, scratch, &reply), -EPROTO);
}

TEST(a_packed_entry_may_have_the_longest_name_and_link)
{
	static char name[PATH_MAX];
	struct entry_wire body = {.mode = 0120777};
	struct reply reply;
	size_t at = 0;

	memset(name, 'n', PATH_MAX - 1);
	filled = reply_encode_entry(pack, 7, 0, &body, name, name);
	ck_assert_int_eq(reply_unpack(pack, filled, &at, scratch, &reply), 1);
	ck_assert_str_eq(reply.body.entry.name, name);
	ck_assert_str_eq(reply.body.entry.link, name);
}

/* Names point to the copy: another process may change the ring at any time. */
TEST(an_unpacked_reply_stays_when_the_ring_changes)
{
	struct reply reply;
	size_t at = 0;

	fill_pack();
	ck_assert_int_eq(reply_unpack(pack, filled, &at, scratch, &reply), 1);
	memset(pack, 'x', sizeof(pack));
	ck_assert_str_eq(reply.body.entry.name, "a");
	ck_assert_str_eq(reply.body.entry.link, "");
}

TEST(a_changed_byte_of_a_pack_is_refused_or_still_sound)
{
	fill_pack();
	for (size_t at = 0; at < filled; at++)
		for (unsigned change = 1; change < 256; change++) {
			pack[at] = (uint8_t)(pack[at] ^ change);
			unpack_all(filled);
			pack[at] = (uint8_t)(pack[at] ^ change);
		}
	ck_assert_int_eq(unpack_all(filled), 0);
}

int main(void)
{
	return harness_main("unit/protocol", HARNESS_PURE);
}
