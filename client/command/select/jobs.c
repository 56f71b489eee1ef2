/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/command/select/jobs.h"

#include "client/command/base/cleanup.h"
#include "client/command/base/report.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static_assert(ATOMIC_LONG_LOCK_FREE == 2, "processes can only share lock-free atomics");

/* State of the process that waits for the jobs. */
struct jobs {
	const struct options *options;
	const struct jobs_calls *calls;
	struct jobs_board *board; /* owned */
	struct report_result result;
	pid_t pids[OPTIONS_MOST_JOBS];
	unsigned count;
	int lock;   /* owned */
	int end[2]; /* owned: a pipe whose write end every job holds open */
};

/*
 * Returns the number of paths to take at once: many at first, as they travel in one request,
 * and few in the end, so that all jobs end at about the same time.
 */
static size_t share_of(size_t left, unsigned jobs)
{
	size_t share = left / (2 * (size_t)jobs);

	return share > 0 ? share : 1;
}

bool jobs_take(struct jobs_part *part, struct options *batch)
{
	const struct options *options = part->options;
	size_t first = atomic_load(&part->board->next), share;

	do {
		if (first >= options->path_count)
			return false;
		share = share_of(options->path_count - first, options->jobs);
	} while (!atomic_compare_exchange_weak(&part->board->next, &first, first + share));
	part->place->before = atomic_load(&part->place->paths);
	atomic_store(&part->place->first, first);
	atomic_store(&part->place->end, first + share);
	*batch = *options;
	batch->paths = options->paths + first;
	batch->path_count = share;
	if (options->earlier != NULL)
		batch->earlier = options->earlier + first;
	return true;
}

/* Releases all resources.  0 marks a closed descriptor, as standard input is always open. */
static void close_all(struct jobs *jobs)
{
	int *const descriptors[] = {&jobs->lock, &jobs->end[0], &jobs->end[1]};

	for (size_t i = 0; i < sizeof(descriptors) / sizeof(descriptors[0]); i++) {
		if (*descriptors[i] > 0)
			close(*descriptors[i]);
		*descriptors[i] = 0;
	}
	if (jobs->board != NULL)
		munmap(jobs->board, sizeof(*jobs->board));
	jobs->board = NULL;
}

/* Creates the resources that the processes share.  Returns 0 or a negative errno. */
static int prepare(struct jobs *jobs)
{
	void *memory = mmap(NULL, sizeof(*jobs->board), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return -errno;
	jobs->board = memory;
	jobs->lock = memfd_create("msgfetch-lines", MFD_CLOEXEC);
	if (jobs->lock < 0 || pipe2(jobs->end, O_CLOEXEC) != 0)
		return -errno;
	return 0;
}

/*
 * Runs one job in the new process.  signals: the mask to restore once the process no longer
 * holds its siblings' pids.  Returns the exit code.
 */
static int become_job(const struct jobs *jobs, pid_t parent, const sigset_t *signals)
{
	struct jobs_part part = {
		.options = jobs->options,
		.board = jobs->board,
		.place = &jobs->board->places[jobs->count],
		.lock = jobs->lock,
	};

	cleanup_forget_children();
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0 || getppid() != parent)
		return MSGFETCH_ERROR;
	cleanup_release(signals);
	return jobs->calls->work(&part);
}

/* Starts one job.  Returns 0 or a negative errno. */
static int start_job(struct jobs *jobs)
{
	pid_t parent = getpid(), child;
	sigset_t before;
	int error = 0;

	cleanup_hold(&before);
	child = fork();
	if (child == 0)
		exit(become_job(jobs, parent, &before));
	if (child > 0) {
		cleanup_add_child(child);
		jobs->pids[jobs->count++] = child;
	} else {
		error = -errno;
	}
	cleanup_release(&before);
	return error;
}

/* Shows the progress of all jobs.  Returns milliseconds until the next call, or -1. */
static int show_progress(struct jobs *jobs)
{
	const struct jobs_calls *calls = jobs->calls;
	bool line = false;
	uint64_t bytes = 0;
	size_t paths = 0;
	int pause;

	for (unsigned i = 0; i < jobs->count; i++) {
		const struct jobs_place *place = &jobs->board->places[i];

		bytes += atomic_load(&place->bytes);
		paths += atomic_load(&place->paths);
	}
	pause = calls->show(calls->context, paths, bytes, &line);
	atomic_store(&jobs->board->line, line);
	return pause;
}

/* Waits until all jobs have ended.  Returns 0 or a negative errno. */
static int await_end(struct jobs *jobs)
{
	struct pollfd wait = {.fd = jobs->end[0]};
	int ready;

	close(jobs->end[1]);
	jobs->end[1] = 0;
	do
		ready = poll(&wait, 1, show_progress(jobs));
	while (ready == 0 || (ready < 0 && errno == EINTR));
	return ready < 0 ? -errno : 0;
}

static void tell_lost(struct jobs *jobs, size_t first, size_t end)
{
	for (size_t i = first; i < end; i++)
		report_line(stderr, jobs->options->paths[i],
			    "not fetched: the job for this path was killed; fetch it again");
	if (first < end)
		report_count(&jobs->result, MSGFETCH_ERROR);
}

/* Counts the exit code of an ended job, and reports its unfinished paths if it was killed. */
static void count_job(struct jobs *jobs, unsigned number, int status)
{
	const struct jobs_place *place = &jobs->board->places[number];
	size_t done = atomic_load(&place->paths) - place->before;

	if (WIFEXITED(status)) {
		report_count(&jobs->result, WEXITSTATUS(status));
		return;
	}
	report_count(&jobs->result, MSGFETCH_ERROR);
	tell_lost(jobs, atomic_load(&place->first) + done, atomic_load(&place->end));
}

/* Reaps all jobs. */
static void reap(struct jobs *jobs)
{
	sigset_t before;

	cleanup_hold(&before);
	for (unsigned i = 0; i < jobs->count; i++) {
		int status = 0;
		pid_t reaped;

		do
			reaped = waitpid(jobs->pids[i], &status, 0);
		while (reaped < 0 && errno == EINTR);
		if (reaped > 0)
			count_job(jobs, i, status);
	}
	cleanup_forget_children();
	cleanup_release(&before);
}

int jobs_run(const struct options *options, const struct jobs_calls *calls)
{
	struct jobs jobs = {.options = options, .calls = calls};
	unsigned most = options->path_count < options->jobs ? (unsigned)options->path_count
							    : options->jobs;
	char reason[128];
	int error = prepare(&jobs);

	while (error == 0 && jobs.count < most)
		error = start_job(&jobs);
	if (jobs.count > 0) { /* fewer jobs than wanted fetch all paths as well */
		error = await_end(&jobs);
		(void)show_progress(&jobs);
		calls->stop(calls->context);
		reap(&jobs);
		tell_lost(&jobs, atomic_load(&jobs.board->next), options->path_count);
	}
	if (error != 0) {
		(void)snprintf(reason, sizeof(reason), "cannot start jobs: %s",
			       strerror(-error));
		report_line(stderr, NULL, reason);
		report_count(&jobs.result, MSGFETCH_ERROR);
	}
	close_all(&jobs);
	return jobs.result.code;
}
