/* SPDX-License-Identifier: ISC */
/*
 * cleanup: nothing is left behind, however the command ends.
 *
 * Owns the signal handlers, the exit handler and what they have to know: the
 * session, the one temporary file there may be, and whether a progress line
 * stands on the terminal.  Only the process that called cleanup_install() cleans.
 */
#ifndef MSGFETCH_CLIENT_CLEANUP_H
#define MSGFETCH_CLIENT_CLEANUP_H

#include "client/msgfetch.h"

#include <signal.h>
#include <stdbool.h>

/* Written to the terminal to take a progress line away. */
#define CLEANUP_ERASE_LINE "\r\033[K"

/*
 * Handles the signals that would end the command, but for those that its parent
 * had it ignore: cleans, then dies of the signal.  SIGXFSZ is ignored: the write
 * reports EFBIG.  Returns 0 or a negative errno.
 */
int cleanup_install(void);

/* Holds those signals back, and lets them through again. */
void cleanup_hold(sigset_t *before);
void cleanup_release(const sigset_t *before);

/* The session to clean; NULL: none any more.  Hold the signals while closing one. */
void cleanup_session(struct msgfetch *session);

/*
 * The temporary file to remove.  Call both, and create or rename the file, with
 * the signals held.  Returns 0, or -ENAMETOOLONG past PATH_MAX.
 */
int cleanup_remember_file(const char *path);
void cleanup_forget_file(void);

/* Whether a progress line has to be erased from standard error. */
void cleanup_progress_line(bool shown);

#endif
