/* SPDX-License-Identifier: ISC */
/*
 * reserved: system calls that the daemon may make and its workers may not.
 *
 * Owns a secret random number and the calls.  The seccomp filter demands the secret as the
 * last argument of these calls (seccomp_filter_enter_with_secret()); the kernel ignores this
 * argument.  The page of the secret is not copied to a child, so workers share the daemon's
 * filter at no cost and still have fewer rights.  Must not know why a call is made.
 */
#ifndef MSGFETCH_SERVER_PROCESS_RESERVED_H
#define MSGFETCH_SERVER_PROCESS_RESERVED_H

#include <stddef.h>
#include <sys/types.h>

/* The secret is the sixth argument: none of the calls uses six. */
#define RESERVED_SECRET_ARGUMENT 5

/* Index of the flags among clone(2)'s arguments ("C library/kernel differences"). */
#if defined __s390__ || defined __CRIS__
#define RESERVED_CLONE_FLAGS 1
#else
#define RESERVED_CLONE_FLAGS 0
#endif

/* With {0} there is no secret, and the calls are ordinary ones. */
struct reserved {
	unsigned long *secret; /* alone on its page */
	size_t page_bytes;
	int *tid; /* address of the C library's thread id; NULL: unknown */
};

/* Makes a secret.  Returns 0 or a negative errno. */
int reserved_open(struct reserved *reserved);

/*
 * Fork like fork(2), without the handlers and locks that only threads need.  The child of
 * reserved_fork() has no secret; the child of reserved_fork_heir() has the same secret.  The
 * caller blocks all signals first: the frame of a signal handler would keep the secret where
 * the child can find it.  Return as fork(2) does, with errno.
 */
pid_t reserved_fork(const struct reserved *reserved);
pid_t reserved_fork_heir(const struct reserved *reserved);

/* Sends signal to process.  Returns 0 or a negative errno of kill(2). */
int reserved_kill(const struct reserved *reserved, pid_t process, int signal);

void reserved_close(struct reserved *reserved);

#endif
