/* SPDX-License-Identifier: ISC */
/*
 * fork_cost: what makes every fork of this process cheaper.
 *
 * Owns what the C library set up and nothing here uses.  Must not know what is forked.
 */
#ifndef MSGFETCH_SERVER_PROCESS_FORK_COST_H
#define MSGFETCH_SERVER_PROCESS_FORK_COST_H

/* Once, before the first fork.  What cannot be had is done without. */
void fork_cost_reduce(void);

/* Gives back the memory that was used once and is free now, on the heap and the stack. */
void fork_cost_trim(void);

#endif
