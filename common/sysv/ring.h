/* SPDX-License-Identifier: ISC */
/*
 * ring: creates, attaches and inspects rings as System V segments.
 *
 * Owns the segments of rings (seal owns those of seals).  Must not know the content of slots,
 * or who may write one: messages tell.  The creator removes a ring (IPC_RMID) as soon as the
 * ring is attached, so that no death leaves a segment.  Linux still attaches a removed segment
 * by id while any process holds the segment (shmctl(2), IPC_RMID; measured).
 */
#ifndef MSGFETCH_COMMON_SYSV_RING_H
#define MSGFETCH_COMMON_SYSV_RING_H

#include "common/ring.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

/*
 * Makes a ring of slots of slot_bytes each: owned by owner, attached and removed.  The
 * creator keeps access.  A creator killed between these steps leaves a segment that the owner
 * may remove.  Returns 0, or -EINVAL (shape, shmmax), -ENOSPC (shmmni, shmall), -ENOMEM.
 */
int ring_create(uint32_t slots, uint32_t slot_bytes, uid_t owner, struct ring *ring);

/*
 * Attaches the ring id, which creator must have made, and which must belong to the calling
 * user or be made by that user.  Returns 0, or -EIDRM (no such ring), -EACCES (another
 * creator, another owner, or not writable), -EINVAL (another size), -ENOMEM.
 */
int ring_attach(int id, uint32_t slots, uint32_t slot_bytes, uid_t creator, struct ring *ring);

/*
 * Returns true while segment id of creator exists: its pages are then still charged.  May
 * return true for a later segment of the same creator or one that the caller cannot read.
 */
bool ring_exists(int id, uid_t creator);

/* Detaches the ring.  The kernel frees a removed ring with its last attachment. */
void ring_detach(struct ring *ring);

struct ring_info {
	uid_t uid, cuid; /* owner, and creator, which never changes */
	key_t key;
	mode_t mode;
	pid_t creator; /* process, in this PID namespace; 0: in another namespace */
	bool attached;
	bool removed;   /* freed with the last attachment */
	time_t touched; /* time of the last change, attach or detach (CLOCK_REALTIME) */
};

/*
 * Iterate over all segments, as queue_last_slot() and queue_at() do over queues.  ring_at()
 * returns the segment's id, -EIDRM or -EACCES.
 */
int ring_last_slot(void);
int ring_at(int slot, struct ring_info *info);

/* The same for segments that the caller cannot read (Linux 4.17).  Returns the id or -EIDRM. */
int ring_at_any(int slot, struct ring_info *info);

/* The limits of this IPC namespace, and their use. */
struct ring_limits {
	uint64_t segments; /* shmmni */
	uint64_t bytes;    /* shmmax: largest segment */
	uint64_t pages;    /* shmall: of all segments */
	uint64_t segments_used;
	uint64_t pages_used;
};

/* Returns 0 or a negative errno: -ENOSYS without System V IPC. */
int ring_limits(struct ring_limits *limits);

/* Removes a segment.  Returns 0, -EPERM (neither owner nor creator) or -EIDRM. */
int ring_remove(int id);

#endif
