/* SPDX-License-Identifier: ISC */
/*
 * classic: the requests of the book's file servers.
 *
 * Owns their layouts: a queue id, then a path.  The caller rules out current requests by
 * their magic.  Must not know whether classic clients are allowed.  Pure.
 */
#ifndef MSGFETCH_COMMON_SYSV_CLASSIC_H
#define MSGFETCH_COMMON_SYSV_CLASSIC_H

#include "common/sysv/queue.h"
#include "common/transport.h"

#define CLASSIC_BYTES_MIN 5u      /* int queue, one byte of a path */
#define CLASSIC_SMALL_BYTES 260u  /* int queue, char path[256] */
#define CLASSIC_LARGE_BYTES 4100u /* int queue, char path[4096] */
#define CLASSIC_PADDING 4u        /* added by 64-bit compilers */

/* Returns the dialect of a request of length bytes, which decides on the size of replies. */
enum dialect classic_dialect(size_t length);

/*
 * Decodes a message of length bytes, CLASSIC_BYTES_MIN to MESSAGE_TEXT_MAX, into *request,
 * which points into the message.  Ends the text with a NUL, because some clients send none. The
 * queue id is an int, or a long where the bytes allow no other reading.  Always fills *request.
 * Returns 0; -ENODATA: the path is empty; -ENAMETOOLONG: the path or a component is too long.
 */
int classic_decode(struct message *message, size_t length, struct request *request);

#endif
