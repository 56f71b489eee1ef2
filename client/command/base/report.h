/* SPDX-License-Identifier: ISC */
/*
 * report: formats lines for people, and combines exit codes.  Must not know what is fetched.
 */
#ifndef MSGFETCH_COMMAND_BASE_REPORT_H
#define MSGFETCH_COMMAND_BASE_REPORT_H

#include "client/lib/msgfetch.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* The exit code of a usage error.  All others are those of enum msgfetch_outcome. */
#define REPORT_USAGE 2

/* The reason why a directory is not fetched without --recursive. */
#define REPORT_DIRECTORY "is a directory; -r fetches it, -l lists it"

/* The combined exit code of all paths so far.  Starts as all zeros. */
struct report_result {
	int code;
};

/* Adds the exit code of one path. */
void report_count(struct report_result *result, int code);

/* Returns the name of an exit code for programs, such as "ok" or "not-found". */
const char *report_name(int code);

/*
 * Writes "msgfetch: PATH: text" and a newline.  path: NULL for none; this function escapes
 * path.  text: printable.
 */
void report_line(FILE *stream, const char *path, const char *text);

/* The amount fetched for a path. */
struct report_amount {
	bool tree;      /* files is set */
	uint64_t files; /* complete files */
	uint64_t bytes;
	double seconds; /* not negative */
};

/*
 * Formats "123 MiB in 0.1 s, 1.2 GiB/s", with "1,234 files, " in front for a tree.  Truncates
 * at size bytes.
 */
void report_summary(char *buffer, size_t size, const struct report_amount *amount);

#endif
