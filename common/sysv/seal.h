/* SPDX-License-Identifier: ISC */
/*
 * seal: a note in shared memory that names the daemon a request is for.
 *
 * A client gives its private queue to a daemon, and the new owner could give the queue on to
 * another daemon and ask there in the client's name.  So the client also keeps a small
 * segment that everybody may read and nobody else may own.  The kernel records its creator,
 * and its content names the request queue, the private queue and the request.
 *
 * The creator removes the segment (IPC_RMID) as soon as it is attached, so that no death
 * leaves one.  Linux still attaches a removed segment by id while a process holds it.
 */
#ifndef MSGFETCH_COMMON_SYSV_SEAL_H
#define MSGFETCH_COMMON_SYSV_SEAL_H

#include "common/protocol.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct seal {
	int id;                    /* -1: none */
	struct seal_wire *content; /* shared memory; NULL: none */
};

/*
 * Creates a seal with zero content.  A process killed between two system calls leaves the
 * segment behind.  Returns 0, or -ENOSPC (shmmni, shmall), -EINVAL (shmmax), -ENOMEM.
 */
int seal_create(struct seal *seal);

/* Detaches the seal, if there is one.  The kernel frees the segment. */
void seal_detach(struct seal *seal);

/*
 * Copies the content of the seal id, which creator must have created and must still own.
 * Returns 0, or -EIDRM (no such segment), -EACCES (another creator or owner, or unreadable),
 * -EINVAL (not the size of a seal), -ENOMEM.
 */
int seal_read(int id, uid_t creator, struct seal_wire *content);

/* Returns false once no process holds the seal id any more: its client has ended. */
bool seal_held(int id);

#endif
