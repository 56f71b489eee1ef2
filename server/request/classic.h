/* SPDX-License-Identifier: ISC */
/*
 * classic: the requests of the classic file servers.
 *
 * Owns their two layouts, which their length alone tells apart from each other and
 * from the current one.  Must not know whether they are welcome.  No system call.
 */
#ifndef MSGFETCH_SERVER_REQUEST_CLASSIC_H
#define MSGFETCH_SERVER_REQUEST_CLASSIC_H

#include "common/queue.h"
#include "server/request/job.h"

#include <stdbool.h>

#define CLASSIC_LARGE_BYTES 4100u /* int queue, char path[4096] */
#define CLASSIC_SMALL_BYTES 260u  /* int queue, char path[256], mtype 1 */

/* True where a message of this type and length can only be a classic request. */
bool classic_recognise(long type, size_t length, enum dialect *dialect);

/*
 * Decodes a recognised message of length bytes into *request, which points into
 * it.  Returns 0; -EINVAL: no NUL in the path, or it is empty, or the queue id is
 * negative; -ENAMETOOLONG: a component longer than NAME_MAX.
 */
int classic_decode(const struct message *message, size_t length, struct request *request);

#endif
