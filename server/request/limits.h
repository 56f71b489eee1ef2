/* SPDX-License-Identifier: ISC */
/*
 * limits: how much of the daemon one user, and all together, may have.
 *
 * Owns the numbers and the arithmetic of the rate.  Pure: no clock, no system call, and
 * no knowledge of who counts what.
 */
#ifndef MSGFETCH_SERVER_REQUEST_LIMITS_H
#define MSGFETCH_SERVER_REQUEST_LIMITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct limits {
	unsigned workers;      /* at once, all users together */
	unsigned waiting;      /* requests in line, all users together */
	unsigned user_workers; /* the same for one user: never more than for all */
	unsigned user_waiting;
	bool root_too;     /* root is held to what is a user's, too */
	unsigned stall;    /* seconds in which a client has to take something */
	unsigned transfer; /* seconds for a whole transfer; 0: no limit */
	uint64_t rate;     /* bytes a second for one user; 0: no limit */
};

/* True where what is a user's limit holds for uid. */
bool limits_hold(const struct limits *limits, uid_t uid);

/* How many workers, or places in the line, uid may have. */
unsigned limits_workers_of(const struct limits *limits, uid_t uid);
unsigned limits_waiting_of(const struct limits *limits, uid_t uid);

/* One transfer's way of keeping to a rate. */
struct pace {
	uint64_t free_at; /* ns: when all that was sent so far is paid for; 0: nothing was */
};

/*
 * Counts bytes sent at now (ns) by one of sharers transfers of a user, who has rate
 * bytes a second (above 0) for all of them.  Returns how long to wait, in ns, before
 * more is sent.  What was not used up in the past is not saved for later.
 */
uint64_t pace_count(struct pace *pace, uint64_t rate, unsigned sharers, uint64_t bytes,
		    uint64_t now);

/* How many bytes to send at once, so that none waits for longer than a quarter second. */
size_t pace_piece(uint64_t rate, unsigned sharers);

#endif
