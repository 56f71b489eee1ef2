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

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

struct ring {
	int id;         /* -1: none */
	uint8_t *bytes; /* slots * slot_bytes */
	uint32_t slots;
	uint32_t slot_bytes;
};

/*
 * Makes a ring of the given shape, attached, already removed, and owned by owner
 * (its creator keeps access).  It is given first: whoever is killed before it is
 * removed leaves a segment that the owner may remove.  Returns 0, or -EINVAL (shape, shmmax),
 * -ENOSPC (shmmni, shmall), -ENOMEM.
 */
int ring_create(uint32_t slots, uint32_t slot_bytes, uid_t owner, struct ring *ring);

/*
 * Attaches the ring that creator says it made and gave to the calling user; a creator's
 * own process may attach it, too, whomever it was given to.  Returns 0, or -EIDRM (no such
 * ring), -EACCES (not creator's, not given to us, or not ours to write), -EINVAL (not of that
 * size), -ENOMEM.
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

struct ring_info {
	uid_t uid, cuid; /* owner; creator, which nobody can change */
	key_t key;
	mode_t mode;
	pid_t creator; /* the process, in this PID namespace; 0: from another */
	bool attached;
	bool removed;   /* gone with the last who has it attached */
	time_t touched; /* made, changed, attached or detached last; by the clock on the wall */
};

/*
 * For looking through all segments, as with queue_last_slot() and queue_at().
 * ring_at() returns the segment's id, or -EIDRM, -EACCES.
 */
int ring_last_slot(void);
int ring_at(int slot, struct ring_info *info);

/* The same for every segment, readable or not (Linux 4.17): its id, or -EIDRM. */
int ring_at_any(int slot, struct ring_info *info);

/* What the kernel allows in this namespace, and how much of it is in use. */
struct ring_limits {
	uint64_t segments; /* shmmni */
	uint64_t bytes;    /* shmmax: of one segment */
	uint64_t pages;    /* shmall: of all together */
	uint64_t segments_used;
	uint64_t pages_used;
};

/* Returns 0, or why the kernel does not say: -ENOSYS without System V IPC. */
int ring_limits(struct ring_limits *limits);

/* Removes a segment.  -EPERM: not its owner or creator; -EIDRM. */
int ring_remove(int id);

#endif
