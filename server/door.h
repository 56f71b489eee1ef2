/* SPDX-License-Identifier: ISC */
/*
 * door: whether a client may ask for a path at all.
 *
 * Owns the order of the questions between a path and its being opened: which export,
 * may this client use it, is the name hidden.  Must not open anything beneath it.
 */
#ifndef MSGFETCH_SERVER_DOOR_H
#define MSGFETCH_SERVER_DOOR_H

#include "server/answer.h"
#include "server/exports.h"
#include "server/job.h"

/*
 * The export to open path in, and what to open there at *relative; or NULL and why
 * not.  Whether a file exists makes no difference to that.  Called in a worker: it
 * may wait for a look-up of the client's groups.
 */
const struct export *door_pass(const struct exports *exports, const struct peer *peer,
			       const char *path, const char **relative,
			       struct failure *failure);

#endif
