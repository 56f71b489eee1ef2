/* SPDX-License-Identifier: ISC */
/*
 * packer: turns a worker's replies into as few messages as the client allows.
 *
 * Owns where a reply is put: in a message of its own, packed with others in one, or
 * in a slot of the client's ring.  Must not know files.
 *
 * Replies are gathered where they will be read: in the message that is sent, or in
 * the slot.  Until they fill a message or two they stay out of the ring, which costs
 * more to attach than it saves them.
 */
#ifndef MSGFETCH_SERVER_TRANSFER_PACKER_H
#define MSGFETCH_SERVER_TRANSFER_PACKER_H

#include "common/ring.h"
#include "server/request/answer.h"
#include "server/request/job.h"
#include "server/transfer/outbox.h"

/* More bytes than this, in one file, go through the ring; fewer fit a message or two. */
#define PACKER_INLINE_BYTES 16000u

struct packer {
	const struct request *request;
	struct outbox *outbox;
	struct ring ring; /* .bytes NULL: not attached (yet) */
	uint8_t *pack;    /* where replies are gathered */
	size_t room;      /* there */
	size_t fill;
	uint32_t slot;         /* which slot that is, where the ring is attached */
	unsigned inline_packs; /* sent so far */
	uint64_t populated;    /* slots whose pages are there, a bit each */
	bool ringless;         /* none was offered, or it cannot be had */
	bool held;             /* slot is ours to write */
	bool bulk;             /* the room given out is a whole slot for DATA alone */
	/* Last, so that a short reply's pages of the stack are those of the rest. */
	struct message message;
};

/* Prepares to answer request through outbox; both must outlive it. */
void packer_open(struct packer *packer, const struct request *request, struct outbox *outbox);

/*
 * Goes over to the ring now, if one was offered: for a file that is known to be
 * large.  A ring whose pages cannot be had is done without.  Returns 0; -ECANCELED:
 * the ring is not what the client says, and it was told so; or an errno of sending.
 */
int packer_use_ring(struct packer *packer);

/*
 * Add one reply.  name, link: NULL outside a list.  digest: NULL, none.  Return 0, -EMSGSIZE
 * (names too long for what is there), -ECANCELED (the ring failed, and the client knows), or a
 * negative errno of sending.
 */
int packer_entry(struct packer *packer, uint32_t entry, const struct entry_wire *body,
		 const char *name, const char *link);
int packer_end(struct packer *packer, uint32_t entry, const struct end_wire *body,
	       const struct digest *digest);
int packer_failure(struct packer *packer, uint32_t entry, const struct failure *failure);

/*
 * Finds room for DATA of up to want bytes (above 0): *room bytes at *bytes, at
 * least one.  Fill in some and tell packer_data_filled(), before anything else.
 * Returns 0 or a negative errno of sending.
 */
int packer_data_room(struct packer *packer, uint64_t want, uint8_t **bytes, size_t *room);

/* The room now holds length bytes (0: none, forget it) of entry, from offset. */
int packer_data_filled(struct packer *packer, uint32_t entry, uint64_t offset, size_t length);

/* Sends what was gathered.  Returns 0 or a negative errno. */
int packer_flush(struct packer *packer);

/* Detaches the ring; nothing is sent. */
void packer_close(struct packer *packer);

#endif
