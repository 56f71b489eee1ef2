/* SPDX-License-Identifier: ISC */
/*
 * outcomes: how each file ended, as lines for programs on standard output.
 *
 * Owns the two forms, JSON objects and lines of digests, and the lines of the path at
 * hand, which are held back until it is known that it does not start over.
 */
#ifndef MSGFETCH_COMMAND_SHOW_OUTCOMES_H
#define MSGFETCH_COMMAND_SHOW_OUTCOMES_H

#include "client/lib/msgfetch.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum outcomes_form {
	OUTCOMES_NONE,
	OUTCOMES_JSON,
	OUTCOMES_DIGESTS,
};

/* A digest that msgfetch computed.  bytes is borrowed.  length 0: no digest. */
struct outcome_digest {
	enum msgfetch_digest kind;
	const uint8_t *bytes;
	size_t length; /* at most 32 */
};

/* Starts as all zeros but for form. */
struct outcomes {
	enum outcomes_form form;
	FILE *lines;   /* owned: those held back; NULL: none yet */
	char *text;    /* owned: what was written to it */
	size_t length; /* of text */
	int error;     /* the first negative errno */
	int lock;      /* a descriptor to lock while writing; 0: none else writes */
};

/* One file, or a path as a whole. */
struct outcome {
	const char *path;  /* the whole of it */
	const char *file;  /* the local name; NULL: there is none */
	uint32_t mode;     /* st_mode; 0: not known */
	uint64_t bytes;    /* of a directory: all together */
	uint64_t files;    /* of a directory: complete ones */
	int code;          /* the exit code of this file alone */
	const char *what;  /* NULL: what code is called; else "skipped" and the like */
	const char *error; /* why it failed, or was skipped; NULL: it did not */
	double seconds;    /* of a path as a whole; below 0: not measured */
	struct outcome_digest digest;
};

/* Adds a line, where the form has one for it. */
void outcomes_add(struct outcomes *outcomes, const struct outcome *outcome);

/* The path at hand starts over, or nothing more is to be said: forgets its lines. */
void outcomes_restart(struct outcomes *outcomes);

/*
 * Writes what was held back to standard output.  Returns 0, or the first negative errno
 * that there was since the last call.
 */
int outcomes_flush(struct outcomes *outcomes);

/*
 * Writes digest and name as a line that sha256sum(1) or xxhsum(1) can check.  Escapes newlines,
 * carriage returns and backslashes in name as sha256sum does; xxhsum knows no escapes and
 * rejects such a line.
 */
void outcomes_write_digest(FILE *stream, const struct outcome_digest *digest, const char *name);

#endif
