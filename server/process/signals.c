/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/process/signals.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

static volatile sig_atomic_t child_flag, reload_flag, tick_flag, stop_count, stops_seen;
static volatile sig_atomic_t wake_target = -1, wake_sent, sleeping;

/* Set before any handler is installed. */
static int (*send_wake)(int waker);

static const int caught[] = {SIGCHLD, SIGHUP, SIGALRM, SIGTERM, SIGINT};

#define CAUGHT (sizeof(caught) / sizeof(caught[0]))

/* Sends a WAKE unless one is in the queue.  Handlers block each other: no race. */
static void wake(void)
{
	if (sleeping && !wake_sent && send_wake(wake_target) == 0)
		wake_sent = 1;
}

static void handle(int signal)
{
	int saved = errno;

	switch (signal) {
	case SIGCHLD:
		child_flag = 1;
		break;
	case SIGHUP:
		reload_flag = 1;
		break;
	case SIGALRM:
		tick_flag = 1;
		break;
	default:
		stop_count = stop_count + 1;
		break;
	}
	wake();
	errno = saved;
}

int signals_catch(int waker, int (*wake_call)(int waker))
{
	struct sigaction action = {.sa_handler = handle};
	struct sigaction ignore = {.sa_handler = SIG_IGN};

	wake_target = waker;
	send_wake = wake_call;
	/* No SA_RESTART: msgrcv(2) ignores it, and all other calls loop on EINTR. */
	sigfillset(&action.sa_mask);
	for (size_t i = 0; i < CAUGHT; i++)
		if (sigaction(caught[i], &action, NULL) != 0)
			return -errno;
	/* A log at its size limit loses lines; SIGXFSZ would kill the daemon. */
	if (sigaction(SIGXFSZ, &ignore, NULL) != 0)
		return -errno;
	return sigaction(SIGPIPE, &ignore, NULL) == 0 ? 0 : -errno;
}

struct signals signals_take(void)
{
	struct signals seen;

	/* Each flag is cleared before the daemon acts: a new signal sets the flag again. */
	seen.child = child_flag;
	if (seen.child)
		child_flag = 0;
	seen.reload = reload_flag;
	if (seen.reload)
		reload_flag = 0;
	seen.tick = tick_flag;
	if (seen.tick)
		tick_flag = 0;
	stops_seen = stop_count;
	seen.stops = (unsigned)stops_seen;
	return seen;
}

bool signals_may_sleep(void)
{
	/* Announce first, then check: a signal in between sends a WAKE. */
	sleeping = 1;
	if (!child_flag && !reload_flag && !tick_flag && stop_count == stops_seen)
		return true;
	sleeping = 0;
	return false;
}

void signals_awake(void)
{
	if (sleeping)
		sleeping = 0;
}

bool signals_woken(void)
{
	bool ours = wake_sent;

	wake_sent = 0;
	return ours;
}

void signals_tick_every(unsigned milliseconds)
{
	struct timeval period = {
		.tv_sec = milliseconds / 1000,
		.tv_usec = (long)(milliseconds % 1000) * 1000,
	};
	struct itimerval timer = {.it_interval = period, .it_value = period};

	/* Cannot fail: the values are in range (setitimer(2)). */
	setitimer(ITIMER_REAL, &timer, NULL);
}

void signals_block(void)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
}

void signals_unblock(void)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

void signals_become_worker(void)
{
	/*
	 * Zeros in the kernel's layouts: SIG_DFL without flags, and an empty signal set.  The
	 * C library's functions would cost each worker two more pages.
	 */
	static const size_t set_bytes = (size_t)_NSIG / 8;
	const unsigned long nothing[16] = {0};

	/* Removing the handlers would cost a system call each: let them wake nobody. */
	if (sleeping)
		sleeping = 0;
	syscall(SYS_rt_sigaction, SIGTERM, nothing, NULL, set_bytes);
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, nothing, NULL, set_bytes);
}
