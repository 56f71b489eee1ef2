/* SPDX-License-Identifier: ISC */
/*
 * sandbox: takes rights from daemon and workers, so that a flaw in them harms less.
 *
 * Owns the order of the steps, and the decision where the kernel lacks one.  Must not know
 * how rules and filters are made (landlock, seccomp).
 */
#ifndef MSGFETCH_SERVER_SANDBOX_SANDBOX_H
#define MSGFETCH_SERVER_SANDBOX_SANDBOX_H

#include "common/log.h"
#include "server/access/exports.h"
#include "server/process/reserved.h"
#include "server/sandbox/seccomp.h"

enum sandbox_mode {
	SANDBOX_OFF,
	SANDBOX_BEST_EFFORT, /* go on without a missing part, with a line in the log */
	SANDBOX_STRICT,      /* refuse to start without any part */
};

struct sandbox {
	enum sandbox_mode mode;
	int reading;                       /* Landlock rules for workers; -1: none */
	int governing;                     /* Landlock rules for the daemon; -1: none */
	struct seccomp_filter filter;      /* the daemon's and its workers'; {0}: entered */
	struct seccomp_filter work_filter; /* in strict mode, for workers */
	struct reserved reserved;          /* calls that only the daemon may make */
};

/*
 * Makes the rules and filters for sandbox_enter() and the workers.  pid_file: a file that
 * the daemon removes at its end, or NULL.  Returns 0; or a negative errno and a line in log,
 * after an error or, in strict mode, where a part is missing.  The caller closes sandbox, also
 * after a failure.
 */
int sandbox_open(struct sandbox *sandbox, enum sandbox_mode mode, const struct exports *exports,
		 const char *pid_file, const struct seccomp_filter_needs *needs,
		 const struct log *log);

/* Confines the daemon, for good.  After a negative errno the daemon must not go on. */
int sandbox_enter(struct sandbox *sandbox, const struct exports *exports);

/*
 * Lets new workers read beneath these exports instead of the previous ones.  Returns 0, or a
 * negative errno without a change.
 */
int sandbox_follow(struct sandbox *sandbox, const struct exports *exports);

/*
 * Confines a worker, for good.  A worker inherits the daemon's filter without the secret of
 * reserved.h.  Landlock adds: files beneath the exports only, and no signal to others.  Strict
 * mode adds a filter for workers, which costs more time than the fork.  After a negative errno
 * the worker must not go on.
 */
int sandbox_enter_worker(const struct sandbox *sandbox);

void sandbox_close(struct sandbox *sandbox);

#endif
