/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/transfer/packer.h"

#include <errno.h>
#include <string.h>

#define HEAD sizeof(struct reply_wire)

/*
 * A slot is filled with a 32nd of the bytes of the request, as far as they are known, but with
 * 128 KiB at least: fewer pages for a small file, fewer messages for a large one.
 */
#define PIECES 32u
#define PIECE_LEAST 131072u

/* Bytes of a slot that get their pages in one system call. */
#define POPULATE_STEP 32768u

/* Least room for a DATA that does not end its file. */
#define DATA_LEAST 4096u

static bool attached(const struct packer *packer)
{
	return packer->ring.bytes != NULL;
}

static bool packs(const struct packer *packer)
{
	return (packer->request->flags & REQUEST_PACK) != 0;
}

/* Gathers in the message; leaves room for the head of a PACK, if replies may be packed. */
static void gather_inline(struct packer *packer)
{
	size_t head = packs(packer) ? HEAD : 0;

	packer->pack = packer->message.text + head;
	packer->room = (packer->outbox->link.text_max - head) / REPLY_ALIGN * REPLY_ALIGN;
	packer->fill = 0;
}

void packer_open(struct packer *packer, const struct request *request, struct outbox *outbox)
{
	packer->request = request;
	packer->outbox = outbox;
	packer->ring = (struct ring){.id = -1};
	packer->slot = 0;
	packer->inline_packs = 0;
	packer->ringless = request->ring_slots == 0;
	packer->held = false;
	packer->bulk = false;
	gather_inline(packer);
}

static int send_head(struct packer *packer, enum message_type type, uint32_t entry,
		     uint64_t offset, size_t length, uint16_t slot)
{
	size_t bytes = reply_encode_head(packer->message.text, type, packer->request->serial,
					 entry, offset, (uint32_t)length, slot);

	packer->message.type = type;
	return outbox_send(packer->outbox, &packer->message, bytes);
}

/* Sends the head that names the filled slot, and moves on to the next slot. */
static int send_slot(struct packer *packer, enum message_type type, uint32_t entry,
		     uint64_t offset, size_t length)
{
	uint16_t slot = (uint16_t)(packer->slot + 1);

	packer->slot = (packer->slot + 1) % packer->ring.slots;
	packer->held = false;
	packer->fill = 0;
	packer->sent += length;
	return send_head(packer, type, entry, offset, length, slot);
}

/* Returns how much of the next slot to fill, with want more bytes known to come. */
static size_t piece_of(const struct packer *packer, uint64_t want)
{
	uint64_t piece = (packer->sent + want) / PIECES / POPULATE_STEP * POPULATE_STEP;

	if (piece < PIECE_LEAST)
		piece = PIECE_LEAST;
	return piece < packer->slot_room ? (size_t)piece : packer->slot_room;
}

/* Waits until the client has returned the next slot. */
static int hold_slot(struct packer *packer)
{
	int error;

	if (packer->held)
		return 0;
	error = outbox_await_credit(packer->outbox);
	if (error != 0)
		return error;
	packer->held = true;
	packer->pack = ring_slot(&packer->ring, packer->slot);
	packer->room = piece_of(packer, 0);
	packer->fill = 0;
	return 0;
}

int packer_flush(struct packer *packer)
{
	size_t length = packer->fill;

	packer->fill = 0;
	if (length == 0)
		return 0;
	if (attached(packer))
		return send_slot(packer, MESSAGE_PACK, 0, 0, length);
	packer->inline_packs++;
	return send_head(packer, MESSAGE_PACK, 0, 0, length, 0);
}

static const char *explain_ring(int error)
{
	switch (error) {
	case -EACCES:
		return "the client's ring belongs to another user";
	case -EINVAL:
		return "the client's ring has another size than the request says";
	case -EIDRM:
		return "the client's ring does not exist";
	default:
		return "no memory for the client's ring";
	}
}

/* Ends the request with a FAILURE about the ring.  Returns -ECANCELED, or an errno of sending.
 */
static int refuse_ring(struct packer *packer, int error)
{
	struct failure_wire wire = {.error = -error, .reason = FAILURE_BAD_REQUEST};
	size_t length =
		reply_encode_failure(packer->message.text, packer->request->serial, ENTRY_WHOLE,
				     &wire, explain_ring(error), packer->outbox->link.text_max);

	packer->message.type = MESSAGE_FAILURE;
	counters_fail(packer->outbox->counters, wire.error, CAUSE_REQUEST);
	error = outbox_send(packer->outbox, &packer->message, length);
	return error != 0 ? error : -ECANCELED;
}

/* Returns false for a lack of memory, after which messages alone serve the request. */
static bool is_bad_ring(int error)
{
	return error == -EACCES || error == -EINVAL || error == -EIDRM;
}

/* Returns how much of each slot the daemon's share of ring memory allows; 0: no ring. */
static size_t slot_room(const struct packer *packer)
{
	const struct request *request = packer->request;
	uint64_t room = atomic_load_explicit(&packer->outbox->counters->ring_room,
					     memory_order_relaxed) /
			request->ring_slots;

	return room < request->ring_slot_bytes
		       ? (size_t)(room / RING_SLOT_BYTES_MIN * RING_SLOT_BYTES_MIN)
		       : request->ring_slot_bytes;
}

int packer_use_ring(struct packer *packer)
{
	const struct request *request = packer->request;
	int error;

	if (packer->ringless || attached(packer))
		return 0;
	packer->slot_room = slot_room(packer);
	packer->ringless = packer->slot_room == 0;
	if (packer->ringless)
		return 0;
	error = packer_flush(packer);
	if (error != 0)
		return error;
	atomic_store_explicit(&packer->outbox->counters->ring_used, 1, memory_order_relaxed);
	error = outbox_attach_ring(packer->outbox, request, &packer->ring);
	if (is_bad_ring(error))
		return refuse_ring(packer, error);
	packer->ringless = error != 0;
	packer->sent = 0;
	memset(packer->populated, 0, sizeof(packer->populated));
	return 0;
}

/*
 * Gives the held slot pages up to its byte end, at most room: a store to a page that cannot be
 * allocated is a SIGBUS.
 */
static int populate(struct packer *packer, size_t end)
{
	size_t from = packer->populated[packer->slot];
	size_t to = (end + POPULATE_STEP - 1) / POPULATE_STEP * POPULATE_STEP;
	int error;

	if (end <= from)
		return 0;
	if (to > packer->slot_room)
		to = packer->slot_room;
	error = ring_populate(&packer->ring, packer->slot, from, to - from);
	if (error != 0)
		return refuse_ring(packer, error);
	packer->populated[packer->slot] = (uint32_t)to;
	return 0;
}

/* Holds a slot that has pages for length more bytes, or to its end. */
static int hold_populated_slot(struct packer *packer, size_t length)
{
	int error = hold_slot(packer);
	size_t end = packer->fill + length;

	if (error != 0)
		return error;
	return populate(packer, end < packer->room ? end : packer->room);
}

/* Makes room for a reply of length bytes. */
static int make_room(struct packer *packer, size_t length)
{
	int error = 0;

	if (packer->fill > 0 && packer->room - packer->fill < REPLY_PADDED(length))
		error = packer_flush(packer);
	if (error == 0 && packer->inline_packs >= PACKER_INLINE_PACKS)
		error = packer_use_ring(packer);
	if (error == 0 && attached(packer))
		error = hold_populated_slot(packer, REPLY_PADDED(length));
	if (error == 0 && packer->room < REPLY_PADDED(length))
		error = -EMSGSIZE;
	return error;
}

/* Counts, or sends, a reply of length bytes that was stored at pack + fill. */
static int added(struct packer *packer, enum message_type type, size_t length)
{
	if (!packs(packer)) {
		packer->message.type = type;
		return outbox_send(packer->outbox, &packer->message, length);
	}
	memset(packer->pack + packer->fill + length, 0, REPLY_PADDED(length) - length);
	packer->fill += REPLY_PADDED(length);
	return 0;
}

int packer_entry(struct packer *packer, uint32_t entry, const struct entry_wire *body,
		 const char *name, const char *link)
{
	size_t length = reply_entry_length(name, link);
	int error = make_room(packer, length);

	if (error != 0)
		return error;
	reply_encode_entry(packer->pack + packer->fill, packer->request->serial, entry, body,
			   name, link);
	return added(packer, MESSAGE_ENTRY, length);
}

int packer_followed(struct packer *packer, uint32_t entry, const struct entry_wire *body,
		    uint64_t offset)
{
	size_t length = reply_entry_length("", "");
	int error = make_room(packer, length);

	if (error != 0)
		return error;
	reply_encode_entry(packer->pack + packer->fill, packer->request->serial, entry, body,
			   "", "");
	reply_set_offset(packer->pack + packer->fill, offset);
	return added(packer, MESSAGE_ENTRY, length);
}

int packer_end(struct packer *packer, uint32_t entry, const struct end_wire *body,
	       const struct digest *digest)
{
	size_t more = digest != NULL ? digest->length : 0;
	int error = make_room(packer, HEAD + sizeof(*body) + more);

	if (error != 0)
		return error;
	return added(packer, MESSAGE_END,
		     reply_encode_end(packer->pack + packer->fill, packer->request->serial,
				      entry, body, digest));
}

int packer_failure(struct packer *packer, uint32_t entry, const struct failure *failure)
{
	struct failure_wire wire = answer_wire(failure);
	size_t longest = HEAD + sizeof(wire) + FAILURE_TEXT_MAX;
	size_t room = longest < packer->room ? longest : packer->room;
	int error = make_room(packer, room);

	if (error != 0)
		return error;
	return added(packer, MESSAGE_FAILURE,
		     reply_encode_failure(packer->pack + packer->fill, packer->request->serial,
					  entry, &wire, failure->text, room));
}

int packer_data_room(struct packer *packer, uint64_t want, uint8_t **bytes, size_t *room)
{
	size_t least = want < DATA_LEAST ? (size_t)want : DATA_LEAST;
	size_t piece;
	int error;

	/* With low limits of the kernel, no message has so much room. */
	if (least > packer->room - HEAD)
		least = packer->room - HEAD;
	error = make_room(packer, HEAD + least);
	if (error != 0)
		return error;
	/* Bytes that do not fit beside many gathered replies start a message or slot. */
	if (want >= packer->room - HEAD && packer->fill > packer->room / 2) {
		error = packer_flush(packer);
		if (error == 0 && attached(packer))
			error = hold_slot(packer);
		if (error != 0)
			return error;
	}
	if (attached(packer)) {
		piece = piece_of(packer, want);
		packer->room = piece > packer->room ? piece : packer->room;
		error = hold_populated_slot(packer,
					    (want < piece ? (size_t)want : piece) + HEAD);
		if (error != 0)
			return error;
	}
	*bytes = packer->pack + packer->fill;
	*room = packer->room - packer->fill;
	packer->bulk = attached(packer) && packer->fill == 0 && want >= *room;
	if (!packer->bulk) {
		*bytes += HEAD;
		*room -= HEAD;
	}
	return 0;
}

int packer_data_filled(struct packer *packer, uint32_t entry, uint64_t offset, size_t length)
{
	if (length == 0)
		return 0;
	if (packer->bulk)
		return send_slot(packer, MESSAGE_DATA, entry, offset, length);
	reply_encode_head(packer->pack + packer->fill, MESSAGE_DATA, packer->request->serial,
			  entry, offset, (uint32_t)length, 0);
	return added(packer, MESSAGE_DATA, HEAD + length);
}

void packer_close(struct packer *packer)
{
	outbox_detach_ring(packer->outbox, &packer->ring);
}
