/* SPDX-License-Identifier: ISC */
/*
 * filter: which system calls a process may make from now on (seccomp(2)).
 *
 * Owns the two lists, the daemon's and the worker's, and how they are turned into
 * programs.  Must not know when one is applied.
 */
#ifndef MSGFETCH_SERVER_SANDBOX_SECCOMP_H
#define MSGFETCH_SERVER_SANDBOX_SECCOMP_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* A program for the kernel, in memory that no fork copies.  {0}: none. */
struct seccomp_filter {
	void *steps;
	size_t bytes;
};

/* What the daemon does besides what it always does. */
struct seccomp_filter_needs {
	key_t key;         /* of the request queue */
	bool syslog;       /* whose socket has to be found again after its restart */
	bool name_lookups; /* users and groups while it runs: a directory may be a socket away
			    */
	bool other_users;  /* workers become their clients */
	bool pid_file;     /* to be removed at the end */
};

/* True where this program was built with libseccomp. */
bool seccomp_filter_built_in(void);

/* 0 where the kernel takes filters, or a negative errno. */
int seccomp_filter_supported(void);

/*
 * The daemon's: what is not listed fails with EPERM; what only an intruder would do kills
 * the process.  0, -ENOSYS where built without libseccomp, or a negative errno.
 */
int seccomp_filter_for_daemon(const struct seccomp_filter_needs *needs,
			      struct seccomp_filter *filter);

/* The worker's, to be applied over the daemon's.  Like it in all else. */
int seccomp_filter_for_worker(const struct seccomp_filter_needs *needs,
			      struct seccomp_filter *filter);

/* Puts this process under the filter, for good; it has no_new_privs.  0 or a negative errno. */
int seccomp_filter_enter(const struct seccomp_filter *filter);

/*
 * The same, and the calls that reserved.h names take *secret from now on: who makes one
 * without it is killed.  No copy of the secret is left.
 */
int seccomp_filter_enter_with_secret(const struct seccomp_filter *filter,
				     const unsigned long *secret);

void seccomp_filter_free(struct seccomp_filter *filter);

#endif
