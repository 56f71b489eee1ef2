/* SPDX-License-Identifier: ISC */
/*
 * overlap: the rules of exports that lie within other exports.
 *
 * The rules of an export protect its directory, and a path can lead there from another export:
 * by a longer name, by "..", by a symbolic link or by a bind mount.  Owns the comparison of
 * each directory on the way with the directories of the exports, by device and inode, and the
 * check of the rules of each export found.  Must not open files for reading.
 */
#ifndef MSGFETCH_SERVER_ACCESS_OVERLAP_H
#define MSGFETCH_SERVER_ACCESS_OVERLAP_H

#include "server/access/exports.h"
#include "server/request/answer.h"
#include "server/request/job.h"

#include <limits.h>
#include <stdbool.h>
#include <sys/stat.h>

/* Exports with rules that lie within each other; a path through more of them is refused. */
#define OVERLAP_MAX 16u

/* The way of one client from an export into other exports. */
struct overlap {
	const struct exports *exports;
	const struct export *export; /* matched by the path; its rules are checked elsewhere */
	const struct client *client;
	const struct export *entered[OVERLAP_MAX];
	unsigned count;   /* of entered */
	int directory;    /* O_PATH: the checked directory that holds name */
	bool owned;       /* directory is closed by overlap_close() */
	const char *name; /* one component, never "..", or "." */
	char text[PATH_MAX];
};

/* Returns true when an export other than export has rules, which a path can come under. */
bool overlap_possible(const struct exports *exports, const struct export *export);

/*
 * Enters directory.  Returns 0; or -EACCES or -EAGAIN, with *failure filled in, when the client
 * may not use an export of this directory.  The caller leaves the directory by setting count
 * back.
 */
int overlap_enter(struct overlap *overlap, const struct stat *directory,
		  struct failure *failure);

/* Returns true when an entered export hides name. */
bool overlap_hides(const struct overlap *overlap, const char *name);

/*
 * Follows relative from the export's directory, one component at a time, and enters each
 * directory on the way.  follow: follow a symbolic link at the end of the path, too.  Returns 0
 * with directory and name, to be closed by overlap_close(), or a negative errno.  *failure is
 * filled in when an export refuses the client or hides a name; otherwise failure->text is NULL.
 */
int overlap_follow(struct overlap *overlap, const char *relative, bool follow,
		   struct failure *failure);
void overlap_close(struct overlap *overlap);

#endif
