/* SPDX-License-Identifier: ISC */
/*
 * reopen: follows exports whose directory was removed or replaced.
 *
 * Owns the decision when the daemon looks at a path, and the log lines of the changes.  Must
 * not know how a directory is found to be safe (export_path).
 */
#ifndef MSGFETCH_SERVER_REOPEN_H
#define MSGFETCH_SERVER_REOPEN_H

#include "common/log.h"
#include "server/access/exports.h"

#include <stdint.h>

struct daemon;

/*
 * Looks at the path of the export that a worker reported in daemon->transfer_log, if any. Opens
 * the directory that is there now if export_path_open() allows it.  Looks at an export once a
 * second at most, and leaves an earlier report for a later call.  now: ms.
 */
void reopen_reported(struct daemon *daemon, uint64_t now);

/* Logs each export of fresh whose unchanged path names another directory than in old. */
void reopen_compare(const struct exports *old, const struct exports *fresh,
		    const struct log *log);

#endif
