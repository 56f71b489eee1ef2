/* SPDX-License-Identifier: ISC */
/*
 * walk: visits a directory and the tree beneath it, depth first.
 *
 * Owns the way through the tree.  The walk follows no symbolic link, so it cannot leave the
 * directory or run in a circle.  Must not know the wire format.
 */
#ifndef MSGFETCH_SERVER_TRANSFER_WALK_H
#define MSGFETCH_SERVER_TRANSFER_WALK_H

#include "server/access/exports.h"
#include "server/access/overlap.h"
#include "server/transfer/stream.h"

struct walk {
	struct entry_path top;         /* the directory in which the walk begins */
	const struct patterns *hide;   /* names that are skipped */
	const struct exports *exports; /* names also skipped in top; NULL: none */
	struct overlap *overlap;       /* NULL: no rules of other exports apply */
};

/*
 * Sends the directory open at directory, with status (NULL: already sent), and its content.
 * A FETCH sends all files beneath, with their bytes; a LIST sends entries, and all beneath
 * only with RECURSE.  Failures of single entries are reported to the client.  Skips the
 * directories of other exports that the client may not use.  Closes directory, also on failure.
 * Returns 0 or a negative errno of sending.
 */
int walk(struct stream *stream, const struct walk *walk, int directory,
	 const struct stat *status);

/*
 * Announces the symbolic link name in directory.  name: "", directory is a descriptor of
 * the link itself.  Returns as walk().
 */
int walk_link(struct stream *stream, const struct entry_path *at, int directory,
	      const char *name, const struct stat *status);

#endif
