/* SPDX-License-Identifier: ISC */
/*
 * fork_cost: makes every fork of this process cheaper.
 *
 * Owns the release of memory and kernel state that the daemon does not use.  Must not know
 * who forks.
 */
#ifndef MSGFETCH_SERVER_PROCESS_FORK_COST_H
#define MSGFETCH_SERVER_PROCESS_FORK_COST_H

/* Releases unused state of the C library; called once, before the first fork. */
void fork_cost_reduce(void);

/* Returns free memory of the heap and the stack to the kernel. */
void fork_cost_trim(void);

#endif
