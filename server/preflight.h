/* SPDX-License-Identifier: ISC */
/*
 * preflight: checks that the daemon can serve its settings.
 *
 * Owns the checks of users, groups, directories and system calls before the daemon serves.
 * Changes nothing.  Must not know how a request is served.
 */
#ifndef MSGFETCH_SERVER_PREFLIGHT_H
#define MSGFETCH_SERVER_PREFLIGHT_H

#include "common/log.h"
#include "server/config/settings.h"

#include <stdbool.h>

/*
 * Logs each export whose directory this process cannot open or, unless workers become their
 * clients, search, with its file and line, at level.  Returns the number of such exports.
 */
unsigned preflight_exports(const struct settings *settings, int level, const struct log *log);

/* Returns true if openat2(2), which opens every file, works.  Logs why not. */
bool preflight_openat2(const struct log *log);

/*
 * Makes all checks, and logs each failure.  Root checks the exports as the configured user, in
 * a child process.  Returns true if all checks succeeded.
 */
bool preflight(const struct settings *settings, const struct log *log);

#endif
