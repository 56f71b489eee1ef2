/* SPDX-License-Identifier: ISC */
/*
 * walk: what is in a directory, and beneath it, depth first.
 *
 * Owns the way through the tree.  No symbolic link is followed, so the walk cannot
 * leave the directory, nor go round in a circle.  Must not know the wire.
 */
#ifndef MSGFETCH_SERVER_TRANSFER_WALK_H
#define MSGFETCH_SERVER_TRANSFER_WALK_H

#include "server/access/exports.h"
#include "server/transfer/stream.h"

struct walk {
	struct place top;              /* the directory in which it begins */
	const struct patterns *hide;   /* names that are passed over */
	const struct exports *exports; /* their names too, in top; NULL: none */
};

/*
 * Sends directory, a descriptor for reading, which is closed, with status (NULL: it was
 * sent already), and what is in it.  In a FETCH that is files with their bytes, and all
 * beneath; in a LIST entries alone, and all beneath where the request says RECURSE.
 * Entries that cannot be had are told to the client.  Returns 0 or a negative errno of
 * sending.
 */
int walk(struct stream *stream, const struct walk *walk, int directory,
	 const struct stat *status);

/*
 * Announces a symbolic link, name in directory, of that status.  name: "", directory is
 * a descriptor of the link itself.  Returns as above.
 */
int walk_link(struct stream *stream, const struct place *place, int directory, const char *name,
	      const struct stat *status);

#endif
