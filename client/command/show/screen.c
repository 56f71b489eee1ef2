/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/command/show/screen.h"

#include "client/command/base/cleanup.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#define ENTER "\033[?1049h\033[?25l" /* alternate screen, cursor hidden */
#define HOME "\033[H"
#define ERASE_LINE "\033[K"
#define ERASE_BELOW "\033[J"

enum { USUAL_ROWS = 24, USUAL_COLUMNS = 80 };

/* Set by the handler of SIGTSTP. */
static volatile sig_atomic_t stop_wanted;

static void note(int number)
{
	if (number == SIGTSTP)
		stop_wanted = 1; /* SIGWINCH only interrupts ppoll() */
}

static void write_all(struct screen *screen, const char *text)
{
	size_t length = strlen(text);

	while (length > 0 && screen->error == 0) {
		ssize_t written = write(STDOUT_FILENO, text, length);

		if (written < 0 && errno != EINTR)
			screen->error = -errno;
		if (written > 0) {
			text += written;
			length -= (size_t)written;
		}
	}
}

/* Shows the alternate screen and reads keys unbuffered, without echo.  ^C and ^Z stay signals.
 */
static int enter(struct screen *screen)
{
	struct termios modes = screen->modes;

	cleanup_screen(screen->keys ? &screen->modes : NULL);
	modes.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	modes.c_cc[VMIN] = 0;
	modes.c_cc[VTIME] = 0;
	if (screen->keys && tcsetattr(STDIN_FILENO, TCSANOW, &modes) != 0)
		return -errno;
	write_all(screen, ENTER);
	return screen->error;
}

static void leave(struct screen *screen)
{
	write_all(screen, CLEANUP_LEAVE_SCREEN);
	if (screen->keys)
		tcsetattr(STDIN_FILENO, TCSANOW, &screen->modes);
	cleanup_no_screen();
}

/* If the parent ignores SIGTSTP, no shell would continue this process after a stop. */
static int watch_signals(sigset_t *held_before)
{
	struct sigaction action = {.sa_handler = note};
	struct sigaction before;
	sigset_t watched;

	sigemptyset(&watched);
	sigaddset(&watched, SIGWINCH);
	sigaddset(&watched, SIGTSTP);
	sigemptyset(&action.sa_mask);
	if (sigprocmask(SIG_BLOCK, &watched, held_before) != 0 ||
	    sigaction(SIGWINCH, &action, NULL) != 0 || sigaction(SIGTSTP, NULL, &before) != 0)
		return -errno;
	if (before.sa_handler != SIG_IGN && sigaction(SIGTSTP, &action, NULL) != 0)
		return -errno;
	return 0;
}

bool screen_is_there(void)
{
	return isatty(STDOUT_FILENO) != 0;
}

int screen_open(struct screen *screen)
{
	int error;

	*screen = (struct screen){0};
	screen->keys =
		isatty(STDIN_FILENO) != 0 && tcgetattr(STDIN_FILENO, &screen->modes) == 0;
	error = watch_signals(&screen->signals);
	if (error != 0)
		return error;
	error = enter(screen);
	if (error != 0)
		(void)screen_close(screen);
	return error;
}

int screen_close(struct screen *screen)
{
	leave(screen);
	sigprocmask(SIG_SETMASK, &screen->signals, NULL);
	return screen->error;
}

void screen_size(unsigned *rows, unsigned *columns)
{
	struct winsize size;
	bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0;

	*rows = known && size.ws_row > 0 ? size.ws_row : USUAL_ROWS;
	*columns = known && size.ws_col > 0 ? size.ws_col : USUAL_COLUMNS;
}

void screen_show(struct screen *screen, const char *text)
{
	write_all(screen, HOME);
	while (*text != '\0' && screen->error == 0) {
		size_t length = strcspn(text, "\n");
		char line[4096];

		(void)snprintf(line, sizeof(line), "%.*s" ERASE_LINE "%s", (int)length, text,
			       text[length] == '\n' ? "\n" : "");
		write_all(screen, line);
		text += length + (text[length] == '\n' ? 1 : 0);
	}
	write_all(screen, ERASE_BELOW);
}

/* Stops on ^Z and leaves the terminal to the shell until SIGCONT. */
static void stop_until_continued(struct screen *screen)
{
	stop_wanted = 0;
	leave(screen);
	(void)raise(SIGSTOP);
	(void)enter(screen);
}

static int read_key(void)
{
	unsigned char key;

	return read(STDIN_FILENO, &key, 1) == 1 ? key : SCREEN_OVER;
}

int screen_wait(struct screen *screen, unsigned milliseconds)
{
	struct pollfd keys = {.fd = screen->keys ? STDIN_FILENO : -1, .events = POLLIN};
	struct timespec limit = {.tv_sec = milliseconds / 1000,
				 .tv_nsec = (long)(milliseconds % 1000) * 1000000};
	int ready = ppoll(&keys, 1, &limit, &screen->signals);

	if (stop_wanted)
		stop_until_continued(screen);
	if (screen->error != 0)
		return SCREEN_OVER;
	return ready > 0 ? read_key() : 0;
}
