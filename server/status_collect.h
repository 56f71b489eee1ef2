/* SPDX-License-Identifier: ISC */
/*
 * status_collect: collects the daemon's status.
 *
 * Owns the way from the daemon's tables to the status text.  Runs in a worker, which has the
 * daemon's memory as of the fork; only the scoreboard still changes meanwhile.
 */
#ifndef MSGFETCH_SERVER_STATUS_COLLECT_H
#define MSGFETCH_SERVER_STATUS_COLLECT_H

#include <stddef.h>

struct daemon;

/*
 * Returns the status of daemon as text with its length, or NULL when memory runs out.  The
 * caller frees the text.
 */
char *status_collect(const struct daemon *daemon, size_t *length);

#endif
