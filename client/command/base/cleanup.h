/* SPDX-License-Identifier: ISC */
/*
 * cleanup: nothing is left behind, however the command ends.
 *
 * Owns the signal handlers, the exit handler and what they have to know: the
 * session, the one temporary file and the one staging directory there may be, and
 * whether a progress line stands on the terminal, or another screen.  Only the process that
 * called cleanup_install() cleans.
 *
 * The handler does all of it itself, by async-signal-safe means: the command stands
 * still meanwhile and never goes on, so nothing is added to what is being removed.
 */
#ifndef MSGFETCH_COMMAND_BASE_CLEANUP_H
#define MSGFETCH_COMMAND_BASE_CLEANUP_H

#include "client/lib/msgfetch.h"

#include <signal.h>
#include <stdbool.h>
#include <termios.h>

/* So many processes at most. */
enum { CLEANUP_MOST_CHILDREN = 64 };

/* Written to the terminal to take a progress line away. */
#define CLEANUP_ERASE_LINE "\r\033[K"

/* Written to it to have its own screen and cursor back. */
#define CLEANUP_LEAVE_SCREEN "\033[?25h\033[?1049l"

/*
 * Handles the signals that would end the command, but for those that its parent
 * had it ignore: cleans, then dies of the signal.  Another one that comes while a
 * large tree is being removed ends that at once; but not in the first second, as
 * shells and timeout(1) send two.  SIGXFSZ is ignored: the write reports EFBIG.
 * Returns 0 or a negative errno.
 */
int cleanup_install(void);

/* Holds those signals back, and lets them through again. */
void cleanup_hold(sigset_t *before);
void cleanup_release(const sigset_t *before);

/* The session to clean; NULL: none any more.  Hold the signals while closing one. */
void cleanup_session(struct msgfetch *session);

/*
 * The temporary file to remove: name, relative to directory (AT_FDCWD or a descriptor
 * that stays open).  Remember it before it is made, and forget it after it was renamed:
 * its name is random, so that in between nobody else's file can have it.
 * Returns 0, or -ENAMETOOLONG past PATH_MAX.
 */
int cleanup_remember_file(int directory, const char *name);
void cleanup_forget_file(void);

/* The same for a directory with all that will be in it. */
int cleanup_remember_tree(const char *path);
void cleanup_forget_tree(void);

/*
 * Processes to end with SIGTERM, and to wait for, before this one does.  Hold the signals
 * from fork(2) on; forget them all, with the signals held, once they have ended, and in a
 * child.
 */
void cleanup_add_child(pid_t child);
void cleanup_forget_children(void);

/* Whether a progress line has to be erased from standard error. */
void cleanup_progress_line(bool shown);

/*
 * The terminal on standard output shows another screen now: give it back, with
 * CLEANUP_LEAVE_SCREEN, and the modes before, if not NULL, to that on standard input.
 */
void cleanup_screen(const struct termios *before);
void cleanup_no_screen(void);

#endif
