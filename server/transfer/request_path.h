/* SPDX-License-Identifier: ISC */
/*
 * request path: one path of a request, and the export that it belongs to.
 *
 * Owns the match of each path with the exports, made once, and the decision whether the
 * client may ask for the path.  Must not open anything.
 */
#ifndef MSGFETCH_SERVER_TRANSFER_REQUEST_PATH_H
#define MSGFETCH_SERVER_TRANSFER_REQUEST_PATH_H

#include "server/access/exports.h"
#include "server/access/overlap.h"
#include "server/request/answer.h"
#include "server/request/job.h"
#include "server/stats/scoreboard.h"

#include <stdbool.h>
#include <stdint.h>

struct request_path {
	uint32_t index;              /* in the request, from 0 */
	const char *text;            /* as the client wrote it; not owned */
	const struct export *export; /* NULL: there is no such export */
	int directory;               /* the export's, or within; not owned */
	const char *rest;            /* of text, beneath the export */
	const char *relative;        /* to open beneath directory: rest, or its last step */
	bool links;                  /* follow symbolic links */
	struct overlap *overlap;     /* NULL: no rules of other exports apply */
	struct counters *counters;   /* tell the daemon of a changed export */
};

/* Returns the path with this text, which must outlive the result.  Keeps counters. */
struct request_path request_path_of(const struct exports *exports, uint32_t index,
				    const char *text, struct counters *counters);

/* Returns the first path of a request that has one or more.  Keeps counters. */
struct request_path request_path_first(const struct request *request,
				       const struct exports *exports,
				       struct counters *counters);

/* Moves path to the next one of its request.  Returns false after the last. */
bool request_path_advance(struct request_path *path, const struct request *request,
			  const struct exports *exports);

/*
 * Returns whether the directory of export, which is of exports, may be served.  If not,
 * *failure tells why.  Tells the daemon through path->counters if the directory changed.
 */
bool request_path_usable(const struct request_path *path, const struct exports *exports,
			 const struct export *export, struct failure *failure);

/*
 * Returns whether client may ask for path, and the directory of its export may be served; if
 * not, *failure tells why.  Exports that lie within the path's export are not considered.
 */
bool request_path_allowed(const struct request_path *path, const struct client *client,
			  const struct exports *exports, struct failure *failure);

/*
 * Resolves path, which is allowed, under the rules of the exports that lie within its export:
 * directory and relative are those of overlap from then on.  follow: follow a symbolic link at
 * the end.  Returns false with *failure set; otherwise call overlap_close() after the last use
 * of path.
 */
bool request_path_resolve(struct request_path *path, const struct client *client,
			  const struct exports *exports, bool follow, struct overlap *overlap,
			  struct failure *failure);

#endif
