/* SPDX-License-Identifier: ISC */
/*
 * bar: what a progress line says.  Formats only: no clock, no terminal.
 */
#ifndef MSGFETCH_COMMAND_SHOW_BAR_H
#define MSGFETCH_COMMAND_SHOW_BAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	BAR_MOST_COLUMNS = 512,
	/* Room for a line of that many columns, UTF-8 and colour included. */
	BAR_LINE_SIZE = 4 * BAR_MOST_COLUMNS + 64,
};

struct bar {
	const char *name;    /* printable; of any width */
	size_t index, count; /* the file's number among count, from 1 */
	uint64_t done;       /* bytes */
	uint64_t size;       /* bytes; 0: not known */
	double rate;         /* bytes a second; 0: not known */
	bool tree;           /* files are counted, too */
	uint64_t files;      /* complete */
};

/*
 * Writes one line of at most columns (5 or more) columns, without a newline, to
 * line, cut at size bytes:
 *	2/5 pub/debian.iso [======>          ]  42%  1.2 GiB  310 MiB/s   0:05
 * On a narrow terminal the bar goes first, then time left, rate and bytes.
 */
void bar_line(char *line, size_t size, const struct bar *bar, unsigned columns, bool colour);

/* The same for a log, of any length: "2/5 pub/debian.iso: 42%, 1.2 GiB, 310 MiB/s, 0:05 left".
 */
void bar_plain(char *line, size_t size, const struct bar *bar);

#endif
