/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/process/priority.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>

/*
 * Seconds of processor time up to the first signal; the kernel repeats the signal every
 * second.
 */
#define FIRST_S 1u
#define LOWEST_S 4

static struct rlimit limit;
static volatile sig_atomic_t seconds;

/* Without effect where the worker already has a lower priority. */
static void lower(int signal)
{
	int saved = errno;

	(void)signal;
	if (seconds < LOWEST_S)
		seconds++;
	(void)setpriority(PRIO_PROCESS, 0, seconds < LOWEST_S ? PRIORITY_LOW : PRIORITY_LOWEST);
	errno = saved;
}

int priority_open(void)
{
	const struct sigaction action = {.sa_handler = lower, .sa_flags = SA_RESTART};

	if (getrlimit(RLIMIT_CPU, &limit) != 0 || sigaction(SIGXCPU, &action, NULL) != 0)
		return -errno;
	if (limit.rlim_cur > FIRST_S)
		limit.rlim_cur = FIRST_S;
	return 0;
}

void priority_watch(void)
{
	/* A worker without a watch only keeps its priority. */
	(void)setrlimit(RLIMIT_CPU, &limit);
}
