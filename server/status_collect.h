/* SPDX-License-Identifier: ISC */
/*
 * status_collect: what there is to say of the daemon at this moment.
 *
 * Owns the way from the daemon's tables to the text of its status.  Runs in a worker, whose
 * copy of the daemon is of one moment, that of the fork; only the other workers' scoreboard go
 * on changing.
 */
#ifndef MSGFETCH_SERVER_STATUS_COLLECT_H
#define MSGFETCH_SERVER_STATUS_COLLECT_H

#include <stddef.h>

/*
 * daemon: a struct daemon.  Returns the status as text, to be freed by the caller, and its
 * length, or NULL: out of memory.
 */
char *status_collect(const void *daemon, size_t *length);

#endif
