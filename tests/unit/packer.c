/* SPDX-License-Identifier: ISC */
/*
 * unit/packer: the choice of message, pack or slot for each reply. A child packs; the test
 * plays the client and returns slots.
 */
#include "config.h"

#include "server/transfer/packer.h"

#include "common/sysv/queue.h"
#include "common/sysv/ring.h"

#include "tests/support/harness.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define SERIAL 9u
#define SLOT_BYTES RING_SLOT_BYTES_MIN
#define FILES_MAX 4096
#define SMALL 16000u /* files above this go to the ring */

static const struct limits limits = {.stall = 10};
static struct client client;
static struct request request;
static struct counters counters = {.ring_room = UINT64_MAX};
static struct outbox outbox;
static struct packer packer;
static struct ring ring;
static struct message message;

/* Messages seen by the client. */
static struct seen {
	unsigned messages, packs, ring_packs, ring_data;
	uint32_t entries, ends, failures;
	uint64_t bytes;
	bool over;
	uint32_t next_slot;
} seen;

/* Files to send, by length.  Byte number i of a file is byte_of(file, i). */
static uint32_t sizes[FILES_MAX];
static uint32_t files;

static uint8_t byte_of(uint32_t file, uint64_t at)
{
	return (uint8_t)((file * 31 + at * 7 + at / 251) & 0xff);
}

static void prepare_shape(uint32_t flags, uint32_t slots, uint32_t slot_bytes)
{
	ck_assert_int_ge(client.queue = queue_create_private(), 0);
	client.transport = &sysv_worker;
	client.serial = SERIAL;
	client.uid = geteuid();
	request = (struct request){.operation = OPERATION_FETCH,
				   .flags = flags,
				   .serial = SERIAL,
				   .queue = client.queue};
	ring.id = -1;
	if (slots > 0) {
		ck_assert_int_eq(ring_create(slots, slot_bytes, geteuid(), &ring), 0);
		request.ring = ring.id;
		request.ring_slots = slots;
		request.ring_slot_bytes = slot_bytes;
	}
	seen = (struct seen){0};
	files = 0;
	ck_assert_int_eq(outbox_open(&outbox, &client, &limits, &counters), 0);
	packer_open(&packer, &request, &outbox);
}

static void prepare(uint32_t flags, uint32_t slots)
{
	prepare_shape(flags, slots, SLOT_BYTES);
}

static void finish(void)
{
	packer_close(&packer);
	ring_detach(&ring);
	ck_assert_int_eq(queue_remove(client.queue), 0);
}

/* The worker's side. */

static int add_entry(uint32_t number, uint32_t size)
{
	struct entry_wire body = {.stamp = {.size = size}, .mode = S_IFREG | 0644};

	return packer_entry(&packer, number, &body, "name", "");
}

static int add_end(uint32_t number, uint64_t offset)
{
	struct end_wire body = {.offset = offset};

	return packer_end(&packer, number, &body, NULL);
}

static int add_bytes(uint32_t number, uint32_t size)
{
	uint64_t at = 0;
	int error = 0;

	while (error == 0 && at < size) {
		uint8_t *bytes;
		size_t room;

		error = packer_data_room(&packer, size - at, &bytes, &room);
		if (error != 0)
			return error;
		if (room == 0)
			return -EPROTO;
		if (room > size - at)
			room = (size_t)(size - at);
		for (size_t i = 0; i < room; i++)
			bytes[i] = byte_of(number, at + i);
		error = packer_data_filled(&packer, number, at, room);
		at += room;
	}
	return error;
}

/* threshold: files above this go to the ring before their ENTRY, as in stream. */
static int pack_all(uint32_t threshold)
{
	int error = 0;

	for (uint32_t i = 0; error == 0 && i < files; i++) {
		if (sizes[i] > threshold)
			error = packer_use_ring(&packer);
		if (error == 0)
			error = add_entry(i, sizes[i]);
		if (error == 0)
			error = add_bytes(i, sizes[i]);
		if (error == 0)
			error = add_end(i, sizes[i]);
	}
	if (error == 0)
		error = add_end(ENTRY_WHOLE, files);
	return error != 0 ? error : packer_flush(&packer);
}

/* The client's side. */

static void check_reply(const struct reply *reply)
{
	ck_assert_uint_eq(reply->serial, SERIAL);
	switch (reply->type) {
	case MESSAGE_ENTRY:
		ck_assert_uint_eq(reply->entry, seen.entries++);
		ck_assert_uint_eq(reply->body.entry.wire.stamp.size, sizes[reply->entry]);
		seen.bytes = 0;
		break;
	case MESSAGE_DATA:
		ck_assert_uint_eq(reply->entry, seen.entries - 1);
		ck_assert_uint_eq(reply->offset, seen.bytes);
		for (size_t i = 0; i < reply->body.data.length; i++)
			if (reply->body.data.bytes[i] != byte_of(reply->entry, seen.bytes + i))
				ck_abort_msg("another byte than was sent");
		seen.bytes += reply->body.data.length;
		break;
	case MESSAGE_END:
		if (reply->entry == ENTRY_WHOLE) {
			ck_assert_uint_eq(reply->body.end.wire.offset, seen.entries);
			seen.over = true;
			break;
		}
		ck_assert_uint_eq(reply->entry, seen.entries - 1);
		ck_assert_uint_eq(seen.bytes, sizes[reply->entry]);
		seen.ends++;
		break;
	default:
		seen.failures++;
		break;
	}
}

static const uint8_t *locate(const struct reply *reply)
{
	if (reply->slot == 0)
		return reply->body.data.bytes;
	ck_assert_uint_gt(ring.slots, 0);
	ck_assert_uint_eq(reply->slot, seen.next_slot + 1);
	ck_assert_uint_le(reply->body.data.length, ring.slot_bytes);
	seen.next_slot = (seen.next_slot + 1) % ring.slots;
	if (reply->type == MESSAGE_PACK)
		seen.ring_packs++;
	else
		seen.ring_data++;
	return ring_slot(&ring, reply->slot - 1);
}

static void unpack(const uint8_t *bytes, size_t length)
{
	static uint8_t scratch[REPLY_SCRATCH];
	struct reply reply;
	size_t at = 0;
	int more;

	while ((more = reply_unpack(bytes, length, &at, scratch, &reply)) > 0)
		check_reply(&reply);
	ck_assert_int_eq(more, 0);
}

static void give_credit(void)
{
	const struct message credit = {.type = MESSAGE_CREDIT};

	WAIT_FOR(queue_send(client.queue, &credit, 0, false) == 0);
}

/* Receives the next message.  Returns false where the queue is empty. */
static bool take_message(void)
{
	ssize_t length = queue_receive(client.queue, &message, -MESSAGE_CREDIT, false);
	struct reply reply;

	if (length == -ENOMSG)
		return false;
	ck_assert_int_gt(length, 0);
	ck_assert_uint_le((size_t)length, outbox.link.text_max);
	ck_assert_int_eq(reply_decode(message.type, message.text, (size_t)length, &reply), 0);
	seen.messages++;
	if (reply.type == MESSAGE_PACK || reply.type == MESSAGE_DATA)
		reply.body.data.bytes = locate(&reply);
	if (reply.type == MESSAGE_PACK) {
		seen.packs++;
		unpack(reply.body.data.bytes, reply.body.data.length);
	} else {
		check_reply(&reply);
	}
	if (reply.slot > 0)
		give_credit();
	return true;
}

/* Lets a child pack the files, and receives everything. */
static void transfer(uint32_t threshold)
{
	int status = 0;
	pid_t child = fork(), ended = 0;

	ck_assert_int_ge(child, 0);
	if (child == 0)
		_exit(-pack_all(threshold));
	while (!seen.over && ended == 0)
		WAIT_FOR(take_message() || (ended = waitpid(child, &status, WNOHANG)) == child);
	if (ended == 0)
		ck_assert_int_eq(waitpid(child, &status, 0), child);
	while (take_message())
		;
	ck_assert_msg(status == 0, "packing gave wait status 0x%x", (unsigned)status);
	ck_assert(seen.over);
	ck_assert_uint_eq(seen.ends, files);
	ck_assert_uint_eq(seen.failures, 0);
}

#define PACKED (REQUEST_LIST | REQUEST_PACK)

TEST(replies_that_fit_one_message_are_packed_into_one)
{
	prepare(PACKED, 0);
	files = 20;
	for (uint32_t i = 0; i < files; i++)
		sizes[i] = i * 7;
	transfer(PACKER_INLINE_BYTES);
	ck_assert_uint_eq(seen.messages, 1);
	ck_assert_uint_eq(seen.packs, 1);
	finish();
}

/* A worker's memory may hold bytes of other files. */
TEST(the_padding_after_a_packed_reply_is_zero)
{
	static const char *const names[] = {"a",     "ab",     "abc",    "abcd",
					    "abcde", "abcdef", "abcdefg"};
	const struct entry_wire body = {.mode = S_IFREG | 0644};
	unsigned padding = 0;

	prepare(REQUEST_PACK, 0);
	memset(packer.message.text, 0xff, sizeof(packer.message.text));
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t at = packer.fill + reply_entry_length(names[i], "");

		ck_assert_int_eq(packer_entry(&packer, 0, &body, names[i], ""), 0);
		for (; at < packer.fill; at++, padding++)
			ck_assert_uint_eq(packer.pack[at], 0);
	}
	ck_assert_uint_gt(padding, 0);
	finish();
}

TEST(nothing_is_sent_before_there_is_need_to)
{
	prepare(PACKED, 0);
	ck_assert_int_eq(add_entry(0, 0), 0);
	ck_assert_int_eq(add_end(0, 0), 0);
	ck_assert(!take_message());
	ck_assert_int_eq(packer_flush(&packer), 0);
	ck_assert(take_message());
	ck_assert_uint_eq(seen.ends, 1);
	ck_assert_int_eq(packer_flush(&packer), 0);
	ck_assert(!take_message());
	finish();
}

TEST(a_client_that_takes_no_packs_gets_each_reply_by_itself)
{
	prepare(REQUEST_LIST, 0);
	files = 5;
	for (uint32_t i = 0; i < files; i++)
		sizes[i] = 100;
	transfer(PACKER_INLINE_BYTES);
	ck_assert_uint_eq(seen.packs, 0);
	ck_assert_uint_eq(seen.messages, 3 * files + 1);
	finish();
}

TEST(some_packs_go_inline_and_then_the_ring_is_used)
{
	prepare(PACKED, 4);
	files = 2000;
	for (uint32_t i = 0; i < files; i++)
		sizes[i] = 100;
	transfer(PACKER_INLINE_BYTES);
	ck_assert_uint_eq(seen.packs - seen.ring_packs, PACKER_INLINE_PACKS);
	ck_assert_uint_gt(seen.ring_packs, 0);
	finish();
}

TEST(without_a_ring_all_bytes_go_inline)
{
	prepare(PACKED, 0);
	files = 2000;
	for (uint32_t i = 0; i < files; i++)
		sizes[i] = 100;
	transfer(PACKER_INLINE_BYTES);
	ck_assert_uint_gt(seen.packs, PACKER_INLINE_PACKS);
	ck_assert_uint_eq(seen.ring_packs, 0);
	finish();
}

TEST(a_large_file_goes_to_the_ring_at_once)
{
	prepare(PACKED, 4);
	files = 1;
	sizes[0] = 10 * SLOT_BYTES;
	transfer(SMALL);
	ck_assert_uint_eq(seen.packs, seen.ring_packs);
	ck_assert_uint_eq(seen.ring_data, 9); /* the first and the last piece share packs */
	finish();
}

TEST(packed_replies_are_sent_ahead_of_the_ring)
{
	prepare(PACKED, 4);
	files = 2;
	sizes[0] = 10;
	sizes[1] = 3 * SLOT_BYTES;
	transfer(SMALL);
	ck_assert_uint_eq(seen.packs - seen.ring_packs, 1);
	finish();
}

/* Returns the bytes of the ring that have pages. */
static size_t pages_of_ring(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), bytes = 0;
	size_t length = (size_t)ring.slots * ring.slot_bytes;
	unsigned char *there = harness_keep(calloc(length / page, 1));

	ck_assert_int_eq(mincore(ring.bytes, length, there), 0);
	for (size_t i = 0; i < length / page; i++)
		bytes += there[i] & 1u ? page : 0;
	return bytes;
}

TEST(a_medium_file_gets_pages_for_a_part_of_each_slot)
{
	prepare_shape(PACKED, 2, 1 << 20);
	files = 1;
	sizes[0] = 1 << 20;
	transfer(PACKER_INLINE_BYTES);
	ck_assert_uint_gt(seen.ring_packs, 0);
	ck_assert_uint_le(pages_of_ring(), 1 << 18);
	finish();
}

TEST(a_large_file_fills_whole_slots)
{
	prepare_shape(PACKED, 2, 1 << 20);
	files = 1;
	sizes[0] = 32 << 20;
	transfer(PACKER_INLINE_BYTES);
	ck_assert_uint_le(seen.messages, 34);
	finish();
}

TEST(a_share_of_a_ring_leaves_the_rest_without_pages)
{
	counters.ring_room = 1 << 19;
	prepare_shape(PACKED, 2, 1 << 20);
	files = 1;
	sizes[0] = 32 << 20;
	transfer(PACKER_INLINE_BYTES);
	ck_assert_uint_gt(seen.ring_data, 0);
	ck_assert_uint_le(pages_of_ring(), 1 << 19);
	finish();
	counters.ring_room = UINT64_MAX;
}

TEST(a_ring_of_one_slot_is_a_ring)
{
	prepare(PACKED, 1);
	files = 3;
	sizes[0] = SLOT_BYTES;
	sizes[1] = 5 * SLOT_BYTES + 1;
	sizes[2] = 1;
	transfer(0);
	ck_assert_uint_eq(seen.messages, seen.ring_packs + seen.ring_data);
	finish();
}

/* Sizes around each multiple of a slot, with heads and padding. */
TEST(sizes_around_every_edge_of_a_slot_come_through)
{
	prepare(PACKED, 2);
	for (uint32_t slots = 1; slots <= 3; slots++)
		for (uint32_t about = 0; about < 300; about++)
			sizes[files++] = slots * SLOT_BYTES - 200 + about;
	transfer(0);
	finish();
}

TEST(sizes_around_every_edge_of_a_message_come_through)
{
	prepare(PACKED, 0);
	for (uint32_t parts = 1; parts <= 3; parts++)
		for (uint32_t about = 0; about < 500; about++)
			sizes[files++] = parts * (uint32_t)outbox.link.text_max - 300 + about;
	transfer(0);
	finish();
}

TEST(sizes_around_the_edge_of_a_message_come_through_unpacked)
{
	prepare(REQUEST_LIST, 0);
	for (uint32_t about = 0; about < 200; about++)
		sizes[files++] = (uint32_t)outbox.link.text_max - 100 + about;
	transfer(0);
	finish();
}

/* Depending on kernel.msgmnb and kernel.msgmax, a message can have any length. */
TEST(messages_of_any_length_hold_the_right_replies)
{
	for (size_t chunk = 512; chunk < 544; chunk++) {
		prepare(PACKED, 0);
		outbox.link.text_max = chunk;
		packer_open(&packer, &request, &outbox);
		for (uint32_t size = 380; size < 560; size++)
			sizes[files++] = size;
		transfer(0);
		finish();
	}
}

TEST(random_sizes_come_through)
{
	unsigned seed = (unsigned)getpid();

	fprintf(stderr, "seed %u\n", seed);
	srandom(seed);
	for (uint32_t slots = 0; slots <= 5; slots++) {
		prepare(PACKED, slots);
		for (files = 0; files < 300; files++)
			sizes[files] = (uint32_t)(random() % (1 << (random() % 17)));
		transfer(SMALL);
		finish();
	}
}

TEST(a_name_too_long_for_a_message_is_reported)
{
	static char name[3960];
	struct entry_wire body = {.mode = S_IFLNK | 0777};

	memset(name, 'n', sizeof(name) - 1);
	prepare(PACKED, 0);
	outbox.link.text_max = 4096;
	packer_open(&packer, &request, &outbox);
	ck_assert_int_eq(packer_entry(&packer, 0, &body, name, name), -EMSGSIZE);
	ck_assert_int_eq(packer_entry(&packer, 0, &body, name, ""), 0);
	finish();
}

/* A client with a false description of the ring. */

static void expect_refusal(int id, uint32_t slots, int error)
{
	struct reply reply;
	ssize_t length;

	request.ring = id;
	request.ring_slots = slots;
	ck_assert_int_eq(packer_use_ring(&packer), -ECANCELED);
	length = queue_receive(client.queue, &message, -MESSAGE_CREDIT, false);
	ck_assert_int_gt(length, 0);
	ck_assert_int_eq(reply_decode(message.type, message.text, (size_t)length, &reply), 0);
	ck_assert_int_eq(reply.type, MESSAGE_FAILURE);
	ck_assert_uint_eq(reply.entry, ENTRY_WHOLE);
	ck_assert_int_eq(reply.body.failure.reason, FAILURE_BAD_REQUEST);
	ck_assert_int_eq(reply.body.failure.error, error);
	finish();
}

TEST(a_ring_that_is_not_there_is_refused)
{
	prepare(PACKED, 2);
	expect_refusal(123456, 2, EIDRM);
}

TEST(a_ring_of_another_size_is_refused)
{
	prepare(PACKED, 2);
	expect_refusal(ring.id, 3, EINVAL);
}

TEST(a_ring_of_another_user_is_refused)
{
	prepare(PACKED, 2);
	client.uid = geteuid() + 1;
	expect_refusal(ring.id, 2, EACCES);
}

int main(void)
{
	return harness_main("unit/packer", HARNESS_IPC);
}
