/* SPDX-License-Identifier: ISC */
/*
 * follow: sends a file, and then what is appended, for as long as the client takes it.
 *
 * Owns the files that have the followed name one after the other: where each starts, when it
 * ends, and how a client of an earlier daemon goes on.  The name is opened anew by the rules of
 * every request, so a rule that forbids the new file ends nothing but keeps it unsent.  Must
 * not know how changes are noticed (file_watch) or judged (rotation).
 */
#ifndef MSGFETCH_SERVER_TRANSFER_FOLLOW_H
#define MSGFETCH_SERVER_TRANSFER_FOLLOW_H

#include "server/access/exports.h"
#include "server/request/job.h"
#include "server/transfer/request_path.h"
#include "server/transfer/stream.h"

/*
 * Serves a FOLLOW of path.  Returns 0 after a FAILURE that ends the request, or the negative
 * errno of sending or waiting that ended the work: in the end, -EIDRM.
 */
int follow(struct stream *stream, const struct client *client, const struct exports *exports,
	   const struct request_path *path);

#endif
