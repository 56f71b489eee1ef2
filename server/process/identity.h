/* SPDX-License-Identifier: ISC */
/*
 * identity: a worker that becomes the client it serves.
 *
 * Owns the change of user and the proof that there is no way back.  Must not know where the
 * groups come from.
 */
#ifndef MSGFETCH_SERVER_PROCESS_IDENTITY_H
#define MSGFETCH_SERVER_PROCESS_IDENTITY_H

#include <stddef.h>
#include <sys/types.h>

/* The ids that the kernel reports for users and groups unmapped in this user namespace. */
struct identity {
	uid_t overflow_uid;
	gid_t overflow_gid;
};

/* Reads both from /proc/sys.  Returns 0 or a negative errno. */
int identity_learn(struct identity *identity);

/*
 * Becomes uid, gid and groups for good.  The process keeps no capability, cannot return to
 * its old user, and cannot be traced by processes of uid.  Needs CAP_SETUID and CAP_SETGID.
 * Returns 0; -EOVERFLOW: uid or gid is unmapped here and could be anyone's; -EPERM: a way
 * back exists; or a negative errno of a system call.  After an error the process must not
 * open any file.
 */
int identity_become(const struct identity *identity, uid_t uid, gid_t gid, const gid_t groups[],
		    size_t count);

#endif
