/* SPDX-License-Identifier: ISC */
/*
 * topview: the text that --top shows, from two states of the daemon.
 *
 * Owns lines and columns, rates, and the order of workers.  Must not know the terminal.
 */
#ifndef MSGFETCH_COMMAND_SHOW_TOPVIEW_H
#define MSGFETCH_COMMAND_SHOW_TOPVIEW_H

#include "client/command/show/status_text.h"

#include <stdio.h>

struct topview {
	const struct status_text *now;
	const struct status_text *before; /* NULL: now is the first state */
	double seconds;                   /* between the two */
	unsigned rows, columns;           /* size of the screen; 0 rows: write nothing */
	const char *notice;               /* reason why now is outdated, or NULL */
};

/*
 * Writes the screen line by line, with a newline after each line but the last.  Returns 0 or
 * -ENOMEM.
 */
int topview_write(FILE *stream, const struct topview *view);

#endif
