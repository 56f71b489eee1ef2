/* SPDX-License-Identifier: ISC */
/*
 * addressee: checks that a client meant its request for this daemon.
 *
 * The creator of a queue cannot be forged, but an owner can give the queue on and ask another
 * daemon in the creator's name.  A request therefore names a seal (common/sysv/seal.h).  Must
 * not know tickets.
 */
#ifndef MSGFETCH_COMMON_SYSV_ADDRESSEE_H
#define MSGFETCH_COMMON_SYSV_ADDRESSEE_H

#include "common/protocol.h"
#include "common/sysv/listener.h"

#include <sys/types.h>

/*
 * Returns 0 if creator's seal names this daemon's request queue, now or before a restart, and
 * the private queue of the request.  Returns -ENOBUFS if there is no memory to read the seal,
 * and -EKEYREJECTED otherwise.
 */
int addressee_check(const struct listener *listener, const struct request *request,
		    uid_t creator);

#endif
