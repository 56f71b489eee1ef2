/* SPDX-License-Identifier: ISC */
/*
 * listing: names and attributes of files as lines for people.
 *
 * Formats only.  Names of users and groups are those of this system.
 */
#ifndef MSGFETCH_COMMAND_SHOW_LISTING_H
#define MSGFETCH_COMMAND_SHOW_LISTING_H

#include "client/lib/msgfetch.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum {
	LISTING_TIME_SIZE = 48,
	LISTING_OWNER_SIZE = 40,
};

/* How to write names. */
struct listing_manner {
	bool escape; /* escape unprintable characters: for terminals */
	char end;    /* ends each line */
};

/*
 * Returns the style for standard output: names end in a newline, or in a NUL if null is set.
 */
struct listing_manner listing_manner_of_stdout(bool null);

/* Column widths of a long listing.  Initialize to zeros. */
struct listing_widths {
	int owner, group, size;
	bool human; /* sizes have a unit */
};

enum listing_clock {
	LISTING_SHORT,   /* "2026-11-21 03:47", local time */
	LISTING_PRECISE, /* "2026-11-21 03:47:19.123456789 +0000", local time */
	LISTING_UTC,     /* "2026-11-21T03:47:19.123456789Z" */
};

/* Formats a time; "?" if the calendar cannot express it. */
void listing_time(char buffer[LISTING_TIME_SIZE], int64_t mtime_ns, enum listing_clock clock);

/* Format the name of a user or group, cut to size, or the number if there is no name. */
void listing_user(char buffer[LISTING_OWNER_SIZE], uint32_t uid);
void listing_group(char buffer[LISTING_OWNER_SIZE], uint32_t gid);

/* Returns "file", "directory", "link", "fifo", "socket", "device" or "special file". */
const char *listing_kind(uint32_t mode);

/* Widens the columns to fit file. */
void listing_measure(struct listing_widths *widths, const struct msgfetch_file *file);

/* Writes a name alone. */
void listing_name(FILE *stream, const struct listing_manner *manner, const char *name);

/* Writes a line as ls -l does: "-rw-r--r-- root root 1234 2026-11-21 03:47 NAME -> LINK". */
void listing_long(FILE *stream, const struct listing_manner *manner,
		  const struct listing_widths *widths, const struct msgfetch_file *file,
		  const char *name);

/* Writes all attributes of path, one per line. */
void listing_stat(FILE *stream, const struct listing_manner *manner,
		  const struct msgfetch_file *file, const char *path);

#endif
