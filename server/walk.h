/* SPDX-License-Identifier: ISC */
/*
 * walk: all that is beneath a directory, depth first.
 *
 * Owns the way through the tree.  No symbolic link is followed, so the walk cannot
 * leave the directory, nor go round in a circle.  Must not know the wire.
 */
#ifndef MSGFETCH_SERVER_WALK_H
#define MSGFETCH_SERVER_WALK_H

#include "server/exports.h"
#include "server/stream.h"

/*
 * Sends what is in directory, a descriptor for reading, which is closed; path: which
 * path of the request it is; hide: names that are passed over.  Entries that cannot be had are
 * told to the client. Returns 0 or a negative errno of sending.
 */
int walk(struct stream *stream, int directory, uint32_t path, const struct patterns *hide);

#endif
