/* SPDX-License-Identifier: ISC */
/*
 * lease: the semaphore beside the request queue that is 1 while a daemon lives.
 *
 * Owns every sem* call of the project.  Must not know what is leased.  The value
 * is raised with SEM_UNDO, so the kernel lowers it at any death of its holder;
 * unlike a pid it means the same in every PID and mount namespace.
 */
#ifndef MSGFETCH_COMMON_LEASE_H
#define MSGFETCH_COMMON_LEASE_H

#include <sys/types.h>

struct lease {
	int id;
	pid_t holder; /* the process that took it: only that one may remove it */
};

/*
 * Takes the lease of key for the calling process, creating it (mode 0644) where
 * there is none.  Held until lease_release() or death; a child does not inherit
 * it (semop(2), SEM_UNDO).  Returns 0, or -EBUSY: a living process holds it,
 * -EPERM: it was made by another user, whose uid is then in *owner; -ENOSPC,
 * -ENOMEM.  owner: may not be NULL.
 */
int lease_take(key_t key, struct lease *lease, uid_t *owner);

/* Removes the lease, if the calling process is the one that took it. */
void lease_release(struct lease *lease);

/* The id of the lease under key; -ENOENT: there is none. */
int lease_find(key_t key);

/* The uid that created it: -EACCES, -EIDRM (gone). */
int lease_owner(int id, uid_t *owner);

/* 1: held by a living process; 0: free; -EACCES, -EIDRM (gone, so nobody holds it). */
int lease_held(int id);

/*
 * Sleeps until the lease falls, at most milliseconds.  Returns 0 once it has
 * fallen (however soon it was taken again: the kernel wakes who waits for zero
 * before anyone else can raise it), -EIDRM when it was removed, -ETIMEDOUT,
 * -EINTR, -EACCES.  Read permission is enough.
 */
int lease_wait_fall(int id, unsigned milliseconds);

#endif
