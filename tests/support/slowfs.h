/* SPDX-License-Identifier: ISC */
/*
 * slowfs: a file system that misbehaves as one over a network may, when it is told to.
 *
 * Owns the mount, a process that speaks the FUSE protocol (no library) and the faults.  Must
 * not know msgfetch.  In it, always: "file", "large", and "tree" with "first", the directory
 * "sub" with "inner", and "last".
 */
#ifndef MSGFETCH_TESTS_SUPPORT_SLOWFS_H
#define MSGFETCH_TESTS_SUPPORT_SLOWFS_H

#include <stdbool.h>
#include <stdint.h>

#define SLOWFS_LARGE (6 << 20) /* more than a ring, and what is read ahead */
#define SLOWFS_SMALL 5000

/* What goes wrong from now on; all 0: nothing. */
struct slowfs_faults {
	_Atomic bool hold;          /* what is held is not answered until this ends */
	_Atomic bool hold_look_ups; /* of "large", too */
	_Atomic unsigned delay_ms;  /* of each read of "large" */
	_Atomic uint64_t from;      /* reads of "large" from here on fail or are held */
	_Atomic int read_error;     /* an errno */
	_Atomic int look_up_error;  /* of "large" */
	_Atomic int list_error;     /* when "sub" is read */
	_Atomic bool uncached;      /* files opened from now on are read past the page cache */
	_Atomic unsigned held;      /* out: how many requests wait */
};

/* Mounts it at directory, which must be there.  False where that is not possible here. */
bool slowfs_mount(const char *directory);

/* Unmounts it.  What still waits for it fails. */
void slowfs_unmount(void);

/* Shared with the process that answers. */
struct slowfs_faults *slowfs_faults(void);

/* Writes what "large" holds to a file of this name. */
void slowfs_copy_large(const char *name);

#endif
