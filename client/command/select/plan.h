/* SPDX-License-Identifier: ISC */
/*
 * plan: which of the files that are there are to be fetched.  Decides only: what is there,
 * and what stands here already, is for others to find out.
 */
#ifndef MSGFETCH_COMMAND_SELECT_PLAN_H
#define MSGFETCH_COMMAND_SELECT_PLAN_H

#include "client/command/cli/patterns.h"
#include "client/lib/msgfetch.h"

#include <stdbool.h>
#include <stdint.h>

enum plan_decision {
	PLAN_FETCH,
	PLAN_EXCLUDED, /* by a pattern */
	PLAN_TOO_LARGE,
	PLAN_EXISTS,
	PLAN_NOT_NEWER,
	PLAN_COMPLETE, /* nothing of it is missing */
};

struct plan_rules {
	const struct patterns *patterns;
	uint64_t max_size; /* bytes */
	bool skip_existing;
	bool update;    /* only what is newer */
	bool continued; /* not what is there with its size and time */
};

/* What stands where a file would go. */
struct plan_local {
	bool exists;
	uint64_t size;
	int64_t mtime_ns;
};

/*
 * Decides on a file.  Patterns are for what is beneath a path; sizes for regular files; and
 * directories are fetched unless a pattern excludes them.
 */
enum plan_decision plan_decide(const struct plan_rules *rules, const struct msgfetch_file *file,
			       const struct plan_local *local);

/* Why a file is not fetched, for people; NULL for PLAN_FETCH. */
const char *plan_reason(enum plan_decision decision);

#endif
