/* SPDX-License-Identifier: ISC */
/*
 * ring: shared memory in slots, for bulk bytes.
 *
 * Owns the slots of a mapped ring.  Must not know how a ring is created and mapped, nor who may
 * write a slot: messages tell.
 */
#ifndef MSGFETCH_COMMON_RING_H
#define MSGFETCH_COMMON_RING_H

#include <stddef.h>
#include <stdint.h>

struct ring {
	int id;         /* System V: of the segment; -1: none */
	uint8_t *bytes; /* slots * slot_bytes */
	uint32_t slots;
	uint32_t slot_bytes;
};

/* Returns the first byte of slot, a number below ring->slots. */
uint8_t *ring_slot(const struct ring *ring, uint32_t slot);

/*
 * Allocates the pages of length bytes of a slot, from the byte from, a multiple of the page
 * size. A store to a page that cannot be allocated would be a SIGBUS; read(2) into the page
 * fails with EFAULT.  The kernel charges the pages to the control group of the caller until the
 * segment is gone.  Returns 0 or -ENOMEM.
 */
int ring_populate(const struct ring *ring, uint32_t slot, size_t from, size_t length);

#endif
