/* SPDX-License-Identifier: ISC */
/*
 * integration/fuzz: a daemon that receives mutated requests.
 *
 * Many keep their queue and ticket, and so reach a worker.  Every answer must be a valid reply.
 * $FUZZ_MESSAGES is the number of messages (5000), $FUZZ_SEED the seed of the mutations.
 */
#include "config.h"

#include "common/sysv/ring.h"
#include "tests/support/actors.h"
#include "tests/support/harness.h"

#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { USUAL_MESSAGES = 5000, MESSAGES_MAX = 100000000 };
enum { RING_SLOTS = 2, RING_SLOT_BYTES = 65536 };
enum { CLASSIC_LARGE = 4100, CLASSIC_SMALL = 260 };

static struct msgfetchd server;
static uint64_t state;

/* A message to send. */
struct mutant {
	long type;
	uint8_t text[PROTOCOL_MESSAGE_MAX];
	size_t length;
};

/* xorshift64* */
static uint32_t any(uint32_t below)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (uint32_t)((state * 2685821657736338717u) >> 32) % below;
}

static long long number_from(const char *name, long long usual, long long most)
{
	const char *text = getenv(name), *wrong = NULL;
	long long number = text != NULL ? strtonum(text, 1, most, &wrong) : usual;

	ck_assert_msg(wrong == NULL, "$%s is %s", name, wrong);
	return number;
}

static const struct served files[] = {
	{"file", .text = "text"},
	{"large", .size = 300000, .seed = 1},
	{.name = "tree/"},
	{"tree/one", .size = 5000, .seed = 2},
	{"tree/two", .size = 50000, .seed = 3},
	{"tree/link", .link = "one"},
	{.name = NULL},
};

static void make_request(const struct peer *peer, const struct ring *ring,
			 struct mutant *mutant)
{
	static const char paths[] = "pub/file\0pub/large\0pub/tree\0pub/none\0pub/tree/link";
	static const char *const singles[] = {"pub/file", "pub/large", "pub/tree",
					      "../x",     "file",      "pub/tree/../file"};
	struct request request = peer->request;
	int length;

	request.operation = any(16) == 0 ? OPERATION_PING : OPERATION_FETCH;
	if (request.operation == OPERATION_FETCH) {
		request.flags = any(REQUEST_FOLLOW);
		if (any(8) == 0)
			request.flags =
				REQUEST_FOLLOW | REQUEST_LIST | any(REQUEST_FLAGS_KNOWN + 1);
		request.paths = singles[any(sizeof(singles) / sizeof(singles[0]))];
		request.path_count = 1;
		request.path_bytes = (uint32_t)strlen(request.paths) + 1;
		if (any(4) == 0) {
			request.paths = paths;
			request.path_count = 5;
			request.path_bytes = sizeof(paths);
		}
		if ((request.flags & REQUEST_RESUME) != 0)
			request.offset = any(300000);
		if (any(2) == 0 && (request.flags & REQUEST_FOLLOW) == 0) {
			request.ring = ring->id;
			request.ring_slots = RING_SLOTS;
			request.ring_slot_bytes = RING_SLOT_BYTES;
		}
	}
	/* Invalid combinations are sent as the plain request. */
	length = request_encode(&request, mutant->text);
	if (length < 0) {
		request.flags = 0;
		request.offset = 0;
		request.ring = 0;
		request.ring_slots = 0;
		request.ring_slot_bytes = 0;
		length = request_encode(&request, mutant->text);
	}
	ck_assert_int_gt(length, 0);
	mutant->type = MESSAGE_REQUEST;
	mutant->length = (size_t)length;
}

static void make_classic(const struct peer *peer, struct mutant *mutant)
{
	mutant->length = any(2) == 0 ? CLASSIC_LARGE : CLASSIC_SMALL;
	memset(mutant->text, 0, mutant->length);
	memcpy(mutant->text, &peer->queue, sizeof(peer->queue));
	memcpy(mutant->text + sizeof(peer->queue), "/file", 6);
	mutant->type = 1;
}

/* Makes one change: a bit, a byte, a number at a limit, the length, or a repetition. */
static void change(struct mutant *mutant)
{
	static const uint32_t limits[] = {
		0,    1,    7,      127,        255,        256,        4095,      4096,
		8191, 8192, 0xffff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff};
	uint32_t length = (uint32_t)mutant->length;
	uint32_t at = length > 0 ? any(length) : 0;
	uint32_t limit = limits[any(sizeof(limits) / sizeof(limits[0]))];
	uint32_t rest;

	switch (any(6)) {
	case 0:
		mutant->text[at] ^= (uint8_t)(1u << any(8));
		break;
	case 1:
		mutant->text[at] = (uint8_t)any(256);
		break;
	case 2:
		at &= ~3u;
		memcpy(mutant->text + at, &limit, sizeof(limit));
		break;
	case 3:
		mutant->length = any(length + 1);
		break;
	case 4:
		rest = any((uint32_t)sizeof(mutant->text) - length + 1);
		memset(mutant->text + length, (int)any(256), rest);
		mutant->length += rest;
		break;
	default:
		rest = any(length - at + 1);
		memmove(mutant->text + any((uint32_t)sizeof(mutant->text) - rest + 1),
			mutant->text + at, rest);
		break;
	}
}

static void mutate(const struct peer *peer, struct mutant *mutant)
{
	uint32_t changes = any(4);
	bool keep = any(4) != 0;
	int32_t queue = peer->queue;

	for (uint32_t i = 0; i < changes; i++)
		change(mutant);
	if (any(64) == 0)
		mutant->type = 1 + (long)any(12);
	/* Most mutants keep their queue, and stay requests. */
	if (keep && mutant->length >= sizeof(struct request_wire)) {
		uint32_t magic = PROTOCOL_MAGIC;

		memcpy(mutant->text, &magic, sizeof(magic));
		memcpy(mutant->text + offsetof(struct request_wire, queue), &queue,
		       sizeof(queue));
		memcpy(mutant->text + offsetof(struct request_wire, ticket),
		       peer->request.ticket, PROTOCOL_TICKET_BYTES);
	}
}

/* Checks that all messages received are replies, unless a classic request was among them. */
static void check_replies(const struct peer *peer, bool classic, uint64_t *replies)
{
	static struct message message;
	struct reply reply;
	ssize_t length;

	while ((length = queue_receive(peer->queue, &message, -MESSAGE_TICKET, false)) >= 0) {
		ck_assert_msg(classic || reply_decode(message.type, message.text,
						      (size_t)length, &reply) == 0,
			      "message of type %ld, length %zd, serial %u", message.type,
			      length, (unsigned)message.text[0]);
		++*replies;
	}
}

/* Without its magic, a request is a classic one, which may name any queue. */
static bool has_magic(const struct mutant *mutant)
{
	const uint32_t magic = PROTOCOL_MAGIC;

	return memcmp(mutant->text, &magic, sizeof(magic)) == 0;
}

static void send_some(uint64_t *sent, uint64_t *replies)
{
	static struct mutant mutant;
	struct queue_info info;
	struct peer peer;
	struct ring ring;
	bool classic = false;

	peer_open(&peer);
	ck_assert_int_eq(queue_inspect(peer.queue, &info), 0);
	ck_assert_int_eq(ring_create(RING_SLOTS, RING_SLOT_BYTES, info.uid, &ring), 0);
	for (uint32_t i = 0; i < 8; i++, ++*sent) {
		if (any(16) == 0)
			make_classic(&peer, &mutant);
		else
			make_request(&peer, &ring, &mutant);
		mutate(&peer, &mutant);
		classic = classic || !has_magic(&mutant);
		peer_send_raw(mutant.type, mutant.text, mutant.length);
		check_replies(&peer, classic, replies);
	}
	/* Waits for the answers now and then. */
	for (uint32_t i = any(3); i > 0; i--) {
		harness_pause();
		check_replies(&peer, classic, replies);
	}
	peer_close(&peer);
	ring_detach(&ring);
}

TEST(messages_that_were_requests_once_do_no_harm)
{
	uint64_t count = (uint64_t)number_from("FUZZ_MESSAGES", USUAL_MESSAGES, MESSAGES_MAX);
	uint64_t seed = (uint64_t)number_from("FUZZ_SEED", 1, INT64_MAX);
	uint64_t sent = 0, replies = 0;
	struct client client = {0};

	state = seed * 88172645463325252u;
	serve(&server, .files = files, .settings = "classic-clients = true", .also = "/");
	while (sent < count)
		send_some(&sent, &replies);
	printf("integration/fuzz: %" PRIu64 " messages of seed %" PRIu64 ", %" PRIu64
	       " replies\n",
	       sent, seed, replies);
	WAIT_FOR(harness_count_children(server.pid, 0) == 0);
	fetch(&client, "pub/large", NULL);
	expect_file(&client, "pub/large");
	/*
	 * Asserts that neither the daemon nor a worker died or had a finding of a sanitizer.
	 */
	ck_assert_int_eq(kill(server.pid, 0), 0);
	ck_assert(!msgfetchd_logged(&server, "ended by signal"));
	ck_assert(!msgfetchd_logged(&server, "Sanitizer"));
	ck_assert(!msgfetchd_logged(&server, "runtime error"));
	/* Without enough accepted requests the test shows nothing. */
	ck_assert_uint_gt(replies, count / 10);
}

int main(void)
{
	return harness_main("integration/fuzz", HARNESS_IPC);
}
