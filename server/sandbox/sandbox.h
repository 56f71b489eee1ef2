/* SPDX-License-Identifier: ISC */
/*
 * sandbox: what daemon and workers give up, so that a flaw in them is worth less.
 *
 * Owns the order, and what happens where the kernel lacks a part.  Must not know how
 * rules and filters are made (landlock, filter).
 */
#ifndef MSGFETCH_SERVER_SANDBOX_SANDBOX_H
#define MSGFETCH_SERVER_SANDBOX_SANDBOX_H

#include "common/log.h"
#include "server/access/exports.h"
#include "server/process/reserved.h"
#include "server/sandbox/seccomp.h"

enum sandbox_mode {
	SANDBOX_OFF,
	SANDBOX_BEST_EFFORT, /* without what is missing, and the log says so */
	SANDBOX_STRICT,      /* whole or not at all */
};

struct sandbox {
	enum sandbox_mode mode;
	int reading;   /* Landlock's rules for workers; -1: none */
	int governing; /* the same for the daemon */
	struct seccomp_filter
		filter; /* for the daemon, inherited by workers; {0} once entered */
	struct seccomp_filter work_filter; /* for workers */
	struct reserved reserved; /* what the daemon's filter has for the daemon alone */
};

/*
 * Makes all that sandbox_enter() and the workers apply.  pid_file: to be removed at the
 * end, or NULL.  Returns 0; or a negative errno after it told log: in strict mode what is
 * missing, in any mode what went wrong.  Either way it is to be closed.
 */
int sandbox_open(struct sandbox *sandbox, enum sandbox_mode mode, const struct exports *exports,
		 const char *pid_file, const struct seccomp_filter_needs *needs,
		 const struct log *log);

/* Confines the daemon, for good.  0, or a negative errno: do not go on. */
int sandbox_enter(struct sandbox *sandbox, const struct exports *exports);

/*
 * New workers may read beneath these exports, and no longer beneath the old ones.
 * 0, or a negative errno and all is as it was.
 */
int sandbox_follow(struct sandbox *sandbox, const struct exports *exports);

/*
 * Confines a worker, for good, beyond what it inherits, which is a filter without the secret
 * to what reserved.h lists: files to what is beneath the exports, no signal to others; in
 * strict mode by a filter of its own, too, which costs more than the fork.  0, or a negative
 * errno: do not go on.
 */
int sandbox_enter_worker(const struct sandbox *sandbox);

void sandbox_close(struct sandbox *sandbox);

#endif
