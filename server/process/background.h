/* SPDX-License-Identifier: ISC */
/*
 * background: detaches the daemon from its terminal.
 *
 * Owns the fork and the pipe between the started process and the daemon.  The started
 * process exits when the daemon is ready, or with the daemon's exit status.  Must not know
 * what the daemon does.
 */
#ifndef MSGFETCH_SERVER_PROCESS_BACKGROUND_H
#define MSGFETCH_SERVER_PROCESS_BACKGROUND_H

struct pidfile;

struct background {
	int ready; /* pipe to the started process; -1: none */
};

/*
 * Opens /dev/null as each standard descriptor that is closed.  Otherwise the next file would
 * get its number, and the log would be written to this file.  Returns 0 or a negative errno.
 */
int background_fill_standard(void);

/*
 * Continues in a new process that leads a new session.  Closes all inherited descriptors but
 * the standard ones and pid_file, whose locks would outlive the program that started the
 * daemon. The started process closes pid_file and waits: it exits with 0 at background_ready(),
 * or with the exit status of the new process if that ends first.  Returns 0 in the new process,
 * or a negative errno.
 */
int background_enter(struct background *background, struct pidfile *pid_file);

/*
 * Lets the started process exit with status 0, changes to / and opens /dev/null as stdin,
 * stdout and stderr.  Does nothing in the foreground.  Returns 0 or a negative errno.
 */
int background_ready(struct background *background);

#endif
