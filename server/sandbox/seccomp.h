/* SPDX-License-Identifier: ISC */
/*
 * seccomp: limits the system calls that a process may make (seccomp(2)).
 *
 * Owns the two lists, of the daemon and of a strict worker, and their programs.  Must not
 * know when a filter is applied.
 */
#ifndef MSGFETCH_SERVER_SANDBOX_SECCOMP_H
#define MSGFETCH_SERVER_SANDBOX_SECCOMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* A program for the kernel, in memory that no fork copies.  {0}: none. */
struct seccomp_filter {
	void *steps;
	size_t bytes;
};

/* Optional duties of the daemon, which need more system calls. */
struct seccomp_filter_needs {
	key_t key;             /* key of the request queue */
	bool syslog;           /* log to syslog, and reconnect after a restart of syslog */
	bool name_lookups;     /* look up users and groups, perhaps through a socket */
	bool other_users;      /* workers switch to the ids of their clients */
	bool pid_file;         /* remove the pid file at the end */
	uint32_t architecture; /* for tests: SCMP_ARCH_...; 0: that of this program */
};

/* Returns whether this program was built with libseccomp. */
bool seccomp_filter_built_in(void);

/* Returns 0 where the kernel supports filters, or a negative errno. */
int seccomp_filter_supported(void);

/*
 * Makes the daemon's filter.  A call that is not listed fails with EPERM; a call that only an
 * intruder makes kills the process.  Returns 0, -ENOSYS without libseccomp, or another
 * negative errno.  The caller frees filter.
 */
int seccomp_filter_for_daemon(const struct seccomp_filter_needs *needs,
			      struct seccomp_filter *filter);

/* The same for a strict worker, which applies the filter on top of the daemon's. */
int seccomp_filter_for_worker(const struct seccomp_filter_needs *needs,
			      struct seccomp_filter *filter);

/*
 * Applies filter to this process, which has no_new_privs set, for good.  Returns 0 or a
 * negative errno.
 */
int seccomp_filter_enter(const struct seccomp_filter *filter);

/*
 * The same, but a process that makes a call of reserved.h without *secret is killed.  Leaves
 * no copy of the secret.
 */
int seccomp_filter_enter_with_secret(const struct seccomp_filter *filter,
				     const unsigned long *secret);

void seccomp_filter_free(struct seccomp_filter *filter);

#endif
