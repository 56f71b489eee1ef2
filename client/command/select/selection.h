/* SPDX-License-Identifier: ISC */
/*
 * selection: asks what there is, and then for what of it is wanted.
 *
 * Owns the list of what there is, and the order in which a sink is told of it: as if each
 * path had been asked for by itself, and there were nothing but what is wanted.  What is
 * wanted is plan's to decide.
 */
#ifndef MSGFETCH_COMMAND_SELECT_SELECTION_H
#define MSGFETCH_COMMAND_SELECT_SELECTION_H

#include "client/command/cli/options.h"
#include "client/command/select/catalog.h"
#include "client/command/select/plan.h"

#include <stdbool.h>
#include <stddef.h>

/* A path, and where it goes. */
struct selection_path {
	const char *path;
	const char *target; /* NULL: to no file */
	size_t number;      /* what the sink knows it by; ascending */
};

struct selection {
	const struct options *options;
	struct selection_path *paths; /* owned, not the strings */
	size_t path_count;
	struct catalog catalog;        /* owned */
	enum plan_decision *decisions; /* owned: one for each entry of the catalog */
};

/* Where all of it goes; both have the same context. */
struct selection_sink {
	struct msgfetch_sink sink; /* .done is needed, and .read_existing with --continue */
	/*
	 * With --continue, ahead of each file: says in request what of it is there already.
	 * Returns 0 or a negative errno, as the sink does.
	 */
	int (*resume)(void *context, struct msgfetch_request *request);
	/* A file is not fetched.  Returns 0 or a negative errno, as the sink does. */
	int (*skipped)(void *context, const struct msgfetch_file *file,
		       enum plan_decision decision);
};

/* Whether the options call for a selection: without one, each path is asked for as it is. */
bool selection_is_needed(const struct options *options);

/*
 * Asks what is at paths, which the selection takes over (free(3)), and decides.  selection:
 * all zeros.  Returns 0; -ENOMEM; or a negative errno where the call failed as a whole, and
 * the session says how.  selection_free() is due in any case.
 */
int selection_make(struct selection *selection, const struct options *options,
		   struct msgfetch *session, struct selection_path *paths, size_t count);

/*
 * Fetches what is wanted of all paths whose number is first or more.  Returns 0, also where
 * files failed; -ECANCELED where the sink refused; -ENOMEM.
 */
int selection_fetch(const struct selection *selection, struct msgfetch *session, size_t first,
		    const struct selection_sink *sink);

void selection_free(struct selection *selection);

#endif
