/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "tests/support/seen.h"

#include "tests/support/harness.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static void take_entry(struct seen *seen, const struct reply *reply)
{
	struct seen_entry *entry = &seen->list[seen->count];

	ck_assert_uint_eq(reply->entry, seen->count);
	ck_assert_uint_lt(seen->count, SEEN_ENTRIES);
	*entry = (struct seen_entry){
		.name = harness_format("%s", reply->body.entry.name),
		.link = harness_format("%s", reply->body.entry.link),
		.wire = reply->body.entry.wire,
	};
	if (S_ISREG(entry->wire.mode))
		entry->bytes = harness_keep(calloc(1, (size_t)entry->wire.stamp.size + 1));
	seen->count++;
}

static struct seen_entry *last(struct seen *seen, const struct reply *reply)
{
	ck_assert_uint_gt(seen->count, 0);
	ck_assert_uint_eq(reply->entry, seen->count - 1);
	return &seen->list[seen->count - 1];
}

static void take_data(struct seen *seen, const struct reply *reply, const uint8_t *bytes)
{
	struct seen_entry *entry = last(seen, reply);

	ck_assert_ptr_nonnull(bytes);
	ck_assert_ptr_nonnull(entry->bytes);
	ck_assert_uint_le(reply->offset + reply->body.data.length, entry->wire.stamp.size);
	if (entry->come == 0)
		entry->from = reply->offset;
	memcpy(entry->bytes + reply->offset, bytes, reply->body.data.length);
	entry->come += reply->body.data.length;
}

/* Stores one reply.  Returns true after the last reply. */
static bool take(struct seen *seen, const struct reply *reply, const uint8_t *bytes)
{
	struct seen_entry *entry;

	switch (reply->type) {
	case MESSAGE_ENTRY:
		take_entry(seen, reply);
		return false;
	case MESSAGE_DATA:
		take_data(seen, reply, bytes);
		return false;
	case MESSAGE_END:
		if (reply->entry == ENTRY_WHOLE) {
			ck_assert_uint_eq(reply->body.end.wire.offset, seen->count);
			return true;
		}
		entry = last(seen, reply);
		entry->ended = true;
		entry->offset = reply->body.end.wire.offset;
		entry->digest = reply->body.end.digest;
		ck_assert(stamp_equal(&reply->body.end.wire.stamp, &entry->wire.stamp));
		return false;
	default:
		ck_assert_int_eq(reply->type, MESSAGE_FAILURE);
		if (reply->entry == ENTRY_WHOLE) {
			seen->reason = reply->body.failure.reason;
			seen->error = reply->body.failure.error;
			return true;
		}
		entry = last(seen, reply);
		entry->reason = reply->body.failure.reason;
		entry->error = reply->body.failure.error;
		return false;
	}
}

static bool take_pack(struct seen *seen, const uint8_t *bytes, size_t length)
{
	uint8_t scratch[REPLY_SCRATCH];
	struct reply reply;
	bool over = false;
	size_t at = 0;
	int more;

	while ((more = reply_unpack(bytes, length, &at, scratch, &reply)) > 0) {
		ck_assert(!over);
		over = take(seen, &reply, reply.body.data.bytes);
	}
	ck_assert_int_eq(more, 0);
	return over;
}

static void receive(struct seen *seen, struct peer *peer, const struct ring *ring)
{
	const struct message credit = {.type = MESSAGE_CREDIT};
	bool over = false;

	*seen = (struct seen){0};
	while (!over) {
		struct reply reply = peer_receive(peer);
		const uint8_t *bytes = NULL;

		if (reply.type == MESSAGE_DATA || reply.type == MESSAGE_PACK)
			bytes = reply.slot > 0 ? ring_slot(ring, reply.slot - 1)
					       : reply.body.data.bytes;
		over = reply.type == MESSAGE_PACK
			       ? take_pack(seen, bytes, reply.body.data.length)
			       : take(seen, &reply, bytes);
		if (reply.slot > 0)
			WAIT_FOR(queue_send(peer->queue, &credit, 0, false) == 0);
	}
}

void seen_ask(struct seen *seen, struct peer *peer, enum operation operation, const char *path,
	      uint32_t flags, const struct ring *ring)
{
	peer->request.operation = operation;
	peer->request.flags = flags | REQUEST_LIST;
	peer->request.paths = path;
	peer->request.path_count = 1;
	peer->request.path_bytes = (uint32_t)strlen(path) + 1;
	peer->request.ring = ring != NULL ? ring->id : 0;
	peer->request.ring_slots = ring != NULL ? ring->slots : 0;
	peer->request.ring_slot_bytes = ring != NULL ? (uint32_t)ring->slot_bytes : 0;
	peer_send(peer);
	receive(seen, peer, ring);
}

uint32_t seen_count(const struct seen *seen, const char *name)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < seen->count; i++)
		count += strcmp(seen->list[i].name, name) == 0;
	return count;
}

const struct seen_entry *seen_find(const struct seen *seen, const char *name)
{
	uint32_t i = 0;

	ck_assert_msg(seen_count(seen, name) == 1, "%u entries of the name \"%s\"",
		      seen_count(seen, name), name);
	while (strcmp(seen->list[i].name, name) != 0)
		i++;
	return &seen->list[i];
}
