/* SPDX-License-Identifier: ISC */
/*
 * ring_budget: the memory of rings that the daemon pays for.
 *
 * The kernel charges a page of a ring to the worker that touched the page first, and so to the
 * daemon's control group, until the client detaches the ring.  Owns the list of the rings
 * that workers have used and that clients may still keep.  Must not know running workers.
 */
#ifndef MSGFETCH_SERVER_WORKERS_RING_BUDGET_H
#define MSGFETCH_SERVER_WORKERS_RING_BUDGET_H

#include "server/request/wait_queue.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The least that a ring counts, in bytes: bounds the number of rings in a budget. */
#define RING_BUDGET_LEAST (256u << 10)

/* A ring that a worker has used. */
struct ring_kept {
	int id;
	uid_t creator;
	uid_t account;
	uint64_t bytes; /* that the worker could touch */
};

struct ring_budget {
	struct ring_kept *kept;
	size_t count, room; /* used and allocated entries of kept */
	size_t next;        /* the entry that the next check begins with */
};

/*
 * Provides entries for rings of total bytes together.  Returns 0 or -ENOMEM; existing entries
 * stay either way.
 */
int ring_budget_resize(struct ring_budget *budget, uint64_t total);
void ring_budget_free(struct ring_budget *budget);

/*
 * Adds a ring that its client may keep, unless the ring is in the list already.  Does nothing
 * without a free entry.
 */
void ring_budget_keep(struct ring_budget *budget, const struct ring_kept *ring);

/* Returns the bytes of the kept rings of an account, or of all accounts. */
uint64_t ring_budget_of(const struct ring_budget *budget, uid_t account);
uint64_t ring_budget_all(const struct ring_budget *budget);

/* Moves the rings of the account from whose users have another account by now. */
void ring_budget_reassign(struct ring_budget *budget, uid_t from, wait_queue_account *account,
			  const void *context);

/*
 * Forgets rings that are gone: of account first, then of others.  Makes few system calls, so
 * that a client which keeps many rings cannot hold the daemon up.
 */
void ring_budget_check(struct ring_budget *budget, uid_t account);

#endif
