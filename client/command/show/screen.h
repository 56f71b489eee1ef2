/* SPDX-License-Identifier: ISC */
/*
 * screen: the whole terminal for a while, and as it was before afterwards.
 *
 * Owns its modes, its size, and the keys that are pressed.  Must not know what is shown.
 */
#ifndef MSGFETCH_COMMAND_SHOW_SCREEN_H
#define MSGFETCH_COMMAND_SHOW_SCREEN_H

#include <signal.h>
#include <stdbool.h>
#include <termios.h>

struct screen {
	struct termios modes; /* of standard input, as they were */
	sigset_t signals;     /* that were held back before */
	bool keys;            /* standard input is a terminal */
	int error;            /* of writing, negative; 0: none yet */
};

/* Whether standard output is a terminal. */
bool screen_is_there(void);

/*
 * Takes standard output, and for keys standard input where that is a terminal, too.  A
 * signal that ends the command gives them back, and so does ^Z until the command goes on.
 * Returns 0 or a negative errno.  One screen at a time.
 */
int screen_open(struct screen *screen);

/* Gives them back.  Returns 0, or a negative errno: not all that was shown got there. */
int screen_close(struct screen *screen);

/* How large it is now; 24 rows of 80 columns where that is not known. */
void screen_size(unsigned *rows, unsigned *columns);

/* Shows text, lines with a newline behind each but the last, in place of what was there. */
void screen_show(struct screen *screen, const char *text);

/*
 * Sleeps until a key is pressed, there is something to draw anew, or milliseconds are
 * over.  Returns the key, 0, or SCREEN_OVER: the terminal is gone.
 */
#define SCREEN_OVER (-1)
int screen_wait(struct screen *screen, unsigned milliseconds);

#endif
