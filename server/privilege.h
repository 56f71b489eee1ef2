/* SPDX-License-Identifier: ISC */
/* privilege: becoming a user without rights, for good.  Owns nothing else. */
#ifndef MSGFETCH_SERVER_PRIVILEGE_H
#define MSGFETCH_SERVER_PRIVILEGE_H

#include <sys/types.h>

/*
 * Becomes user (a name): its uid, gid and supplementary groups, with no way back
 * and no capabilities left.  Returns 0; -ENOENT: no such user; -EPERM: only root
 * can become somebody else; or what the system call says.  Nothing happens when
 * the process is that user already.
 */
int privilege_drop(const char *user);

/* The gid of a group's name.  0, or -ENOENT. */
int privilege_group(const char *group, gid_t *gid);

#endif
