/* SPDX-License-Identifier: ISC */
/*
 * file watch: wakes a worker when a file, or the file that its name leads to, may have changed.
 *
 * Owns inotify(7): watches on up to two files, and on each directory of the path to them.
 * Where the kernel cannot report every change (NFS, FUSE, a symbolic link in the path, a
 * directory without read permission, no /proc, no watches left), the caller looks once in
 * FILE_WATCH_POLL_MS.  Must not know what changed.
 */
#ifndef MSGFETCH_SERVER_TRANSFER_FILE_WATCH_H
#define MSGFETCH_SERVER_TRANSFER_FILE_WATCH_H

#include <stdbool.h>
#include <stddef.h>

#define FILE_WATCH_POLL_MS 1000

/* Directories of a path that are watched; a deeper path is looked at now and then. */
#define FILE_WATCH_DIRECTORIES 16u

struct file_watch_name {
	int watch;        /* of a directory */
	const char *name; /* a component of the path in that directory */
	size_t length;    /* of name, bytes */
};

struct file_watch {
	int fd; /* inotify; -1: none */
	struct file_watch_name names[FILE_WATCH_DIRECTORIES];
	unsigned count;     /* of names */
	int files[2];       /* watches; -1: none */
	bool names_covered; /* every change of a name is seen */
	bool files_covered;
};

/* Prepares a watch without any files.  Never fails: without inotify, the caller polls. */
void file_watch_open(struct file_watch *watch);

/*
 * Watches the directories of path, which is relative to directory and must outlive the watch.
 * Call before the file is opened, so that no change of its name is missed.
 */
void file_watch_names(struct file_watch *watch, int directory, const char *path);

/*
 * Watches the files open at first and second (-1: none) instead of those before.  Call before
 * their sizes are read, so that no change is missed.
 */
void file_watch_files(struct file_watch *watch, int first, int second);

/* Returns how long to wait for the watch: FILE_WATCH_POLL_MS, or -1: until there is an event.
 */
int file_watch_timeout(const struct file_watch *watch);

/*
 * Takes all events.  Returns true if the name may lead to another file now, or if the kernel
 * does not report every change; false if only bytes of the file changed.
 */
bool file_watch_take(struct file_watch *watch);

void file_watch_close(struct file_watch *watch);

#endif
