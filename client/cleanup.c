/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/cleanup.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const int deadly[] = {
	SIGHUP,  SIGINT,  SIGQUIT, SIGPIPE, SIGTERM,   SIGALRM,
	SIGUSR1, SIGUSR2, SIGPOLL, SIGXCPU, SIGVTALRM, SIGPROF,
};
enum { DEADLY_COUNT = sizeof(deadly) / sizeof(deadly[0]) };

/* What the handler reads.  The file's name is changed with the signals held only. */
static struct msgfetch *_Atomic open_session;
static volatile sig_atomic_t line_shown;
static volatile sig_atomic_t file_exists;
static char file_path[PATH_MAX];
static pid_t owner;

static_assert(ATOMIC_POINTER_LOCK_FREE == 2, "a handler may only use lock-free atomics");

/* Async-signal-safe.  Keeps errno. */
static void clean(void)
{
	struct msgfetch *session = atomic_load(&open_session);
	int saved = errno;

	if (getpid() != owner)
		return;
	if (session != NULL)
		msgfetch_cleanup(session);
	if (file_exists)
		unlink(file_path);
	file_exists = 0;
	/* Where the terminal is gone nothing needs erasing. */
	if (line_shown &&
	    write(STDERR_FILENO, CLEANUP_ERASE_LINE, strlen(CLEANUP_ERASE_LINE)) < 0)
		errno = 0;
	line_shown = 0;
	errno = saved;
}

static void on_signal(int number)
{
	struct sigaction action = {.sa_handler = SIG_DFL};
	sigset_t set;

	clean();
	sigaction(number, &action, NULL);
	sigemptyset(&set);
	sigaddset(&set, number);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	(void)raise(number);
	_exit(128 + number);
}

static void deadly_set(sigset_t *set)
{
	sigemptyset(set);
	for (size_t i = 0; i < DEADLY_COUNT; i++)
		sigaddset(set, deadly[i]);
}

int cleanup_install(void)
{
	struct sigaction action = {.sa_handler = on_signal};
	struct sigaction ignore = {.sa_handler = SIG_IGN};
	struct sigaction before;

	owner = getpid();
	deadly_set(&action.sa_mask);
	for (size_t i = 0; i < DEADLY_COUNT; i++) {
		if (sigaction(deadly[i], NULL, &before) != 0)
			return -errno;
		if (before.sa_handler == SIG_IGN)
			continue;
		if (sigaction(deadly[i], &action, NULL) != 0)
			return -errno;
	}
	if (sigaction(SIGXFSZ, &ignore, NULL) != 0)
		return -errno;
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

int cleanup_remember_file(const char *path)
{
	if (strlcpy(file_path, path, sizeof(file_path)) >= sizeof(file_path))
		return -ENAMETOOLONG;
	file_exists = 1;
	return 0;
}

void cleanup_forget_file(void)
{
	file_exists = 0;
}

void cleanup_progress_line(bool shown)
{
	line_shown = shown;
}
