/* SPDX-License-Identifier: ISC */
/*
 * authorize: whether a client may ask for a path in an export.
 *
 * Owns the order of the questions before a path is opened: may this client use the
 * export, is the name hidden.  Must not open anything.
 */
#ifndef MSGFETCH_SERVER_ACCESS_AUTHORIZE_H
#define MSGFETCH_SERVER_ACCESS_AUTHORIZE_H

#include "server/access/exports.h"
#include "server/request/answer.h"
#include "server/request/job.h"

#include <stdbool.h>

/* What is said of a path in no export. */
extern const struct failure authorize_no_such_export;

/*
 * True where client may ask for relative, a path in export, one of exports; otherwise
 * *failure says why not.  Whether a file exists makes no difference to that.  Called
 * in a worker: it may wait for a look-up of the client's groups.
 */
bool authorize_path(const struct exports *exports, const struct export *export,
		    const struct client *client, const char *relative, struct failure *failure);

#endif
