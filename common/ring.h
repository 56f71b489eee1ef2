/* SPDX-License-Identifier: ISC */
/*
 * ring: shared memory that bulk bytes go through, slot after slot.
 *
 * Owns every shm* call of the project.  Must not know what the slots hold, nor
 * whose turn it is: messages say that.  A ring is removed (IPC_RMID) in the moment
 * it is attached, so that no death leaves it behind; Linux lets it be attached by
 * its id for as long as somebody holds it (shmctl(2), IPC_RMID; measured).
 */
#ifndef MSGFETCH_COMMON_RING_H
#define MSGFETCH_COMMON_RING_H

#include <stdint.h>
#include <sys/types.h>

struct ring {
	int id;         /* -1: none */
	uint8_t *bytes; /* slots * slot_bytes */
	uint32_t slots;
	uint32_t slot_bytes;
};

/*
 * Makes a ring of the given shape, attached, already removed, and owned by owner
 * (its creator keeps access).  Returns 0, or -EINVAL (shape, shmmax), -ENOSPC
 * (shmmni, shmall), -ENOMEM.
 */
int ring_create(uint32_t slots, uint32_t slot_bytes, uid_t owner, struct ring *ring);

/*
 * Attaches the ring that creator says it made and gave to the calling user.
 * Returns 0, or -EIDRM (no such ring), -EACCES (not creator's, not given to us, or
 * not ours to write), -EINVAL (not of that size), -ENOMEM.
 */
int ring_attach(int id, uint32_t slots, uint32_t slot_bytes, uid_t creator, struct ring *ring);

/* Where a slot begins; slot: below ring->slots. */
uint8_t *ring_slot(const struct ring *ring, uint32_t slot);

/*
 * Makes sure that a slot's pages are there before anything is stored in them: a
 * page that cannot be had is -ENOMEM here, but would be SIGBUS at a store.  read(2)
 * into a slot needs no such care, as it fails with EFAULT.
 */
int ring_populate(const struct ring *ring, uint32_t slot);

/* Detaches the ring; the last one to do so frees it. */
void ring_detach(struct ring *ring);

#endif
