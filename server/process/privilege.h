/* SPDX-License-Identifier: ISC */
/*
 * privilege: what rights the daemon keeps, and what it does with them.  Owns nothing.
 */
#ifndef MSGFETCH_SERVER_PROCESS_PRIVILEGE_H
#define MSGFETCH_SERVER_PROCESS_PRIVILEGE_H

#include "server/process/reserved.h"

#include <sys/types.h>

/*
 * Becomes user (a name): its uid, gid and supplementary groups, with no way back
 * and no capabilities left.  Returns 0; -ENOENT: no such user; -EPERM: only root
 * can become somebody else; or what the system call says.  Nothing happens when
 * the process is that user already.
 */
int privilege_drop(const char *user);

/*
 * Becomes user (NULL: stays who it is) but keeps CAP_SETUID and CAP_SETGID, and no
 * other capability.  Errors as above; -EPERM also where it does not have these two.
 */
int privilege_drop_to_identity(const char *user);

/*
 * Ends a worker that became uid, which takes no CAP_KILL: for the moment of the
 * signal the daemon has the worker's effective uid, and keeps the others, so that
 * nobody of that user can touch it.  Returns 0 or a negative errno.
 */
int privilege_kill(const struct reserved *reserved, pid_t worker, uid_t uid);

/* The gid of a group's name.  0, or -ENOENT. */
int privilege_group(const char *group, gid_t *gid);

#endif
