/* SPDX-License-Identifier: ISC */
/*
 * topview: what --top shows, from two looks at the daemon.
 *
 * Owns lines and columns, rates, and the order of workers.  Knows no terminal.
 */
#ifndef MSGFETCH_COMMAND_SHOW_TOPVIEW_H
#define MSGFETCH_COMMAND_SHOW_TOPVIEW_H

#include "client/command/show/status_text.h"

#include <stdio.h>

struct topview {
	const struct status_text *now;
	const struct status_text *before; /* NULL: this is the first look */
	double seconds;                   /* between the two */
	unsigned rows, columns;           /* at most; 0 rows: nothing */
	const char *notice;               /* why now is not of this moment; NULL: it is */
};

/*
 * Writes the screen, line by line, a newline behind each but the last.  Returns 0 or
 * -ENOMEM.
 */
int topview_write(FILE *stream, const struct topview *view);

#endif
