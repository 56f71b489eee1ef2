/* SPDX-License-Identifier: ISC */
/*
 * clean: "msgfetchd --clean": removes the objects left by a dead daemon and its clients.
 *
 * Owns the order of removal and the report.  Must not decide whether an object is an orphan
 * (orphan does), nor touch objects of a living daemon or of another user.
 */
#ifndef MSGFETCH_SERVER_CLEAN_H
#define MSGFETCH_SERVER_CLEAN_H

#include "common/log.h"
#include "server/config/options.h"
#include "server/config/settings.h"

#include <stdbool.h>
#include <stdio.h>

/*
 * Removes the request queue and the lease of the key, and the queues and segments that dead
 * clients had given to the calling user.  options->dry_run: only lists them.
 * options->force: removes a request queue without a lease too, which another program may use.
 * Prints one line per object to out, and logs errors to log.  Returns an exit status: EX_OK,
 * EX_UNAVAILABLE (a living daemon or another program uses the key), EX_NOPERM (the key
 * belongs to another user), EX_OSERR (an object could not be inspected or removed).
 */
int clean(const struct settings *settings, const struct options *options, FILE *out,
	  const struct log *log);

#endif
