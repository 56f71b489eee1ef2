/* SPDX-License-Identifier: ISC */
/*
 * list: the reply to OPERATION_LIST, for one path.
 *
 * Owns the order of entries, the root that holds all exports, and the rule that a client
 * sees only names that the client may fetch.  Must not read a file.
 */
#ifndef MSGFETCH_SERVER_TRANSFER_LIST_H
#define MSGFETCH_SERVER_TRANSFER_LIST_H

#include "server/access/exports.h"
#include "server/request/job.h"
#include "server/transfer/request_path.h"
#include "server/transfer/stream.h"

/*
 * Sends the entry of path, and of a directory as much of its content as the request's flags
 * ask for.  A path of slashes alone is the root: a directory of all exports that the client
 * may use, together with the content of the export named "/".  Returns 0 or a negative errno
 * of sending.
 */
int list_path(struct stream *stream, const struct client *client, const struct exports *exports,
	      const struct request_path *path);

#endif
