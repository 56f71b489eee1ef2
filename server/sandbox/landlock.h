/* SPDX-License-Identifier: ISC */
/*
 * landlock: limits the files that a process may open (landlock(7)).
 *
 * Owns the system calls, and the differences between their versions.  Must not know
 * exports, or when a process confines itself.
 */
#ifndef MSGFETCH_SERVER_SANDBOX_LANDLOCK_H
#define MSGFETCH_SERVER_SANDBOX_LANDLOCK_H

/* Returns the version of the kernel, 1 or more; -ENOSYS or -EOPNOTSUPP without Landlock. */
int landlock_version(void);

/*
 * Makes rules that forbid all that this kernel can forbid, except reading beneath the
 * directories that are added.  Signals and connections to abstract sockets reach no process
 * outside.  Returns a descriptor, which the caller closes, or a negative errno.
 */
int landlock_readers(void);

/* The same, but allows reading everywhere, and signals. */
int landlock_no_writers(void);

/* Allows reading beneath directory, an O_PATH descriptor.  Returns 0 or a negative errno. */
int landlock_let_read(int rules, int directory);

/* Allows removing files from the directory of path.  Returns 0 or a negative errno. */
int landlock_let_remove(int rules, const char *path);

/*
 * Applies rules to this process, which has no_new_privs set, for good.  Returns 0 or a
 * negative errno.
 */
int landlock_enter(int rules);

#endif
