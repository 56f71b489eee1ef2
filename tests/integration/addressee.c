/* SPDX-License-Identifier: ISC */
/* integration/addressee: requests in the name of a client that did not ask this daemon. */
#include "config.h"

#include "common/sysv/ring.h"
#include "common/sysv/seal.h"
#include "tests/support/actors.h"
#include "tests/support/harness.h"

#include <errno.h>
#include <string.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

#define LENDER_KEY ((key_t)0x6d736756)
#define LENDER_KEY_TEXT "0x6d736756"
#define SECRET "only for the other user"
#define WATCH_MS 1500u

static const uint8_t ticket[PROTOCOL_TICKET_BYTES] = "lender's ticket";

static struct msgfetchd server;
static struct client client;
static uid_t victim_uid = OTHER_UID, lender_uid = THIRD_UID;

static struct message message;

/* The seal that a lender's request names. */
enum whose_seal {
	SEAL_OF_VICTIM,
	SEAL_OF_LENDER,
	SEAL_GIVEN_TO_VICTIM, /* made by the lender */
};

static void need(bool done)
{
	if (!done)
		_exit(2);
}

/* Gives a segment to another user, as its owner. */
static void give_segment(int id, uid_t uid)
{
	struct shmid_ds status;

	need(shmctl(id, IPC_STAT, &status) == 0);
	status.shm_perm.uid = uid;
	need(shmctl(id, IPC_SET, &status) == 0);
}

/* Waits for a request to the lender's daemon and takes the ticket out. */
static void await_victim(int queue, struct request *request)
{
	ssize_t length = -1;

	while (length < 0)
		length = queue_receive(queue, &message, 0, false);
	need(request_decode(message.text, (size_t)length, request) == 0);
	need(queue_receive(request->queue, &message, MESSAGE_TICKET, false) > 0);
}

/* Asks the real daemon for the secret through the victim's queue and ring. */
static void ask_in_name_of(const struct request *victim, int seal)
{
	struct request request = {
		.operation = OPERATION_FETCH,
		.flags = REQUEST_PACK | REQUEST_LIST | REQUEST_BULK,
		.serial = victim->serial,
		.queue = victim->queue,
		.seal = seal,
		.ring = victim->ring,
		.ring_slots = victim->ring_slots,
		.ring_slot_bytes = victim->ring_slot_bytes,
		.paths = "private/secret",
		.path_count = 1,
		.path_bytes = sizeof("private/secret"),
	};
	int length;

	memcpy(request.ticket, ticket, sizeof(ticket));
	message.type = MESSAGE_TICKET;
	memcpy(message.text, ticket, sizeof(ticket));
	need(queue_send(request.queue, &message, sizeof(ticket), false) == 0);
	need(queue_give_user(request.queue, 0) == 0);
	length = request_encode(&request, message.text);
	need(length > 0);
	message.type = MESSAGE_REQUEST;
	need(queue_send(queue_find(TEST_KEY), &message, (size_t)length, false) == 0);
}

static bool appears(const struct ring *ring)
{
	size_t bytes = (size_t)ring->slots * ring->slot_bytes;

	for (uint64_t until = harness_now_ms() + WATCH_MS; harness_now_ms() < until;) {
		if (memmem(ring->bytes, bytes, SECRET, strlen(SECRET)) != NULL)
			return true;
		harness_pause();
	}
	return false;
}

/* Returns the id of a seal by this user that names the real daemon and queue. */
static int forge_seal(int queue)
{
	struct queue_info info;
	struct seal seal;
	int id = queue_find(TEST_KEY);

	need(queue_inspect_any(id, &info) == 0 && seal_create(&seal) == 0);
	*seal.content = (struct seal_wire){
		.magic = PROTOCOL_SEAL_MAGIC,
		.request_queue = id,
		.changed = info.changed,
		.queue = queue,
	};
	return seal.id;
}

/* A daemon that a client trusts, and that asks another daemon in the client's name. */
static void lend(enum whose_seal whose)
{
	struct lease lease;
	struct request victim;
	struct ring ring;
	uid_t owner;
	int queue, seal;

	harness_become(&lender_uid);
	need(lease_take(LENDER_KEY, &lease, &owner) == 0);
	queue = queue_create(LENDER_KEY, 0622);
	need(queue >= 0);
	await_victim(queue, &victim);
	need(ring_attach(victim.ring, victim.ring_slots, victim.ring_slot_bytes, victim_uid,
			 &ring) == 0);
	give_segment(victim.ring, 0);
	seal = whose == SEAL_OF_VICTIM ? victim.seal : forge_seal(victim.queue);
	if (whose == SEAL_GIVEN_TO_VICTIM)
		give_segment(seal, victim_uid);
	ask_in_name_of(&victim, seal);
	_exit(appears(&ring) ? 1 : 0);
}

static void expect_refused(enum whose_seal whose)
{
	pid_t lender;

	if (!harness_other_users())
		SKIP("needs real root, to be another user");
	harness_write("secret", SECRET);
	harness_write("conf",
		      harness_format("export \"private\" { path = \"%s\"\nallow-users = %d }\n",
				     harness_directory(), OTHER_UID));
	msgfetchd_start(&server, "-c", "conf", NULL);
	lender = fork();
	if (lender == 0)
		lend(whose);
	WAIT_FOR(queue_find(LENDER_KEY) >= 0);
	client.prepare = harness_become;
	client.context = &victim_uid;
	fetch(&client, "-k", LENDER_KEY_TEXT, harness_format("--server-user=%d", THIRD_UID),
	      "--timeout=3", "--retry=0", "pub/file", NULL);
	ck_assert_int_eq(actors_wait(lender, WAIT_LIMIT_MS), 0);
	msgfetchd_await_log(&server, "a seal that does not name this daemon");
	actors_remove_stale(LENDER_KEY);
}

TEST(a_lent_queue_does_not_ask_in_its_creators_name)
{
	expect_refused(SEAL_OF_VICTIM);
}

TEST(a_seal_of_the_lender_does_not_count)
{
	expect_refused(SEAL_OF_LENDER);
}

TEST(a_seal_that_the_lender_made_and_gave_to_the_client_does_not_count)
{
	expect_refused(SEAL_GIVEN_TO_VICTIM);
}

TEST(a_client_that_asks_itself_gets_the_file)
{
	if (!harness_other_users())
		SKIP("needs real root, to be another user");
	harness_write("secret", SECRET);
	harness_write("conf",
		      harness_format("export \"private\" { path = \"%s\"\nallow-users = %d }\n",
				     harness_directory(), OTHER_UID));
	msgfetchd_start(&server, "-c", "conf", NULL);
	client.prepare = harness_become;
	client.context = &victim_uid;
	fetch(&client, "private/secret", NULL);
	expect_file(&client, "secret");
}

/* Asserts that the daemon drops the peer's request with the present seal. */
static void expect_dropped(struct peer *peer)
{
	uint8_t text[PROTOCOL_MESSAGE_MAX];
	int length;

	peer->request.operation = OPERATION_PING;
	length = request_encode(&peer->request, text);
	ck_assert_int_gt(length, 0);
	peer_send_raw(MESSAGE_REQUEST, text, (size_t)length);
	msgfetchd_await_log(&server, "a seal that does not name this daemon");
	ck_assert_int_eq(queue_receive(peer->queue, &message, 0, false), -ENOMSG);
}

TEST(a_seal_for_another_request_queue_is_refused)
{
	struct peer peer;

	serve(&server);
	peer_open(&peer);
	peer.seal.content->request_queue++;
	expect_dropped(&peer);
	peer_close(&peer);
}

TEST(a_seal_for_an_earlier_queue_of_the_same_id_is_refused)
{
	struct peer peer;

	serve(&server);
	peer_open(&peer);
	peer.seal.content->changed--;
	expect_dropped(&peer);
	peer_close(&peer);
}

TEST(a_seal_for_another_private_queue_is_refused)
{
	struct peer peer;

	serve(&server);
	peer_open(&peer);
	peer.seal.content->queue++;
	expect_dropped(&peer);
	peer_close(&peer);
}

TEST(a_segment_that_is_no_seal_is_refused)
{
	struct peer peer;
	struct ring ring;

	serve(&server);
	peer_open(&peer);
	ck_assert_int_eq(ring_create(1, RING_SLOT_BYTES_MIN, geteuid(), &ring), 0);
	memcpy(ring.bytes, peer.seal.content, sizeof(*peer.seal.content));
	peer.request.seal = ring.id;
	expect_dropped(&peer);
	ring_detach(&ring);
	peer_close(&peer);
}

TEST(a_missing_segment_is_refused)
{
	struct peer peer;

	serve(&server);
	peer_open(&peer);
	peer.request.seal = INT32_MAX;
	expect_dropped(&peer);
	peer_close(&peer);
}

int main(void)
{
	return harness_main("integration/addressee", HARNESS_IPC);
}
