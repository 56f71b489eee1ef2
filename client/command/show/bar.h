/* SPDX-License-Identifier: ISC */
/* bar: the text of a progress line.  Formats only: no clock, no terminal. */
#ifndef MSGFETCH_COMMAND_SHOW_BAR_H
#define MSGFETCH_COMMAND_SHOW_BAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	BAR_MOST_COLUMNS = 512,
	/* Room for a line of that many columns with UTF-8 and color codes. */
	BAR_LINE_SIZE = 4 * BAR_MOST_COLUMNS + 64,
};

struct bar {
	const char *name;    /* printable; of any width */
	size_t index, count; /* number of the file, from 1, and of all files */
	uint64_t done;       /* bytes */
	uint64_t size;       /* bytes; 0: not known */
	double rate;         /* bytes a second; 0: not known */
	bool tree;           /* show the number of files as well */
	uint64_t files;      /* complete files */
};

/*
 * Writes one line of at most columns columns (5 or more), without a newline, to line, which
 * has size bytes:
 *	2/5 pub/debian.iso [======>          ]  42%  1.2 GiB  310 MiB/s   0:05
 * A narrow terminal loses the bar first, then time left, rate and bytes.
 */
void bar_line(char *line, size_t size, const struct bar *bar, unsigned columns, bool color);

/*
 * Writes the same for a log, of any length:
 *	2/5 pub/debian.iso: 42%, 1.2 GiB, 310 MiB/s, 0:05 left
 */
void bar_plain(char *line, size_t size, const struct bar *bar);

#endif
