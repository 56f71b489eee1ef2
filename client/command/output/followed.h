/* SPDX-License-Identifier: ISC */
/*
 * followed: writes the bytes of a followed file to standard output.
 *
 * Owns the headers between several files, the lines of --json, and the notes about truncated
 * and replaced files.  Must not know how a file is followed.
 */
#ifndef MSGFETCH_COMMAND_OUTPUT_FOLLOWED_H
#define MSGFETCH_COMMAND_OUTPUT_FOLLOWED_H

#include "client/command/cli/optionset.h"
#include "client/lib/msgfetch.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of a character that its other bytes still have to complete. */
enum { FOLLOWED_SPLIT = 3 };

struct followed {
	const struct options *options;
	const char *path;
	size_t number;           /* of the path, from 0 */
	_Atomic size_t *current; /* 1 + number of the path written last; 0: none */
	int lock;                /* a descriptor to lock while writing; 0: none */
	bool begun;
	struct msgfetch_stamp stamp; /* of the file */
	char split[FOLLOWED_SPLIT];  /* with --json: the start of a character */
	size_t split_length;
};

/*
 * Follows paths[number] of options, until an error or the end of the process.  current is
 * shared by all processes that follow.  Reports a failure.  Returns the exit code.
 */
int followed_run(const struct options *options, size_t number, _Atomic size_t *current,
		 int lock, struct msgfetch *session);

#endif
