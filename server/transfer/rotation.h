/* SPDX-License-Identifier: ISC */
/*
 * rotation: decides how a followed file changed: it grew, was truncated, was replaced, or is
 * missing.
 *
 * Pure: takes sizes, makes no system call.  Must not know how changes are noticed.
 */
#ifndef MSGFETCH_SERVER_TRANSFER_ROTATION_H
#define MSGFETCH_SERVER_TRANSFER_ROTATION_H

#include <stdbool.h>
#include <stdint.h>

enum rotation {
	ROTATION_NONE,      /* no bytes to send */
	ROTATION_GREW,      /* the file has bytes past the last one sent */
	ROTATION_TRUNCATED, /* the file is shorter than the bytes sent: it starts over */
	ROTATION_REPLACED,  /* another file has the name, and the old one is sent to its end */
	ROTATION_MISSING,   /* no file is open, and none has the name */
};

/* The files at one moment. */
struct rotation_view {
	bool open;          /* a file is being sent */
	uint64_t size;      /* of that file */
	uint64_t position;  /* in that file: one past the last byte sent */
	bool successor;     /* another file has the name */
	uint64_t next_size; /* of the successor */
};

/*
 * Returns the next step.  While the successor is empty, the old file may still grow: log
 * rotation makes an empty file first, and programs write to the old one until they reopen the
 * name.
 */
enum rotation rotation_decide(const struct rotation_view *view);

#endif
