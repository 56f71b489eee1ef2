/* SPDX-License-Identifier: ISC */
/*
 * pairs: times one command, or two in turns.
 *
 *	pairs [-n ROUNDS] [-w WARM-UPS] [-l SECONDS] [-b SECONDS] [-r PATH]...
 *	      -- COMMAND... [-- COMMAND...]
 *
 * Runs A B A B ..., so that a disturbance of the machine affects both.  A time is that
 * of the whole command, from before posix_spawn(3) to after wait4(2).  Standard input
 * and output are /dev/null.  -r removes PATH with all its content before each run,
 * outside the time.  -l limits the time of a run, -b the start of the last round.
 * Prints a line for each run except warm-ups:
 *
 *	ROUND COMMAND SECONDS USER SYSTEM KIBIBYTES VOLUNTARY INVOLUNTARY
 *
 * COMMAND is 0 or 1.  The other columns are the command's times, its maximum memory and
 * its context switches.  Ends at the first command that fails.
 */
#include "config.h"

#include "bench/number.h"
#include "common/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { EXIT_USAGE = 2, MOST_REMOVED = 8, WALK_DESCRIPTORS = 16 };
enum { MOST_ROUNDS = 1000000, MOST_SECONDS = 86400 };
enum { DEFAULT_ROUNDS = 7, DEFAULT_WARM_UPS = 1, DEFAULT_LIMIT = 60, DEFAULT_BUDGET = 600 };

struct plan {
	uint64_t rounds, warm_ups;
	uint64_t limit;  /* of one run, in seconds */
	uint64_t budget; /* the latest start of a round, in seconds */
	const char *removed[MOST_REMOVED];
	unsigned removed_count;
	char **commands[2];
	unsigned command_count;
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
};

/* The running command, for the signal handler; 0: none. */
static volatile sig_atomic_t running;
static volatile sig_atomic_t stop_signal;

static void on_signal(int number)
{
	stop_signal = number;
	if (running > 0)
		kill((pid_t)running, SIGTERM);
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
	(void)status;
	(void)kind;
	(void)walk;
	return remove(path) == 0 || errno == ENOENT ? 0 : errno;
}

static int remove_targets(const struct plan *plan)
{
	for (unsigned i = 0; i < plan->removed_count; i++) {
		struct stat status;
		int error = 0;

		if (lstat(plan->removed[i], &status) != 0) {
			error = errno == ENOENT ? 0 : errno;
		} else {
			error = nftw(plan->removed[i], remove_one, WALK_DESCRIPTORS,
				     FTW_DEPTH | FTW_PHYS);
			error = error == -1 ? errno : error;
		}
		if (error != 0) {
			fprintf(stderr, "pairs: cannot remove %s: %s\n", plan->removed[i],
				strerror(error));
			return -error;
		}
	}
	return 0;
}

/* Returns the time of a run in ns, or a negative errno if the run failed to start. */
static int64_t run_timed(const struct plan *plan, char **command, int *status,
			 struct rusage *usage)
{
	uint64_t begin = clock_ns();
	pid_t pid, got;
	int error = posix_spawnp(&pid, command[0], &plan->files, &plan->attributes, command,
				 environ);

	if (error != 0)
		return -error;
	running = pid;
	if (stop_signal != 0)
		kill(pid, SIGTERM);
	do
		got = wait4(pid, status, 0, usage);
	while (got < 0 && errno == EINTR);
	running = 0;
	return got == pid ? (int64_t)(clock_ns() - begin) : -errno;
}

/* Reports a failed command.  Returns whether the command succeeded. */
static bool ended_well(const struct plan *plan, const char *name, int64_t ns, int status)
{
	if (ns < 0)
		fprintf(stderr, "pairs: cannot run %s: %s\n", name, strerror((int)-ns));
	else if (stop_signal == SIGALRM)
		fprintf(stderr, "pairs: %s: not done after %ju s\n", name,
			(uintmax_t)plan->limit);
	else if (stop_signal != 0)
		fprintf(stderr, "pairs: stopped\n");
	else if (WIFSIGNALED(status))
		fprintf(stderr, "pairs: %s: killed by signal %d\n", name, WTERMSIG(status));
	else if (WEXITSTATUS(status) != 0)
		fprintf(stderr, "pairs: %s: exit status %d\n", name, WEXITSTATUS(status));
	else
		return true;
	return false;
}

static double seconds(const struct timeval *time)
{
	return (double)time->tv_sec + (double)time->tv_usec / 1e6;
}

static bool run_one(const struct plan *plan, unsigned index, uint64_t round, bool print)
{
	char **command = plan->commands[index];
	struct rusage usage = {0};
	int status = 0;
	int64_t ns;

	if (remove_targets(plan) != 0)
		return false;
	alarm((unsigned)plan->limit);
	ns = run_timed(plan, command, &status, &usage);
	alarm(0);
	if (!ended_well(plan, command[0], ns, status))
		return false;
	if (print)
		printf("%ju %u %.9f %.6f %.6f %ld %ld %ld\n", (uintmax_t)round, index,
		       (double)ns / 1e9, seconds(&usage.ru_utime), seconds(&usage.ru_stime),
		       usage.ru_maxrss, usage.ru_nvcsw, usage.ru_nivcsw);
	return true;
}

static bool run_all(const struct plan *plan)
{
	uint64_t last = clock_ns() + plan->budget * 1000000000u;
	uint64_t rounds = plan->warm_ups + plan->rounds;

	for (uint64_t round = 0; round < rounds; round++) {
		bool print = round >= plan->warm_ups;

		if (round > plan->warm_ups && clock_ns() > last)
			break;
		for (unsigned index = 0; index < plan->command_count; index++) {
			if (!run_one(plan, index, round - plan->warm_ups, print))
				return false;
		}
	}
	return fflush(stdout) == 0;
}

/* ---- the command line */

static int usage(void)
{
	fputs("usage: pairs [-n ROUNDS] [-w WARM-UPS] [-l SECONDS] [-b SECONDS] [-r PATH]...\n"
	      "             -- COMMAND... [-- COMMAND...]\n",
	      stderr);
	return EXIT_USAGE;
}

static int take_option(struct plan *plan, int option)
{
	switch (option) {
	case 'n':
		return number_parse(optarg, MOST_ROUNDS, &plan->rounds);
	case 'w':
		return number_parse(optarg, MOST_ROUNDS, &plan->warm_ups);
	case 'l':
		return number_parse(optarg, MOST_SECONDS, &plan->limit);
	case 'b':
		return number_parse(optarg, MOST_SECONDS, &plan->budget);
	case 'r':
		if (plan->removed_count == MOST_REMOVED)
			return -E2BIG;
		plan->removed[plan->removed_count++] = optarg;
		return 0;
	default:
		return -EINVAL;
	}
}

/* Splits the arguments after the options into one command or two. */
static int take_commands(struct plan *plan, char **words)
{
	char **word = words;

	plan->commands[plan->command_count++] = words;
	while (*word != NULL && strcmp(*word, "--") != 0)
		word++;
	if (*word != NULL) {
		*word = NULL;
		plan->commands[plan->command_count++] = word + 1;
	}
	for (unsigned i = 0; i < plan->command_count; i++) {
		if (plan->commands[i][0] == NULL)
			return -EINVAL;
	}
	return 0;
}

static int parse(struct plan *plan, int argc, char *argv[])
{
	int option, error = 0;

	while (error == 0 && (option = getopt(argc, argv, "+n:w:l:b:r:")) != -1)
		error = take_option(plan, option);
	return error == 0 ? take_commands(plan, argv + optind) : error;
}

static void catch_signals(void)
{
	struct sigaction action = {.sa_handler = on_signal};

	sigaction(SIGALRM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

/* Prepares the files and attributes of the commands.  Returns 0 or an errno. */
static int prepare(struct plan *plan)
{
	int error = posix_spawnattr_init(&plan->attributes);

	if (error == 0)
		error = posix_spawn_file_actions_init(&plan->files);
	if (error == 0)
		error = posix_spawn_file_actions_addopen(&plan->files, STDIN_FILENO,
							 "/dev/null", O_RDONLY, 0);
	if (error == 0)
		error = posix_spawn_file_actions_addopen(&plan->files, STDOUT_FILENO,
							 "/dev/null", O_WRONLY, 0);
	return error;
}

int main(int argc, char *argv[])
{
	struct plan plan = {
		.rounds = DEFAULT_ROUNDS,
		.warm_ups = DEFAULT_WARM_UPS,
		.limit = DEFAULT_LIMIT,
		.budget = DEFAULT_BUDGET,
	};
	int error;
	bool done;

	if (parse(&plan, argc, argv) != 0)
		return usage();
	error = prepare(&plan);
	if (error != 0) {
		fprintf(stderr, "pairs: cannot start: %s\n", strerror(error));
		return EXIT_FAILURE;
	}
	catch_signals();
	done = run_all(&plan);
	posix_spawn_file_actions_destroy(&plan.files);
	posix_spawnattr_destroy(&plan.attributes);
	return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
