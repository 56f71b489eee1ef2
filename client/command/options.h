/* SPDX-License-Identifier: ISC */
/*
 * options: what the command line asks for, checked as a whole before anything is
 * done.  Prints nothing but the help.
 */
#ifndef MSGFETCH_COMMAND_OPTIONS_H
#define MSGFETCH_COMMAND_OPTIONS_H

#include "client/command/progress.h"
#include "client/lib/msgfetch.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum options_action {
	OPTIONS_FETCH,
	OPTIONS_PING,
	OPTIONS_HELP,
	OPTIONS_VERSION,
};

/* Strings belong to argv. */
struct options {
	enum options_action action;
	struct msgfetch_options session;
	const char *output;    /* the one file to write; NULL: standard output */
	const char *directory; /* keep remote names there; NULL: do not */
	bool recursive;
	bool preserve;
	enum progress_wish progress;
	bool quiet;
	bool verbose;
	char **paths;
	size_t path_count;
};

/*
 * Reads argv, which it may reorder.  key: the value of MSGFETCH_KEY, or NULL.
 * Returns 0; -EINVAL and *error, a line for people to be freed by the caller; or
 * -ENOMEM.  With 0, action FETCH has at least one path, and paths that keep their
 * remote names have different ones; recursive has a directory or a file to go to.
 */
int options_parse(struct options *options, int argc, char *argv[], const char *key,
		  char **error);

void options_help(FILE *stream);

#endif
