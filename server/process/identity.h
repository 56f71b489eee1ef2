/* SPDX-License-Identifier: ISC */
/*
 * identity: a worker that becomes the client it serves.
 *
 * Owns the change and the proof that there is no way back.  Must not know where the
 * groups come from.
 */
#ifndef MSGFETCH_SERVER_PROCESS_IDENTITY_H
#define MSGFETCH_SERVER_PROCESS_IDENTITY_H

#include <stddef.h>
#include <sys/types.h>

/* What the kernel shows in place of an id that has none in this user namespace. */
struct identity {
	uid_t overflow_uid;
	gid_t overflow_gid;
};

/* Learns them.  Returns 0, or why /proc/sys cannot be read. */
int identity_learn(struct identity *identity);

/*
 * Becomes uid, gid and groups for good: no capability is left, nothing leads back,
 * and no process of that user can look into this one.  It needs CAP_SETUID and
 * CAP_SETGID.  Returns 0; -EOVERFLOW: the kernel has no such id here, it may be
 * anybody's; -EPERM: there would have been a way back; or what a system call says.
 * After an error the process must not open anything any more.
 */
int identity_become(const struct identity *identity, uid_t uid, gid_t gid, const gid_t groups[],
		    size_t count);

#endif
