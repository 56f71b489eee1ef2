/* SPDX-License-Identifier: ISC */
/*
 * landlock: which files a process may open from now on (landlock(7)).
 *
 * Owns the system calls, and what each version of them knows.  Must not know what an
 * export is, or when a process confines itself.
 */
#ifndef MSGFETCH_SERVER_SANDBOX_LANDLOCK_H
#define MSGFETCH_SERVER_SANDBOX_LANDLOCK_H

/* The version that the kernel has, 1 or more; -ENOSYS or -EOPNOTSUPP: it has none. */
int landlock_version(void);

/*
 * Rules that forbid whatever this kernel's version can forbid, but reading beneath the
 * directories that are added; signals and abstract sockets go to nobody outside, either.
 * Returns a descriptor, or a negative errno.
 */
int landlock_readers(void);

/* Rules that forbid whatever can be forbidden, but reading. */
int landlock_no_writers(void);

/* Lets rules allow reading beneath directory, an O_PATH descriptor.  0 or a negative errno. */
int landlock_let_read(int rules, int directory);

/* Lets rules allow removing files from the directory of path.  0 or a negative errno. */
int landlock_let_remove(int rules, const char *path);

/* Puts this process under rules, for good; it has no_new_privs.  0 or a negative errno. */
int landlock_enter(int rules);

#endif
