/* SPDX-License-Identifier: ISC */
/*
 * lease: a semaphore that is 1 while a daemon lives.
 *
 * Owns every sem* call of the project.  Must not know the leased object.  The holder raises
 * the value with SEM_UNDO, so the kernel lowers it at any death of the holder.  Unlike a pid,
 * the value means the same in every PID and mount namespace.
 */
#ifndef MSGFETCH_COMMON_SYSV_LEASE_H
#define MSGFETCH_COMMON_SYSV_LEASE_H

#include <stdbool.h>
#include <sys/types.h>

struct lease {
	int id;
	pid_t holder; /* the process that took the lease and may remove it */
	bool created; /* lease_take() found no semaphore and created it */
};

/*
 * Takes the lease of key for the calling process.  Creates the semaphore (mode 0644) if there
 * is none.  The lease is held until lease_release() or death; a child does not inherit it
 * (semop(2), SEM_UNDO).  Returns 0, or -EBUSY: a living process holds the lease; -EPERM:
 * another user created it, whose uid is then in *owner; -E2BIG: kernel.sem allows no further
 * semaphore; -ENOMEM.  owner: not NULL.
 */
int lease_take(key_t key, struct lease *lease, uid_t *owner);

/* Removes the lease if the calling process took the lease. */
void lease_release(struct lease *lease);

/* Returns the id of the lease under key; -ENOENT: there is none. */
int lease_find(key_t key);

/* Stores the uid of the creator in *owner.  -EACCES, -EIDRM (removed). */
int lease_owner(int id, uid_t *owner);

/* Returns 1: held by a living process; 0: free; -EACCES; -EIDRM: removed, so not held. */
int lease_held(int id);

/*
 * Sleeps until the lease is free, at most milliseconds.  Returns 0 once the lease was free,
 * even if it was taken again at once (the kernel wakes waiters for zero before anybody can
 * raise the value), -EIDRM (removed), -ETIMEDOUT, -EINTR, -EACCES.  Needs read permission.
 */
int lease_wait_fall(int id, unsigned milliseconds);

#endif
