/* SPDX-License-Identifier: ISC */
/*
 * report: how a run is told: the lines for people, the exit status for scripts.
 * It decides and formats; what happened is for others to know.
 */
#ifndef MSGFETCH_COMMAND_BASE_REPORT_H
#define MSGFETCH_COMMAND_BASE_REPORT_H

#include "client/lib/msgfetch.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Exit codes the command gives of its own; the rest are enum msgfetch_outcome. */
enum {
	REPORT_OK = MSGFETCH_OK,
	REPORT_ERROR = MSGFETCH_ERROR,
	REPORT_USAGE = 2,
	REPORT_CHANGED = MSGFETCH_CHANGED,
	REPORT_OUTPUT = MSGFETCH_OUTPUT,
	REPORT_RANGE = 11,
};

/* The exit codes of the paths so far, as one.  Starts as all zeros. */
struct report_tally {
	int code;
};

/* Counts in how one path ended: REPORT_OK or any exit code. */
void report_count(struct report_tally *tally, int code);

/* An exit code as programs are told: "ok", "not-found"... */
const char *report_name(int code);

/*
 * Writes "msgfetch: PATH: text" and a newline.  path: NULL where the line is
 * about none; escaped here.  text: printable already.
 */
void report_line(FILE *stream, const char *path, const char *text);

/* What a path came to. */
struct report_amount {
	bool tree;      /* files were counted, too */
	uint64_t files; /* complete */
	uint64_t bytes;
	double seconds; /* not negative */
};

/* Writes "123 MiB in 0.1 s, 1.2 GiB/s", or "1,234 files, 56 MiB in...", cut at size. */
void report_summary(char *buffer, size_t size, const struct report_amount *amount);

#endif
