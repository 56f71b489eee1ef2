/* SPDX-License-Identifier: ISC */
/*
 * crowd: runs client processes that start together, and adds up their counts.
 *
 * Owns the processes, their common start, and their counts in shared memory.  Must
 * not know the requests or the server.
 */
#ifndef MSGFETCH_BENCH_CROWD_H
#define MSGFETCH_BENCH_CROWD_H

#include "bench/latency.h"

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#define CROWD_CLIENTS_MAX 10000u
#define CROWD_OUTCOMES 16u /* number of outcomes; 0 is success */

/* Counts of one client. */
struct crowd_count {
	struct latency latency;
	uint64_t outcomes[CROWD_OUTCOMES];
	uint64_t bytes;
	uint64_t notices; /* number of retries */
	uint64_t end_ns;  /* clock_ns() after the last request */
	bool ready;       /* reached the common start */
};

struct crowd_plan {
	unsigned clients;     /* 1 to CROWD_CLIENTS_MAX */
	uint64_t requests;    /* per client; 0: until duration_ns is over */
	uint64_t duration_ns; /* the latest start of a request; 0: no limit */
	bool warm_up;         /* each client makes a request before the common start */
	/* Prepares the client, in the client's process.  Returns 0 or a negative errno. */
	int (*open)(void *context, unsigned client, struct crowd_count *count);
	/* Makes the client's request of that number.  Returns the outcome. */
	unsigned (*ask)(void *context, uint64_t number);
	void (*close)(void *context);
	void *context; /* each client has its own copy */
	/* Set by the caller's signal handler to end the clients with SIGTERM. */
	const volatile sig_atomic_t *stop;
};

struct crowd_result {
	struct crowd_count total; /* end_ns and ready have no meaning */
	double seconds;           /* from the common start to the end of the last request */
	unsigned lost;            /* clients that failed to start or died */
};

/*
 * Runs the plan.  The clients get SIGTERM if the caller dies.  Returns 0, or a negative
 * errno if no client ran: -EAGAIN, -ENOMEM, -EMFILE.
 */
int crowd_run(const struct crowd_plan *plan, struct crowd_result *result);

#endif
