/* SPDX-License-Identifier: ISC */
/* capability: which capabilities(7) the process has.  Owns nothing. */
#ifndef MSGFETCH_SERVER_PROCESS_CAPABILITY_H
#define MSGFETCH_SERVER_PROCESS_CAPABILITY_H

#include <linux/capability.h>
#include <stdint.h>

#define CAPABILITY_BIT(number) (1ull << (number))

/* What it takes to become somebody else. */
#define CAPABILITY_IDENTITY (CAPABILITY_BIT(CAP_SETUID) | CAPABILITY_BIT(CAP_SETGID))

/*
 * Leaves the process just these, permitted and effective; none is inheritable or
 * ambient.  Returns 0, or -EPERM: it does not have them all.
 */
int capability_set(uint64_t capabilities);

/* What is permitted now.  Returns 0 or a negative errno. */
int capability_get(uint64_t *permitted);

#endif
