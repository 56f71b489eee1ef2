/* SPDX-License-Identifier: ISC */
/*
 * background: a daemon detached from its terminal, and its pid file.
 *
 * Owns the way from the shell's child to a process of its own.  Whoever started it
 * gets control back once the daemon is ready, with its verdict as exit status.
 */
#ifndef MSGFETCH_SERVER_PROCESS_BACKGROUND_H
#define MSGFETCH_SERVER_PROCESS_BACKGROUND_H

struct pidfh;

struct background {
	int ready; /* the pipe to the process that was started; -1: none */
};

/*
 * Goes on in a new process, session leader of its own.
 * The first process stays until background_ready(), or the end of the new one,
 * whose exit status it passes on; it lets go of pid_file, which may be NULL.  Returns 0 in the
 * new process, or a negative errno.
 */
int background_enter(struct background *background, struct pidfh *pid_file);

/*
 * Lets the first process exit with status 0, makes / the working directory and
 * points stdin, stdout and stderr at /dev/null.  Nothing happens in the foreground.
 * Returns 0 or a negative errno.
 */
int background_ready(struct background *background);

#endif
