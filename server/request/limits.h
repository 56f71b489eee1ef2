/* SPDX-License-Identifier: ISC */
/*
 * limits: upper bounds on workers, waiting requests and transfer rates.
 *
 * Owns the numbers and the arithmetic of the rate.  Must not count workers or requests.
 * Pure: no clock, no system call.
 */
#ifndef MSGFETCH_SERVER_REQUEST_LIMITS_H
#define MSGFETCH_SERVER_REQUEST_LIMITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The account that users outside the user database share. */
#define LIMITS_SHARED ((uid_t)-1)

/* The treatment of users outside the user database, such as subordinate uids. */
enum limits_unknown {
	LIMITS_UNKNOWN_REFUSE,
	LIMITS_UNKNOWN_SHARE, /* all of them together have the limits of one user */
	LIMITS_UNKNOWN_ALLOW, /* each has the limits of a user */
};

struct limits {
	unsigned workers;      /* at the same time, for all users together */
	unsigned waiting;      /* waiting requests of all users together */
	unsigned user_workers; /* the same for one user: at most the limit for all */
	unsigned user_waiting;
	unsigned followers; /* workers that follow a file: they count in none of the above */
	unsigned user_followers;
	bool root_too;       /* the limits per user apply to root */
	unsigned stall;      /* seconds that a client may read nothing */
	unsigned transfer;   /* seconds for a whole transfer; 0: no limit */
	uint64_t rate;       /* bytes a second for one user; 0: no limit */
	uint64_t ring;       /* bytes of a ring that one transfer may use */
	uint64_t user_rings; /* bytes of the rings of one user together */
	int unknown;         /* enum limits_unknown */
};

/* Returns how many workers, waiting requests or followers uid may have. */
unsigned limits_workers_of(const struct limits *limits, uid_t uid);
unsigned limits_waiting_of(const struct limits *limits, uid_t uid);
unsigned limits_followers_of(const struct limits *limits, uid_t uid);

/* Returns how many bytes of rings uid, or all users together, may make the daemon pay for. */
uint64_t limits_rings_of(const struct limits *limits, uid_t uid);
uint64_t limits_rings(const struct limits *limits);

/* The pace of one transfer under a rate limit. */
struct pace {
	uint64_t
		free_at; /* ns: time until which the bytes sent use up the rate; 0: none sent */
};

/*
 * Counts bytes sent at now (ns) by one of sharers transfers that share rate bytes per second
 * (above 0).  Returns the time to wait before sending more, in ns.  Unused rate is not
 * saved for later.
 */
uint64_t pace_count(struct pace *pace, uint64_t rate, unsigned sharers, uint64_t bytes,
		    uint64_t now);

/* Returns how many bytes to send at once, so that a pause takes about a quarter second. */
size_t pace_piece(uint64_t rate, unsigned sharers);

#endif
