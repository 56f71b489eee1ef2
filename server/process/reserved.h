/* SPDX-License-Identifier: ISC */
/*
 * reserved: system calls that the daemon may make, and its workers not.
 *
 * Owns a key, a random number that the filter wants as the last argument of these calls
 * (seccomp_filter_enter_with_key()), and the calls.  The kernel ignores that argument, and does not
 * give the key's page to a child: so workers share the daemon's filter, which costs a fork
 * nothing, and may do less under it.  Must not know why a call is made.
 */
#ifndef MSGFETCH_SERVER_PROCESS_RESERVED_H
#define MSGFETCH_SERVER_PROCESS_RESERVED_H

#include <stddef.h>
#include <sys/types.h>

/* The key is the sixth argument, which none of the calls has. */
#define RESERVED_KEY_ARGUMENT 5

/* Which argument of clone(2) the flags are (clone(2), "C library/kernel differences"). */
#if defined __s390__ || defined __CRIS__
#define RESERVED_CLONE_FLAGS 1
#else
#define RESERVED_CLONE_FLAGS 0
#endif

/* {0}: no key, and the calls are what they always are. */
struct reserved {
	unsigned long *key; /* alone on its page */
	size_t page_bytes;
	int *tid; /* where the C library keeps its thread's id, or NULL: not known */
};

/* Makes a key.  0 or a negative errno. */
int reserved_open(struct reserved *reserved);

/*
 * fork(2), without the handlers and locks that only matter to programs with threads.  The
 * child has no key, or in the second case the same one.  All signals must be blocked: the
 * frame of a handler would keep the key for the child to find.  Returns as fork(2) does,
 * and errno is set.
 */
pid_t reserved_fork(const struct reserved *reserved);
pid_t reserved_fork_heir(const struct reserved *reserved);

/* kill(2).  0 or a negative errno. */
int reserved_kill(const struct reserved *reserved, pid_t process, int signal);

void reserved_close(struct reserved *reserved);

#endif
