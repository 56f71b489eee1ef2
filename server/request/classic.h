/* SPDX-License-Identifier: ISC */
/*
 * classic: the requests of the book's file servers.
 *
 * Owns their layouts, which the length tells apart.  The caller rules out current requests
 * by their magic.  Must not know whether classic clients are allowed.  Pure.
 */
#ifndef MSGFETCH_SERVER_REQUEST_CLASSIC_H
#define MSGFETCH_SERVER_REQUEST_CLASSIC_H

#include "common/sysv/queue.h"
#include "server/request/job.h"

#include <stdbool.h>

#define CLASSIC_LARGE_BYTES 4100u /* int queue, char path[4096] */
#define CLASSIC_PADDED_BYTES 264u /* the small layout with the padding of a 64-bit compiler */
#define CLASSIC_SMALL_BYTES 260u  /* int queue, char path[256], mtype 1 */

/* Returns true if a message of this type and length is a classic request. */
bool classic_recognize(long type, size_t length, enum dialect *dialect);

/*
 * Decodes a recognized message of length bytes into *request, which points into the
 * message.  Returns 0; -EINVAL: the path is empty or has no NUL, or the queue id is negative;
 * -ENAMETOOLONG: a component is longer than NAME_MAX.
 */
int classic_decode(const struct message *message, size_t length, struct request *request);

#endif
