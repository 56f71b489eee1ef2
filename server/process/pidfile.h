/* SPDX-License-Identifier: ISC */
/*
 * pidfile: a file with the daemon's process id, and a lock on the file.
 *
 * Owns the file from start to stop.  Takes only a file that nobody could have planted, because
 * a daemon started as root would overwrite the target of a symbolic or hard link.
 */
#ifndef MSGFETCH_SERVER_PROCESS_PIDFILE_H
#define MSGFETCH_SERVER_PROCESS_PIDFILE_H

#include <sys/types.h>

struct pidfile {
	const char *path; /* not copied */
	int fd;           /* -1: no pid file */
};

/*
 * Opens or makes the file and locks it.  Returns 0; -EEXIST: the process *other holds the
 * lock (0: unknown); -EPERM with the reason in *why: the file is a link, is no regular file,
 * or belongs to another user; or a negative errno.
 */
int pidfile_take(struct pidfile *pidfile, const char *path, pid_t *other, const char **why);

/* Writes the id of this process.  Returns 0 or a negative errno. */
int pidfile_store(const struct pidfile *pidfile);

/* Closes the file in a process that does not keep it. */
void pidfile_leave(struct pidfile *pidfile);

/* Removes the file and closes it. */
void pidfile_drop(struct pidfile *pidfile);

#endif
