/* SPDX-License-Identifier: ISC */
/* unit/transport: the contract of the seam.  One process is the daemon, its worker and the
 * client in turn. */
#include "config.h"

#include "common/transport.h"

#include "common/door.h"
#include "common/ring.h"
#include "tests/support/harness.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define KEY ((key_t)0x6d736754)
#define SERIAL 7u
#define SLOT_BYTES RING_SLOT_BYTES_MIN

static const struct transport_client *const calls = &sysv_client;
static struct door door = {.calls = &sysv_door};
static struct channel *channel;
static struct client client; /* as the daemon sees it */
static struct request request;
static struct message message;
static struct link link_;

static void open_door(void)
{
	struct door_holder holder;

	ck_assert_int_eq(door.calls->open(&door, KEY, (gid_t)-1, &holder), 0);
}

static void open_channel(void)
{
	channel = calls->open(KEY);
	ck_assert_ptr_nonnull(channel);
}

static void close_all(void)
{
	calls->close(channel, false);
	door.calls->close(&door);
}

/* Asks for a file, and offers a ring of slots. */
static void ask(uint32_t slots)
{
	struct trouble trouble;
	struct found found;
	int length;

	request = (struct request){.operation = OPERATION_FETCH,
				   .flags = REQUEST_PACK | REQUEST_LIST,
				   .serial = SERIAL,
				   .path_count = 1,
				   .path_bytes = sizeof("pub/file"),
				   .paths = "pub/file"};
	ck_assert_int_eq(calls->find(channel, &found), 0);
	ck_assert_int_eq(calls->create(channel, &request, &trouble), 0);
	if (slots > 0)
		ck_assert_int_eq(calls->offer_ring(channel, slots, SLOT_BYTES, &request), 0);
	length = request_encode(&request, message.text);
	ck_assert_int_gt(length, 0);
	ck_assert_int_eq(calls->hand_over(channel, &message, (size_t)length, &trouble), 0);
	ck_assert_int_eq(calls->ask(channel, &message, (size_t)length), 0);
}

/* Takes the request that waits at the door.  Returns the result of prove(). */
static int take_request(void)
{
	ssize_t length = door.calls->receive(&door, &message, false);
	struct request taken;

	ck_assert_int_gt(length, 0);
	return door.calls->prove(&door, &message, (size_t)length, &client, &taken);
}

/* Lets a worker serve a request. */
static void begin(uint32_t slots)
{
	open_door();
	open_channel();
	ask(slots);
	ck_assert_int_eq(take_request(), 0);
	ck_assert_int_eq(client.transport->open(&link_, &client), 0);
}

static void expect_reply(const char *text)
{
	ck_assert_int_eq(calls->receive(channel, &message, true, 1000), (ssize_t)strlen(text));
	ck_assert_int_eq(message.type, MESSAGE_DATA);
	ck_assert_int_eq(memcmp(message.text, text, strlen(text)), 0);
}

static const struct message *reply(const char *text)
{
	static struct message made;

	made.type = MESSAGE_DATA;
	memcpy(made.text, text, strlen(text));
	return &made;
}

TEST(without_a_daemon_none_is_found)
{
	struct found found;

	open_channel();
	ck_assert_int_eq(calls->find(channel, &found), -ENOENT);
	ck_assert_uint_eq(found.count, 0);
	calls->close(channel, false);
}

TEST(a_daemon_is_found_with_its_owner)
{
	struct found found;

	open_door();
	open_channel();
	ck_assert_int_eq(calls->find(channel, &found), 0);
	ck_assert_uint_gt(found.count, 0);
	for (unsigned i = 0; i < found.count; i++)
		ck_assert_uint_eq(found.owners[i], geteuid());
	close_all();
}

TEST(a_request_reaches_the_daemon_with_its_sender)
{
	open_door();
	open_channel();
	ask(0);
	ck_assert(calls->asked(channel));
	ck_assert_int_eq(take_request(), 0);
	ck_assert_uint_eq(client.uid, geteuid());
	ck_assert_uint_eq(client.gid, getegid());
	ck_assert_uint_eq(client.serial, SERIAL);
	ck_assert(client.transport->present(&client));
	close_all();
}

TEST(a_request_is_taken_once)
{
	begin(0);
	ck_assert_int_eq(door.calls->receive(&door, &message, false), -ENOMSG);
	ck_assert_int_eq(calls->ask_again(channel, &message), 0);
	ck_assert_int_eq(door.calls->receive(&door, &message, false), -ENOMSG);
	close_all();
}

TEST(messages_of_a_worker_arrive_in_order)
{
	begin(0);
	ck_assert_int_eq(client.transport->send(&link_, reply("one"), 3, false), 0);
	ck_assert_int_eq(client.transport->send(&link_, reply("two"), 3, false), 0);
	expect_reply("one");
	expect_reply("two");
	close_all();
}

TEST(a_worker_without_room_is_told_at_once_or_after_a_tick)
{
	uint64_t began;
	int error;

	begin(0);
	do
		error = client.transport->send(&link_, reply("fill"), link_.text_max, false);
	while (error == 0);
	ck_assert_int_eq(error, -EAGAIN);
	began = harness_now_ms();
	ck_assert_int_eq(client.transport->send(&link_, reply("wait"), link_.text_max, true),
			 -EINTR);
	ck_assert_uint_ge(harness_now_ms() - began, TRANSPORT_TICK_MS / 2);
	close_all();
}

TEST(the_daemon_can_answer_without_a_worker)
{
	open_door();
	open_channel();
	ask(0);
	ck_assert_int_eq(take_request(), 0);
	ck_assert_int_eq(client.transport->post(&client, reply("busy"), 4), 0);
	expect_reply("busy");
	close_all();
}

TEST(a_slot_carries_bytes_and_comes_back)
{
	struct ring ring;

	begin(2);
	ck_assert_int_eq(client.transport->attach_ring(&link_, &request, &ring), 0);
	memcpy(ring_slot(&ring, 1), "bytes", 5);
	ck_assert_int_eq(memcmp(ring_slot(calls->ring(channel), 1), "bytes", 5), 0);
	ck_assert_int_eq(client.transport->await_slot(&link_), -EINTR);
	ck_assert(calls->return_slot(channel));
	ck_assert_int_eq(client.transport->await_slot(&link_), 0);
	client.transport->detach_ring(&ring);
	close_all();
}

TEST(a_worker_notices_that_its_client_left)
{
	begin(0);
	ck_assert_int_eq(client.transport->check(&link_), 0);
	calls->leave(channel);
	ck_assert_int_eq(client.transport->check(&link_), -EIDRM);
	ck_assert_int_eq(client.transport->send(&link_, reply("late"), 4, false), -EIDRM);
	ck_assert(!client.transport->present(&client));
	close_all();
}

TEST(an_abandoned_client_stops_waiting)
{
	begin(0);
	client.transport->abandon(&client);
	ck_assert_int_eq(calls->receive(channel, &message, false, 1000), -EIDRM);
	close_all();
}

TEST(a_client_notices_that_its_daemon_left)
{
	begin(0);
	ck_assert(!calls->daemon_gone(channel));
	door.calls->close(&door);
	ck_assert(calls->daemon_gone(channel));
	calls->close(channel, false);
}

TEST(a_removed_channel_creates_nothing_more)
{
	struct trouble trouble;
	struct found found;

	begin(0);
	calls->remove(channel);
	calls->leave(channel);
	ck_assert_int_eq(calls->find(channel, &found), 0);
	ck_assert_int_eq(calls->create(channel, &request, &trouble), -ECANCELED);
	close_all();
}

int main(void)
{
	return harness_main("unit/transport", HARNESS_IPC);
}
