/* SPDX-License-Identifier: ISC */
/*
 * slowfs: a file system with the faults of a network file system, on demand.
 *
 * Owns the mount, a process that speaks the FUSE protocol (without a library) and the faults.
 * Must not know msgfetch.  Always holds "file", "large", and "tree" with "first", the
 * directory "sub" with "inner", and "last".
 */
#ifndef MSGFETCH_TESTS_SUPPORT_SLOWFS_H
#define MSGFETCH_TESTS_SUPPORT_SLOWFS_H

#include <stdbool.h>
#include <stdint.h>

#define SLOWFS_LARGE (6 << 20) /* more than a ring and the read-ahead hold */
#define SLOWFS_SMALL 5000

/* The faults from now on; all 0: no fault. */
struct slowfs_faults {
	_Atomic bool hold;          /* hold reads of "large" until this is false */
	_Atomic bool hold_look_ups; /* hold look-ups of "large", too */
	_Atomic unsigned delay_ms;  /* of each read of "large" */
	_Atomic uint64_t from;     /* the first offset in "large" whose read fails or is held */
	_Atomic int read_error;    /* an errno */
	_Atomic int look_up_error; /* of "large" */
	_Atomic int list_error;    /* of reading the directory "sub" */
	_Atomic bool uncached;     /* bypass the page cache for files opened from now on */
	_Atomic unsigned held;     /* out: the number of requests held */
};

/* Mounts the file system at an existing directory.  Returns false if mounting is not allowed.
 */
bool slowfs_mount(const char *directory);

/* Unmounts the file system.  Waiting requests fail. */
void slowfs_unmount(void);

/* Returns the faults, which the answering process shares. */
struct slowfs_faults *slowfs_faults(void);

/* Writes the content of "large" to a file of this name. */
void slowfs_copy_large(const char *name);

#endif
