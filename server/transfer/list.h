/* SPDX-License-Identifier: ISC */
/*
 * list: what OPERATION_LIST says of a path.
 *
 * Owns which path is which directory, link or file, and what of it the client may know:
 * what it may fetch, and no more.  Must not read a file.
 */
#ifndef MSGFETCH_SERVER_TRANSFER_LIST_H
#define MSGFETCH_SERVER_TRANSFER_LIST_H

#include "server/access/exports.h"
#include "server/request/job.h"
#include "server/transfer/stream.h"

/*
 * Sends the entries of path, number index of the request: its own, and those that the
 * request's flags want of what is in it.  A path of slashes alone is the root, in which
 * are the exports that the client may use, and what is in one whose name is "/".
 * Returns 0 or a negative errno of sending.
 */
int list_path(struct stream *stream, const struct client *client, const struct exports *exports,
	      uint32_t index, const char *path);

#endif
