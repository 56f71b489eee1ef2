/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/command/base/cleanup.h"

#include "client/command/base/rmtree.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const int deadly[] = {
	SIGHUP,  SIGINT,  SIGQUIT, SIGPIPE, SIGTERM,   SIGALRM,
	SIGUSR1, SIGUSR2, SIGPOLL, SIGXCPU, SIGVTALRM, SIGPROF,
};
enum { DEADLY_COUNT = sizeof(deadly) / sizeof(deadly[0]) };

/* State of the handler.  A name does not change while its mark is set. */
static struct msgfetch *_Atomic open_session;
static volatile sig_atomic_t line_shown;
static volatile sig_atomic_t screen_shown;
static volatile sig_atomic_t modes_changed;
static struct termios modes_before;
static volatile sig_atomic_t file_exists;
static volatile sig_atomic_t tree_exists;
static char file_name[PATH_MAX];
static int file_directory;
static char tree_path[PATH_MAX];
static struct {
	int directory;
	mode_t mode;
} lent[CLEANUP_MOST_LENT];
static volatile sig_atomic_t lent_count;
static pid_t children[CLEANUP_MOST_CHILDREN];
static volatile sig_atomic_t child_count;
static pid_t owner;

/* Time of the first signal: seconds, monotonic. */
static volatile sig_atomic_t dying;
static time_t dying_since;

static_assert(ATOMIC_POINTER_LOCK_FREE == 2, "a handler may only use lock-free atomics");

/* Ends the children, which clean up by themselves. */
static void end_children(void)
{
	for (int i = 0; i < child_count; i++)
		kill(children[i], SIGTERM);
	for (int i = 0; i < child_count; i++) {
		while (waitpid(children[i], NULL, 0) < 0 && errno == EINTR)
			;
	}
	child_count = 0;
}

/* Restores the terminal.  Ignores errors: a terminal that is gone needs no repair. */
static void clean_terminal(void)
{
	if (line_shown &&
	    write(STDERR_FILENO, CLEANUP_ERASE_LINE, strlen(CLEANUP_ERASE_LINE)) < 0)
		errno = 0;
	line_shown = 0;
	if (screen_shown &&
	    write(STDOUT_FILENO, CLEANUP_LEAVE_SCREEN, strlen(CLEANUP_LEAVE_SCREEN)) < 0)
		errno = 0;
	screen_shown = 0;
	if (modes_changed)
		tcsetattr(STDIN_FILENO, TCSANOW, &modes_before);
	modes_changed = 0;
}

/* Restores the modes of directories, the innermost first.  Their files are removed by now. */
static void restore_modes(void)
{
	while (lent_count > 0)
		cleanup_pop_mode();
}

/* Async-signal-safe.  Keeps errno. */
static void clean(void)
{
	struct msgfetch *session = atomic_load(&open_session);
	int saved = errno;

	if (getpid() != owner)
		return;
	end_children();
	if (session != NULL)
		msgfetch_cleanup(session);
	if (file_exists)
		unlinkat(file_directory, file_name, 0);
	file_exists = 0;
	restore_modes();
	clean_terminal();
	if (tree_exists)
		rmtree(tree_path);
	tree_exists = 0;
	errno = saved;
}

static void die(int number)
{
	struct sigaction action = {.sa_handler = SIG_DFL};

	sigaction(number, &action, NULL);
	(void)raise(number);
	_exit(128 + number);
}

static time_t seconds(void)
{
	struct timespec now = {0};

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

static void on_signal(int number)
{
	if (!dying) {
		dying_since = seconds();
		dying = 1;
		clean();
		die(number);
	}
	if (seconds() > dying_since + 1)
		die(number);
}

static void deadly_set(sigset_t *set)
{
	sigemptyset(set);
	for (size_t i = 0; i < DEADLY_COUNT; i++)
		sigaddset(set, deadly[i]);
}

int cleanup_install(void)
{
	/* SA_NODEFER: a second signal has to reach the handler during the removal. */
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_NODEFER};
	struct sigaction ignore = {.sa_handler = SIG_IGN};
	struct sigaction before;
	sigset_t mask;
	int error = 0;

	owner = getpid();
	sigemptyset(&action.sa_mask);
	cleanup_hold(&mask); /* an ignored signal must not meet the handler in between */
	for (size_t i = 0; i < DEADLY_COUNT && error == 0; i++) {
		if (sigaction(deadly[i], &action, &before) != 0 ||
		    (before.sa_handler == SIG_IGN && sigaction(deadly[i], &ignore, NULL) != 0))
			error = -errno;
	}
	if (error == 0 && sigaction(SIGXFSZ, &ignore, NULL) != 0)
		error = -errno;
	cleanup_release(&mask);
	if (error != 0)
		return error;
	return atexit(clean) == 0 ? 0 : -ENOMEM;
}

void cleanup_hold(sigset_t *before)
{
	sigset_t set;

	deadly_set(&set);
	pthread_sigmask(SIG_BLOCK, &set, before);
}

void cleanup_release(const sigset_t *before)
{
	pthread_sigmask(SIG_SETMASK, before, NULL);
}

void cleanup_session(struct msgfetch *session)
{
	atomic_store(&open_session, session);
}

/* Copies name, then sets the mark: the handler may run between the two. */
static int remember(char kept[PATH_MAX], const char *name, volatile sig_atomic_t *mark)
{
	if (strlcpy(kept, name, PATH_MAX) >= PATH_MAX)
		return -ENAMETOOLONG;
	atomic_signal_fence(memory_order_seq_cst);
	*mark = 1;
	return 0;
}

int cleanup_remember_file(int directory, const char *name)
{
	file_directory = directory;
	return remember(file_name, name, &file_exists);
}

void cleanup_forget_file(void)
{
	file_exists = 0;
}

int cleanup_remember_tree(const char *path)
{
	return remember(tree_path, path, &tree_exists);
}

void cleanup_forget_tree(void)
{
	tree_exists = 0;
}

int cleanup_push_mode(int directory, mode_t mode)
{
	if (lent_count == CLEANUP_MOST_LENT)
		return -ENOBUFS;
	lent[lent_count].directory = directory;
	lent[lent_count].mode = mode;
	atomic_signal_fence(memory_order_seq_cst);
	lent_count++;
	return 0;
}

void cleanup_pop_mode(void)
{
	int last = lent_count - 1;

	/* The handler may restore the mode as well, which does no harm. */
	(void)fchmod(lent[last].directory, lent[last].mode);
	lent_count = last;
}

void cleanup_add_child(pid_t child)
{
	if (child_count < CLEANUP_MOST_CHILDREN)
		children[child_count++] = child;
}

void cleanup_forget_children(void)
{
	child_count = 0;
}

void cleanup_progress_line(bool shown)
{
	line_shown = shown;
}

void cleanup_screen(const struct termios *before)
{
	if (before != NULL)
		modes_before = *before;
	atomic_signal_fence(memory_order_seq_cst);
	modes_changed = before != NULL;
	screen_shown = 1;
}

void cleanup_no_screen(void)
{
	screen_shown = 0;
	modes_changed = 0;
}
