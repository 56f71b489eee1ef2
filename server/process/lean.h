/* SPDX-License-Identifier: ISC */
/*
 * lean: what makes every fork of this process cheaper.
 *
 * Owns what the C library set up and nothing here uses.  Must not know what is forked.
 */
#ifndef MSGFETCH_SERVER_PROCESS_LEAN_H
#define MSGFETCH_SERVER_PROCESS_LEAN_H

/* Once, before the first fork.  What cannot be had is done without. */
void lean_up(void);

/* Gives back the memory that was used once and is free now, on the heap and the stack. */
void lean_settle(void);

#endif
