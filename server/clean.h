/* SPDX-License-Identifier: ISC */
/*
 * clean: what "msgfetchd --clean" does: removes what a daemon that died left.
 *
 * Owns that, and what is said of it.  Must not decide what is a orphan (orphan
 * does).  Nothing of a living daemon, nor of another user, is touched.
 */
#ifndef MSGFETCH_SERVER_CLEAN_H
#define MSGFETCH_SERVER_CLEAN_H

#include "common/log.h"
#include "server/config/settings.h"

#include <stdbool.h>
#include <stdio.h>

/*
 * Removes the request queue and the lease of the key, and the queues and segments that
 * dead clients had given to the calling user; dry: only lists them.  One line on out for
 * each, errors to log.  Returns an exit status: EX_OK, EX_UNAVAILABLE (a daemon lives
 * under the key), EX_NOPERM (the key is another user's), EX_OSERR (could not be done).
 */
int clean(const struct settings *settings, bool dry, FILE *out, const struct log *log);

#endif
