/* SPDX-License-Identifier: ISC */
/*
 * outcomes: the result of each file, as lines for programs on standard output.
 *
 * Owns the two formats, JSON objects and digest lines.  Holds the lines of a path back until
 * its transfer can no longer start over.
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

/* A file's digest. */
struct outcome_digest {
	enum msgfetch_digest kind;
	const uint8_t *bytes; /* not owned */
	size_t length;        /* at most 32; 0: no digest */
};

/* Initialize to zeros except form. */
struct outcomes {
	enum outcomes_form form;
	FILE *lines;   /* held lines; owned; NULL: none yet */
	char *text;    /* their text; owned */
	size_t length; /* of text */
	int error;     /* the first negative errno */
	int lock;      /* descriptor to lock while writing; 0: no other process writes */
};

/* The result of one file, or of a path as a whole. */
struct outcome {
	const char *path;   /* whole remote path */
	const char *file;   /* local name; NULL: none */
	uint32_t mode;      /* st_mode; 0: not known */
	uint64_t bytes;     /* for a directory, the sum of its files */
	uint64_t files;     /* complete files of a directory */
	int code;           /* the exit code for this file alone */
	const char *result; /* "skipped", "planned", "left-out"; NULL: the name of code */
	const char *error;  /* reason of a failure or a skip; NULL: none */
	double seconds;     /* duration of a whole path; negative: not measured */
	struct outcome_digest digest;
	bool grew; /* the file grew during the transfer */
};

/* Adds a line, unless the format has none for this outcome. */
void outcomes_add(struct outcomes *outcomes, const struct outcome *outcome);

/* Discards the held lines: the path starts over. */
void outcomes_restart(struct outcomes *outcomes);

/*
 * Writes the held lines to standard output.  Returns 0, or the first negative errno since the
 * last call.
 */
int outcomes_flush(struct outcomes *outcomes);

/*
 * Writes digest and name as a line that sha256sum(1) or xxhsum(1) can check.  Escapes newlines,
 * carriage returns and backslashes in name as sha256sum does; xxhsum knows no escapes and
 * rejects such a line.
 */
void outcomes_write_digest(FILE *stream, const struct outcome_digest *digest, const char *name);

#endif
