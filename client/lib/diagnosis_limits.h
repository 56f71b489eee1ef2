/* SPDX-License-Identifier: ISC */
/*
 * diagnosis_limits: findings about the kernel's limits on queues, messages and shared memory.
 *
 * Pure.
 */
#ifndef MSGFETCH_LIB_DIAGNOSIS_LIMITS_H
#define MSGFETCH_LIB_DIAGNOSIS_LIMITS_H

#include "client/lib/finding.h"
#include "common/sysv/queue.h"
#include "common/sysv/ring.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* A user for display: "alice (uid 1001)", or "uid 1001". */
#define DIAGNOSIS_NAME_SIZE 64
struct diagnosis_user {
	uid_t uid;
	bool unmapped; /* uid stands for users without a mapping in this user namespace */
	char name[DIAGNOSIS_NAME_SIZE];
};

/* The user who created most of some objects. */
struct diagnosis_most {
	struct diagnosis_user user;
	size_t count; /* 0: unknown */
};

struct diagnosis_limits {
	struct queue_limits queues;
	struct diagnosis_most most_queues;
	struct ring_limits rings;
	struct diagnosis_most most_rings;
	uint64_t page; /* bytes */
	uint64_t ring; /* bytes of a ring; 0: no ring is wanted */
	bool ring_needed;
};

/* Adds a finding for each kind of object. */
void diagnosis_check_limits(struct diagnosis *diagnosis, const struct diagnosis_limits *limits);

#endif
