/* SPDX-License-Identifier: ISC */
/*
 * integration/ring_memory: memory of rings, which the kernel charges to the daemon: what
 * clients keep, and what one transfer may use.
 */
#include "config.h"

#include "tests/support/actors.h"
#include "tests/support/harness.h"

#include "common/sysv/ring.h"

#include <sys/shm.h>
#include <unistd.h>

#define MIB (1u << 20)
#define LARGE (3u << 20) /* the size of pub/large */
#define REQUESTS 12

static struct msgfetchd server;
static struct ring rings[REQUESTS];

/* Returns the bytes of all segments of this namespace that have pages. */
static uint64_t pages_of_segments(void)
{
	union {
		struct shm_info usage;
		struct shmid_ds status;
	} table;

	ck_assert_int_ge(shmctl(0, SHM_INFO, &table.status), 0);
	return (uint64_t)table.usage.shm_rss * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* The bytes and messages that a client received of one file. */
struct received {
	uint64_t bytes;
	uint32_t in_slots; /* messages */
	bool failed;
};

static void count(const struct reply *reply, struct received *received)
{
	if (reply->type == MESSAGE_DATA)
		received->bytes += reply->body.data.length;
	if (reply->type == MESSAGE_FAILURE)
		received->failed = true;
}

/* Counts the replies of a PACK.  Returns true at the end of the list. */
static bool count_pack(const uint8_t *bytes, size_t length, struct received *received)
{
	uint8_t scratch[REPLY_SCRATCH];
	struct reply reply;
	bool over = false;
	size_t at = 0;

	while (reply_unpack(bytes, length, &at, scratch, &reply) > 0) {
		count(&reply, received);
		over = over || (reply.type == MESSAGE_END && reply.entry == ENTRY_WHOLE);
	}
	return over;
}

static bool take(struct peer *peer, const struct ring *ring, struct received *received)
{
	const struct message credit = {.type = MESSAGE_CREDIT};
	struct reply reply = peer_receive(peer);
	bool over = reply.type == MESSAGE_FAILURE;

	if (reply.type == MESSAGE_PACK)
		over = count_pack(reply.slot == 0 ? reply.body.data.bytes
						  : ring_slot(ring, reply.slot - 1u),
				  reply.body.data.length, received);
	else
		count(&reply, received);
	if (reply.slot != 0) {
		received->in_slots++;
		ck_assert_int_eq(queue_send(peer->queue, &credit, 0, false), 0);
	}
	return over;
}

/* Fetches pub/large through a ring of this shape, and keeps the ring attached. */
static struct received fetch_and_keep(struct ring *ring, uint32_t slots, uint32_t slot_bytes)
{
	struct received received = {0};
	struct peer peer;

	ck_assert_int_eq(ring_create(slots, slot_bytes, geteuid(), ring), 0);
	peer_open(&peer);
	peer.request.ring = ring->id;
	peer.request.ring_slots = slots;
	peer.request.ring_slot_bytes = slot_bytes;
	peer_ask(&peer, "pub/large",
		 REQUEST_LIST | REQUEST_PACK | REQUEST_HOLES | REQUEST_BULK);
	while (!take(&peer, ring, &received))
		;
	peer_close(&peer);
	WAIT_FOR(harness_count_children(server.pid, 0) == 0);
	ck_assert_uint_eq(received.bytes, LARGE);
	ck_assert(!received.failed);
	return received;
}

static void detach_all(void)
{
	for (size_t i = 0; i < REQUESTS; i++)
		if (rings[i].bytes != NULL)
			ring_detach(&rings[i]);
}

TEST(rings_that_a_user_keeps_use_a_bounded_memory)
{
	struct received last;

	serve(&server, .settings = "ring-max-per-user = 4M\nlimit-root = true");
	for (size_t i = 0; i < REQUESTS; i++)
		last = fetch_and_keep(&rings[i], 2, MIB);
	ck_assert_uint_le(pages_of_segments(), 4 * MIB + MIB / 2);
	ck_assert_uint_eq(last.in_slots, 0);
	detach_all();
}

TEST(rings_that_root_keeps_use_a_bounded_memory)
{
	serve(&server, .settings = "max-workers = 2");
	for (size_t i = 0; i < REQUESTS; i++)
		fetch_and_keep(&rings[i], 2, MIB);
	ck_assert_uint_le(pages_of_segments(), 4 * MIB + MIB / 2);
	detach_all();
}

TEST(a_user_who_detaches_rings_gets_their_memory_again)
{
	serve(&server, .settings = "ring-max-per-user = 4M\nlimit-root = true");
	for (size_t i = 0; i < REQUESTS; i++) {
		ck_assert_uint_gt(fetch_and_keep(&rings[i], 2, MIB).in_slots, 0);
		ring_detach(&rings[i]);
	}
}

TEST(a_ring_larger_than_ring_max_is_used_in_part)
{
	serve(&server, .settings = "ring-max = 1M");
	ck_assert_uint_gt(fetch_and_keep(&rings[0], 16, MIB).in_slots, 0);
	ck_assert_uint_le(pages_of_segments(), MIB + MIB / 4);
	detach_all();
}

TEST(without_a_share_for_a_user_messages_carry_the_file)
{
	serve(&server, .settings = "ring-max-per-user = 0\nlimit-root = true");
	ck_assert_uint_eq(fetch_and_keep(&rings[0], 2, MIB).in_slots, 0);
	detach_all();
}

int main(void)
{
	return harness_main("integration/ring_memory", HARNESS_IPC);
}
