/* SPDX-License-Identifier: ISC */
/* unit_protocol: encoding, decoding and refusing of requests and replies. */
#include "config.h"

#include "common/protocol.h"

#include "harness.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#define HEAD sizeof(struct request_wire)
#define REPLY_HEAD sizeof(struct reply_wire)

/* A message under test, and the length it should have. */
static _Alignas(8) uint8_t text[PROTOCOL_MESSAGE_MAX + 64];
static size_t length;

/* Paths of a request, one after the other, each with its NUL. */
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

/* The wire form of the message under test: read, change, write back. */
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

/* A path of size bytes, of components of at most component bytes. */
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

TEST(encoding_refuses_what_decoding_would)
{
	struct request request = fetch_of("a", 2, 1);

	request.flags = 1u << 5;
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
	head.operation = 3;
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
	const struct {
		size_t at, size;
	} fields[] = {
		{offsetof(struct request_wire, reserved0), 4},
		{offsetof(struct request_wire, reserved1), 8},
		{offsetof(struct request_wire, reserved2), 32},
	};

	encode_fetch("pub/a");
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		for (size_t at = fields[i].at; at < fields[i].at + fields[i].size; at++) {
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
	encode_fetch("pub/abc"); /* 8 bytes: no padding that could stand in */
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
	encode_fetch(paths); /* 255 bytes and a NUL: padded already */
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

TEST(refuses_to_resume_two_paths)
{
	with_path_count(2);
	struct request_wire head = wire();
	head.flags = REQUEST_RESUME;
	set_wire(&head);
	assert_refused(-EINVAL);
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

/* What was decoded lies within the message, whatever the message was. */
static void assert_within(const struct request *request)
{
	const char *path = request->paths;
	const char *start = (const char *)text + HEAD;

	ck_assert_ptr_eq(path, start);
	ck_assert_uint_le(request->path_bytes, length - HEAD);
	for (uint32_t i = 0; i < request->path_count; i++) {
		ck_assert(request_path_valid(path));
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
	ck_assert(request_path_valid("a//b"));
	ck_assert(request_path_valid("/"));
	ck_assert(request_path_valid("//a/"));
}

TEST(an_empty_path_is_not_valid)
{
	ck_assert(!request_path_valid(""));
}

TEST(stamps_differ_where_any_field_does)
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
	struct entry_wire body = {.stamp = {1, 2, -3, 4}, .mode = 0100644};

	length = reply_encode_entry(text, 7, 2, &body);
}

static void encode_end(void)
{
	struct end_wire body = {.stamp = {1, 2, -3, 4}, .offset = 4};

	length = reply_encode_end(text, 7, 2, &body);
}

static void encode_data(uint64_t offset, uint32_t bytes)
{
	length = reply_encode_data(text, 7, 2, offset, bytes);
	memset(text + REPLY_HEAD, 'd', bytes);
}

static void encode_failure(const char *why)
{
	struct failure_wire body = {.error = EACCES, .reason = FAILURE_FILE};

	length = reply_encode_failure(text, 7, 2, &body, why);
}

TEST(an_entry_comes_through_whole)
{
	struct reply reply;

	encode_entry();
	ck_assert_uint_eq(length, 64);
	reply = decode_reply(MESSAGE_ENTRY);
	ck_assert_uint_eq(reply.serial, 7);
	ck_assert_uint_eq(reply.entry, 2);
	ck_assert_uint_eq(reply.body.entry.mode, 0100644);
	ck_assert_int_eq(reply.body.entry.stamp.mtime_ns, -3);
	ck_assert_uint_eq(reply.body.entry.stamp.size, 4);
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
	ck_assert_uint_eq(reply.body.end.offset, 4);
	ck_assert_uint_eq(reply.body.end.stamp.inode, 2);
}

TEST(a_failure_comes_through_whole)
{
	struct failure_wire body = {.error = EAGAIN, .reason = FAILURE_BUSY, .retry_ms = 250};
	struct reply reply;

	length = reply_encode_failure(text, 7, ENTRY_WHOLE, &body, "busy, try again");
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

TEST(refuses_a_reply_longer_than_it_says)
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

TEST(refuses_a_reply_with_its_reserved_field_set)
{
	struct reply_wire head;

	encode_data(0, 8);
	head = reply_head();
	head.reserved = 1;
	set_reply_head(&head);
	assert_reply_refused(MESSAGE_DATA);
}

TEST(refuses_an_offset_where_it_means_nothing)
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

	length = reply_encode_entry(text, 1, 0, &body);
	assert_reply_refused(MESSAGE_ENTRY);
}

TEST(refuses_an_entry_with_its_reserved_field_set)
{
	struct entry_wire body = {.reserved = 1};

	length = reply_encode_entry(text, 1, 0, &body);
	assert_reply_refused(MESSAGE_ENTRY);
}

TEST(refuses_an_end_beyond_any_file)
{
	struct end_wire body = {.offset = (uint64_t)INT64_MAX + 1};

	length = reply_encode_end(text, 1, 0, &body);
	assert_reply_refused(MESSAGE_END);
}

TEST(refuses_a_body_of_another_type)
{
	encode_failure("no");
	assert_reply_refused(MESSAGE_ENTRY);
	assert_reply_refused(MESSAGE_END);
}

/* Changes the fixed part of a failure. */
static void with_failure(struct failure_wire body)
{
	length = reply_encode_failure(text, 1, 0, &body, "why");
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
	with_failure((struct failure_wire){.error = EIO, .reason = FAILURE_STAMP + 1});
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

int main(void)
{
	return harness_main("unit_protocol", HARNESS_PURE);
}
