/* SPDX-License-Identifier: ISC */
/*
 * packer: sends a worker's replies in as few messages as the client allows.
 *
 * Owns the place of each reply: a message of its own, a PACK of several replies, or a slot
 * of the client's ring.  Must not know files.
 *
 * Replies are gathered where the client reads them: in the message or in the slot.  Messages
 * carry the first PACKER_INLINE_BYTES, because the pages of a ring cost more than the copies
 * they save. After that a worker fills a part of each slot, and a larger part the more bytes
 * the request has.
 */
#ifndef MSGFETCH_SERVER_TRANSFER_PACKER_H
#define MSGFETCH_SERVER_TRANSFER_PACKER_H

#include "common/ring.h"
#include "server/request/answer.h"
#include "server/request/job.h"
#include "server/transfer/outbox.h"

/* Files with more bytes than this go through the ring. */
#define PACKER_INLINE_BYTES 65536u

/* Messages that a file of PACKER_INLINE_BYTES takes, with its ENTRY and END. */
#define PACKER_INLINE_PACKS 9u

struct packer {
	const struct request *request;
	struct outbox *outbox;
	struct ring ring;      /* .bytes NULL: not attached */
	uint8_t *pack;         /* the buffer in which replies are gathered */
	size_t room;           /* in pack, in bytes */
	size_t slot_room;      /* bytes of each slot that the worker may use */
	size_t fill;           /* of room */
	uint32_t slot;         /* the number of the slot that pack is, with the ring attached */
	unsigned inline_packs; /* sent so far */
	uint64_t sent;         /* bytes in slots so far */
	bool ringless;         /* no ring was offered, or attaching failed */
	bool held;             /* the worker may write the slot */
	bool bulk;             /* the room given out is a whole slot, for DATA alone */
	uint32_t populated[RING_SLOTS_MAX]; /* bytes of each slot that have pages */
	/* Last, so that a short reply shares stack pages with the fields above. */
	struct message message;
};

/* Prepares to answer request through outbox; both must outlive packer. */
void packer_open(struct packer *packer, const struct request *request, struct outbox *outbox);

/*
 * Attaches the ring now, if one was offered: for a large file.  Without memory to attach the
 * ring, goes on without one.  Returns 0; -ECANCELED after a FAILURE to a client whose ring is
 * not as the request says; or a negative errno of sending.
 */
int packer_use_ring(struct packer *packer);

/*
 * Add one reply.  name, link: NULL outside a list.  digest: NULL, none.  Return 0, -EMSGSIZE
 * (name and link do not fit a message), -ECANCELED (the ring failed, and the client knows),
 * or a negative errno of sending.
 */
int packer_entry(struct packer *packer, uint32_t entry, const struct entry_wire *body,
		 const char *name, const char *link);
int packer_end(struct packer *packer, uint32_t entry, const struct end_wire *body,
	       const struct digest *digest);
int packer_failure(struct packer *packer, uint32_t entry, const struct failure *failure);

/* Adds the ENTRY of a followed file, outside a list's names: DATA starts at offset. */
int packer_followed(struct packer *packer, uint32_t entry, const struct entry_wire *body,
		    uint64_t offset);

/*
 * Finds room for DATA of up to want bytes (above 0): *room bytes at *bytes, at least one.
 * The next call must be packer_data_filled().  Returns 0 or a negative errno of sending.
 */
int packer_data_room(struct packer *packer, uint64_t want, uint8_t **bytes, size_t *room);

/* Adds the first length bytes of the room, of entry, from offset.  0: adds nothing. */
int packer_data_filled(struct packer *packer, uint32_t entry, uint64_t offset, size_t length);

/* Sends the gathered replies.  Returns 0 or a negative errno. */
int packer_flush(struct packer *packer);

/* Detaches the ring; sends nothing. */
void packer_close(struct packer *packer);

#endif
