/* SPDX-License-Identifier: ISC */
/*
 * selection: lists the entries of a run, and decides which of them to fetch.
 *
 * Owns the list, the decisions and the requests made of them.  Must not know outputs, nor
 * how results are reported.
 */
#ifndef MSGFETCH_COMMAND_SELECT_SELECTION_H
#define MSGFETCH_COMMAND_SELECT_SELECTION_H

#include "client/command/cli/options.h"
#include "client/command/select/catalog.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum selection_decision {
	SELECTION_FETCH,
	SELECTION_EXCLUDED, /* by a pattern */
	SELECTION_TOO_LARGE,
	SELECTION_TOO_SMALL,
	SELECTION_MISSING,
	SELECTION_EXISTS,
	SELECTION_NOT_NEWER,
	SELECTION_COMPLETE, /* the local file has the same size and time */
};

/* The local file in the place of an entry. */
struct selection_local {
	bool exists;
	uint64_t size;    /* bytes */
	int64_t mtime_ns; /* since the epoch */
};

/*
 * Decides on a file by the options.  Patterns apply to entries below a path, and the size
 * limit to regular files.  Only patterns exclude directories.
 */
enum selection_decision selection_decide(const struct options *options,
					 const struct msgfetch_file *file,
					 const struct selection_local *local);

/* Returns the reason for people, or NULL for SELECTION_FETCH. */
const char *selection_reason(enum selection_decision decision);

struct selection_path {
	const char *path;
	const char *target; /* the local name; NULL: standard output */
	size_t number;      /* the caller's index of the path; ascending */
};

struct selection {
	const struct options *options;
	bool names; /* the daemon named the entries; otherwise entries are the paths */
	struct selection_path *paths;       /* owned, but not the strings */
	struct catalog catalog;             /* owned; the entries in the order of the paths */
	enum selection_decision *decisions; /* owned: one for each entry of the catalog */
};

/*
 * Lists the entries of count paths, and decides on each.  Asks the daemon for names only if
 * the options need names before bytes; otherwise lists the paths themselves.  selection: all
 * zeros.  paths: from malloc(3), owned by the selection from now on.  Returns 0, -ENOMEM, or
 * a negative errno if the call as a whole failed, and the session has the error.  The caller
 * calls selection_free() in any case.
 */
int selection_make(struct selection *selection, const struct options *options,
		   struct msgfetch *session, struct selection_path *paths, size_t count);

enum selection_kind {
	SELECTION_FAILED,  /* the entry has a code and a problem */
	SELECTION_SKIPPED, /* the decision is not SELECTION_FETCH */
	SELECTION_ASKED,   /* the entry has to be requested */
	SELECTION_KNOWN,   /* a directory, symbolic link or special file: nothing to request */
};

enum selection_kind selection_kind(const struct selection *selection, size_t index);

/* Returns the path of the entry at index. */
const struct selection_path *selection_path(const struct selection *selection, size_t index);

/* The paths to request for entries of kind SELECTION_ASKED. */
struct selection_request {
	size_t *entries; /* owned: the index of the entry for each path */
	char **paths;    /* owned, and the strings */
	size_t count;
};

/*
 * Collects the entries to request, from index first on.  Returns 0 or -ENOMEM.  The caller
 * calls selection_request_free() in any case.
 */
int selection_request(const struct selection *selection, size_t first,
		      struct selection_request *request);

void selection_request_free(struct selection_request *request);

void selection_free(struct selection *selection);

#endif
