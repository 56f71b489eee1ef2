/* SPDX-License-Identifier: ISC */
/*
 * crowd: client processes that start together and are counted together.
 *
 * Owns the processes, their common start, and what they count, which they keep in
 * shared memory.  Must not know what a client asks, nor of whom.
 */
#ifndef MSGFETCH_BENCH_CROWD_H
#define MSGFETCH_BENCH_CROWD_H

#include "bench/latency.h"

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#define CROWD_CLIENTS_MAX 10000u
#define CROWD_OUTCOMES 16u /* an outcome is below; 0 is success */

/* What one client counted. */
struct crowd_count {
	struct latency latency;
	uint64_t outcomes[CROWD_OUTCOMES];
	uint64_t bytes;
	uint64_t notices; /* how often something had to be tried again */
	uint64_t end_ns;  /* clock_ns() after the last request */
	bool ready;       /* it got as far as the common start */
};

struct crowd_plan {
	unsigned clients;     /* 1 to CROWD_CLIENTS_MAX */
	uint64_t requests;    /* of each client; 0: until duration_ns is over */
	uint64_t duration_ns; /* no request is begun later; 0: no limit */
	bool warm_up;         /* each makes a request ahead of the common start */
	/* In the client's process: prepares it.  Returns 0 or a negative errno. */
	int (*open)(void *context, unsigned client, struct crowd_count *count);
	/* Makes the client's request of that number; returns its outcome. */
	unsigned (*ask)(void *context, uint64_t number);
	void (*close)(void *context);
	void *context; /* each client has its own copy */
	/* Set by the caller's signal handler: the clients are to end (by SIGTERM). */
	const volatile sig_atomic_t *stop;
};

struct crowd_result {
	struct crowd_count total; /* end_ns and ready are of no meaning */
	double seconds;           /* from the common start to the end of the last request */
	unsigned lost;            /* clients that could not start, or died */
};

/*
 * Runs the plan.  The clients get SIGTERM should the caller die.  Returns 0, or a
 * negative errno where no client ran: -EAGAIN, -ENOMEM, -EMFILE.
 */
int crowd_run(const struct crowd_plan *plan, struct crowd_result *result);

#endif
