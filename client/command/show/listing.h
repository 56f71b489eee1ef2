/* SPDX-License-Identifier: ISC */
/*
 * listing: what is known of files, as lines for people.  Formats only; names of users and
 * groups are those of this system.
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

/* How names are written. */
struct listing_manner {
	bool escape; /* what cannot be printed; for terminals */
	char end;    /* behind each line */
};

/* That of names on standard output, each followed by a newline, or by a NUL where null. */
struct listing_manner listing_manner_of_stdout(bool null);

/* How wide the columns of a long listing have to be.  Starts as all zeros. */
struct listing_widths {
	int owner, group, size;
};

enum listing_clock {
	LISTING_SHORT,   /* "2026-11-21 03:47", local time */
	LISTING_PRECISE, /* "2026-11-21 03:47:19.123456789 +0000", local time */
	LISTING_UTC,     /* "2026-11-21T03:47:19.123456789Z" */
};

/* "?" for a time that no calendar has. */
void listing_time(char buffer[LISTING_TIME_SIZE], int64_t mtime_ns, enum listing_clock clock);

/* The name of a user or group, or the number where this system has none; cut. */
void listing_user(char buffer[LISTING_OWNER_SIZE], uint32_t uid);
void listing_group(char buffer[LISTING_OWNER_SIZE], uint32_t gid);

/* "file", "directory", "link", "fifo", "socket", "device" or "special file". */
const char *listing_kind(uint32_t mode);

/* Widens the columns to what file needs. */
void listing_measure(struct listing_widths *widths, const struct msgfetch_file *file);

/* A name alone. */
void listing_name(FILE *stream, const struct listing_manner *manner, const char *name);

/* A line as ls -l writes it: "-rw-r--r-- root root 1234 2026-11-21 03:47 NAME -> LINK". */
void listing_long(FILE *stream, const struct listing_manner *manner,
		  const struct listing_widths *widths, const struct msgfetch_file *file,
		  const char *name);

/* All that is known of path, in a line each. */
void listing_stat(FILE *stream, const struct listing_manner *manner,
		  const struct msgfetch_file *file, const char *path);

#endif
