/* SPDX-License-Identifier: ISC */
/*
 * screen: takes over the whole terminal for a while and restores it afterwards.
 *
 * Owns terminal modes, size and keys.  Must not know what is shown.
 */
#ifndef MSGFETCH_COMMAND_SHOW_SCREEN_H
#define MSGFETCH_COMMAND_SHOW_SCREEN_H

#include <signal.h>
#include <stdbool.h>
#include <termios.h>

struct screen {
	struct termios modes; /* original modes of standard input */
	sigset_t signals;     /* original signal mask */
	bool keys;            /* standard input is a terminal */
	int error;            /* first negative errno of writing, or 0 */
};

/* Returns whether standard output is a terminal. */
bool screen_is_there(void);

/*
 * Takes over the terminal on standard output, and reads keys if standard input is a terminal.
 * A deadly signal restores the terminal; so does ^Z, until the command continues.  Returns 0
 * or a negative errno.  A process can have one screen.
 */
int screen_open(struct screen *screen);

/* Restores the terminal.  Returns 0, or a negative errno if output was lost. */
int screen_close(struct screen *screen);

/* Gets the current size; 24 rows of 80 columns if not known. */
void screen_size(unsigned *rows, unsigned *columns);

/* Replaces the screen's contents by text, whose lines are separated by newlines. */
void screen_show(struct screen *screen, const char *text);

/*
 * Waits for a key, a new size, or the timeout.  Returns the key, 0, or SCREEN_OVER if the
 * terminal is gone.
 */
#define SCREEN_OVER (-1)
int screen_wait(struct screen *screen, unsigned milliseconds);

#endif
