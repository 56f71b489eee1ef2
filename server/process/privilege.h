/* SPDX-License-Identifier: ISC */
/*
 * privilege: the daemon's user, groups and capabilities(7).
 *
 * Owns the change from root to the service user, and the few rights that remain.  Keeps no
 * state.  Must not know why a right is needed.
 */
#ifndef MSGFETCH_SERVER_PROCESS_PRIVILEGE_H
#define MSGFETCH_SERVER_PROCESS_PRIVILEGE_H

#include "server/process/reserved.h"

#include <linux/capability.h>
#include <stdint.h>
#include <sys/types.h>

#define PRIVILEGE_BIT(number) (1ull << (number))

/* The capabilities that a worker needs to become its client. */
#define PRIVILEGE_IDENTITY (PRIVILEGE_BIT(CAP_SETUID) | PRIVILEGE_BIT(CAP_SETGID))

/*
 * Keeps only these capabilities, permitted and effective; none stays inheritable or ambient.
 * Makes no system call but capget(2) if that is so already.
 * Returns 0, or -EPERM: the process lacks one of them.
 */
int privilege_keep(uint64_t capabilities);

/* Reads the permitted capabilities.  Returns 0 or a negative errno. */
int privilege_held(uint64_t *capabilities);

/*
 * Becomes user (a name) for good: uid, gid and supplementary groups, no capabilities.  A
 * process that is this user already and may not change its groups keeps them.  Returns 0;
 * -ENOENT: no such user; -EPERM: only root can become another user; or a negative errno of a
 * system call.
 */
int privilege_drop(const char *user);

/*
 * Becomes user (NULL: stays the same user), but keeps CAP_SETUID and CAP_SETGID and no other
 * capability.  Returns as privilege_drop(); -EPERM also if the process lacks these two.
 */
int privilege_drop_to_identity(const char *user);

/*
 * Sends signal to a worker that runs as uid, without CAP_KILL.  Meanwhile the daemon takes uid
 * as its effective uid.  The daemon keeps its real and saved uid, so no process of uid can
 * signal the daemon.  Returns 0 or a negative errno.
 */
int privilege_kill(const struct reserved *reserved, pid_t worker, uid_t uid, int signal);

/* Looks the group up by name.  Returns 0 and *gid, or -ENOENT. */
int privilege_group(const char *group, gid_t *gid);

#endif
