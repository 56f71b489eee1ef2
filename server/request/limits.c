/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/request/limits.h"

#define NS_PER_S UINT64_C(1000000000)

/* Pieces per second, and the bounds of a piece in bytes. */
#define PIECES 4u
#define PIECE_MIN 512u
#define PIECE_MAX (64u << 20)

/* Upper bound of one pause. */
#define WAIT_MAX (60 * NS_PER_S)

static bool limits_hold(const struct limits *limits, uid_t uid)
{
	return uid != 0 || limits->root_too;
}

unsigned limits_workers_of(const struct limits *limits, uid_t uid)
{
	return limits_hold(limits, uid) ? limits->user_workers : limits->workers;
}

unsigned limits_waiting_of(const struct limits *limits, uid_t uid)
{
	return limits_hold(limits, uid) ? limits->user_waiting : limits->waiting;
}

uint64_t limits_rings_of(const struct limits *limits, uid_t uid)
{
	return limits_hold(limits, uid) ? limits->user_rings : limits_rings(limits);
}

uint64_t limits_rings(const struct limits *limits)
{
	return limits->workers * limits->ring;
}

unsigned limits_followers_of(const struct limits *limits, uid_t uid)
{
	return limits_hold(limits, uid) ? limits->user_followers : limits->followers;
}

static uint64_t share_of(uint64_t rate, unsigned sharers)
{
	uint64_t share = rate / (sharers > 0 ? sharers : 1);

	return share > 0 ? share : 1;
}

/* Returns bytes divided by share bytes per second, in ns, without overflow. */
static uint64_t duration(uint64_t bytes, uint64_t share)
{
	uint64_t seconds = bytes / share, rest = bytes % share;

	if (seconds >= WAIT_MAX / NS_PER_S)
		return WAIT_MAX;
	/* As rest < share, a coarser division is exact enough when the product overflows. */
	if (rest > UINT64_MAX / NS_PER_S)
		return seconds * NS_PER_S + rest / (share / NS_PER_S);
	return seconds * NS_PER_S + rest * NS_PER_S / share;
}

uint64_t pace_count(struct pace *pace, uint64_t rate, unsigned sharers, uint64_t bytes,
		    uint64_t now)
{
	uint64_t from = pace->free_at > now ? pace->free_at : now;

	pace->free_at = from + duration(bytes, share_of(rate, sharers));
	return pace->free_at - now;
}

size_t pace_piece(uint64_t rate, unsigned sharers)
{
	uint64_t piece = share_of(rate, sharers) / PIECES;

	if (piece < PIECE_MIN)
		return PIECE_MIN;
	return piece < PIECE_MAX ? (size_t)piece : PIECE_MAX;
}
