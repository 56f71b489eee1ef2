/* SPDX-License-Identifier: ISC */
/*
 * authorize: the checks before a path is opened.
 *
 * Owns their order: the access rules of the export first, then hidden names.  Must not open
 * files.
 */
#ifndef MSGFETCH_SERVER_ACCESS_AUTHORIZE_H
#define MSGFETCH_SERVER_ACCESS_AUTHORIZE_H

#include "server/access/exports.h"
#include "server/request/answer.h"
#include "server/request/job.h"

#include <stdbool.h>

/* The answer to a path that no export matches. */
extern const struct failure authorize_no_such_export;

/* Returns the answer to a hidden name: that of a name that does not exist. */
struct failure authorize_hidden(void);

/*
 * Returns true when client may ask for relative, a path in export, one of exports; otherwise
 * fills in *failure.  The answer never depends on the existence of a file.  Call it in a
 * worker only, because a look-up of the client's groups may block for seconds.
 */
bool authorize_path(const struct exports *exports, const struct export *export,
		    const struct client *client, const char *relative, struct failure *failure);

#endif
