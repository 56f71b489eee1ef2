/* SPDX-License-Identifier: ISC */
/*
 * cleanup: removes temporary objects however the command ends.
 *
 * Owns the signal handlers, the exit handler and their state: the session, the temporary
 * file, the staging directory, lent permissions, and the terminal's progress line or screen.
 * Only the process that called cleanup_install() cleans.
 *
 * The signal handler cleans by async-signal-safe calls, and never returns to the command.  So
 * the command creates nothing during the removal.
 */
#ifndef MSGFETCH_COMMAND_BASE_CLEANUP_H
#define MSGFETCH_COMMAND_BASE_CLEANUP_H

#include "client/lib/msgfetch.h"

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>
#include <termios.h>

/* Upper bound of registered children. */
enum { CLEANUP_MOST_CHILDREN = 64 };

/* Erases a progress line on a terminal. */
#define CLEANUP_ERASE_LINE "\r\033[K"

/* Restores a terminal's main screen and its cursor. */
#define CLEANUP_LEAVE_SCREEN "\033[?25h\033[?1049l"

/*
 * Installs handlers for the signals that end the command, except those that the parent
 * process ignores.  The handler cleans, then raises the signal again with its default action.
 * A second signal aborts the removal of a large tree, but not within the first second, as
 * shells and timeout(1) send two signals.  Ignores SIGXFSZ, so that write(2) fails with EFBIG.
 * Returns 0 or a negative errno.
 */
int cleanup_install(void);

/* Block these signals, and restore the mask saved in *before. */
void cleanup_hold(sigset_t *before);
void cleanup_release(const sigset_t *before);

/* Sets the session to clean; NULL: none.  The caller holds the signals while closing one. */
void cleanup_session(struct msgfetch *session);

/*
 * Sets the temporary file to remove: name, relative to directory (AT_FDCWD or a descriptor
 * that stays open).  The caller remembers the file before creating it, and forgets it after
 * renaming it; the random name keeps other files safe in between.  Returns 0 or
 * -ENAMETOOLONG.
 */
int cleanup_remember_file(int directory, const char *name);
void cleanup_forget_file(void);

/* The same for a directory and its contents. */
int cleanup_remember_tree(const char *path);
void cleanup_forget_tree(void);

/* Upper bound of directories with lent permissions. */
enum { CLEANUP_MOST_LENT = 64 };

/*
 * Remembers the mode that a directory, open as a descriptor, has to get back, on a stack.  The
 * descriptor stays open until the mode is popped.  Returns 0, or -ENOBUFS if the stack is full.
 */
int cleanup_push_mode(int directory, mode_t mode);

/* Sets the mode pushed last, and forgets it. */
void cleanup_pop_mode(void);

/*
 * Adds a process to end with SIGTERM, and to wait for, before this process ends.  The caller
 * holds the signals from fork(2) on.  Children, and the parent after reaping all of them,
 * forget the list with the signals held.
 */
void cleanup_add_child(pid_t child);
void cleanup_forget_children(void);

/* Sets whether a progress line stands on standard error. */
void cleanup_progress_line(bool shown);

/*
 * Registers the alternate screen on standard output.  before: the modes to restore on
 * standard input's terminal, or NULL.
 */
void cleanup_screen(const struct termios *before);
void cleanup_no_screen(void);

#endif
