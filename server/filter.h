/* SPDX-License-Identifier: ISC */
/*
 * filter: which system calls a process may make from now on (seccomp(2)).
 *
 * Owns the two lists, the daemon's and the worker's, and how they are turned into
 * programs.  Must not know when one is applied.
 */
#ifndef MSGFETCH_SERVER_FILTER_H
#define MSGFETCH_SERVER_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* A program for the kernel, in memory that no fork copies.  {0}: none. */
struct filter {
	void *steps;
	size_t bytes;
};

/* What the daemon does besides what it always does. */
struct filter_needs {
	key_t key;         /* of the request queue */
	bool syslog;       /* whose socket has to be found again after its restart */
	bool name_lookups; /* users and groups while it runs: a directory may be a socket away
			    */
	bool other_users;  /* workers become their clients */
	bool pid_file;     /* to be removed at the end */
};

/* True where this program was built with libseccomp. */
bool filter_built_in(void);

/* 0 where the kernel takes filters, or a negative errno. */
int filter_supported(void);

/*
 * The daemon's: what is not listed fails with EPERM; what only an intruder would do kills
 * the process.  0, -ENOSYS where built without libseccomp, or a negative errno.
 */
int filter_for_daemon(const struct filter_needs *needs, struct filter *filter);

/* The worker's, to be applied over the daemon's.  Like it in all else. */
int filter_for_worker(const struct filter_needs *needs, struct filter *filter);

/* Puts this process under the filter, for good; it has no_new_privs.  0 or a negative errno. */
int filter_enter(const struct filter *filter);

/*
 * The same, and the calls that reserved.h names take *key from now on: who makes one
 * without it is killed.  No copy of the key is left.
 */
int filter_enter_with_key(const struct filter *filter, const unsigned long *key);

void filter_free(struct filter *filter);

#endif
