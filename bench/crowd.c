/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "bench/crowd.h"

#include "common/clock.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* The parent's state while clients run. */
struct crowd {
	const struct crowd_plan *plan;
	struct crowd_count *counts; /* shared; one a client */
	pid_t *pids;
	unsigned started;
	int ready[2]; /* a pipe: each client writes a byte and closes the pipe */
	int start[2]; /* a pipe: closing the parent's end starts the clients */
};

static ssize_t read_byte(int fd)
{
	ssize_t got;
	char byte;

	do
		got = read(fd, &byte, 1);
	while (got < 0 && errno == EINTR);
	return got;
}

/* Returns whether the parent still wants the client to run. */
static bool await_start(const struct crowd *crowd, struct crowd_count *count)
{
	ssize_t sent;

	count->ready = true;
	do
		sent = write(crowd->ready[1], "", 1);
	while (sent < 0 && errno == EINTR);
	close(crowd->ready[1]);
	return sent == 1 && read_byte(crowd->start[0]) == 0;
}

static void ask_all(const struct crowd_plan *plan, struct crowd_count *count)
{
	uint64_t now = clock_ns();
	uint64_t last_begin = plan->duration_ns > 0 ? now + plan->duration_ns : UINT64_MAX;

	for (uint64_t i = 0; (plan->requests == 0 || i < plan->requests) && now < last_begin;
	     i++) {
		uint64_t begin = now;
		unsigned outcome = plan->ask(plan->context, i);

		now = clock_ns();
		latency_add(&count->latency, now - begin);
		count->outcomes[outcome < CROWD_OUTCOMES ? outcome : CROWD_OUTCOMES - 1]++;
	}
	count->end_ns = now;
}

static int be_client(const struct crowd *crowd, unsigned client, pid_t parent)
{
	const struct crowd_plan *plan = crowd->plan;
	struct crowd_count *count = &crowd->counts[client];

	close(crowd->ready[0]);
	close(crowd->start[1]);
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0 || getppid() != parent)
		return EXIT_FAILURE;
	if (plan->open(plan->context, client, count) != 0)
		return EXIT_FAILURE;
	if (plan->warm_up)
		(void)plan->ask(plan->context, 0);
	count->bytes = 0;
	count->notices = 0;
	if (await_start(crowd, count))
		ask_all(plan, count);
	plan->close(plan->context);
	return EXIT_SUCCESS;
}

static int start_clients(struct crowd *crowd)
{
	pid_t parent = getpid();

	while (crowd->started < crowd->plan->clients) {
		pid_t pid = fork();

		if (pid < 0)
			return crowd->started > 0 ? 0 : -errno;
		if (pid == 0)
			_exit(be_client(crowd, crowd->started, parent));
		crowd->pids[crowd->started++] = pid;
	}
	return 0;
}

/* Ends the clients from the given one on, which are not reaped yet. */
static void end_clients(const struct crowd *crowd, unsigned first)
{
	for (unsigned i = first; i < crowd->started; i++)
		kill(crowd->pids[i], SIGTERM);
}

static void await_clients(const struct crowd *crowd, struct crowd_result *result)
{
	for (unsigned i = 0; i < crowd->started; i++) {
		pid_t got;
		int status;

		do {
			if (*crowd->plan->stop != 0)
				end_clients(crowd, i);
			got = waitpid(crowd->pids[i], &status, 0);
		} while (got < 0 && errno == EINTR);
		if (got < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != EXIT_SUCCESS)
			result->lost++;
	}
	result->lost += crowd->plan->clients - crowd->started;
}

static void add_up(const struct crowd *crowd, uint64_t start_ns, struct crowd_result *result)
{
	uint64_t end_ns = start_ns;

	for (unsigned i = 0; i < crowd->started; i++) {
		const struct crowd_count *count = &crowd->counts[i];

		latency_merge(&result->total.latency, &count->latency);
		for (unsigned outcome = 0; outcome < CROWD_OUTCOMES; outcome++)
			result->total.outcomes[outcome] += count->outcomes[outcome];
		result->total.bytes += count->bytes;
		result->total.notices += count->notices;
		if (count->end_ns > end_ns)
			end_ns = count->end_ns;
	}
	result->seconds = (double)(end_ns - start_ns) / 1e9;
}

/* Forks and counts the clients.  The pipes are open. */
static int run(struct crowd *crowd, struct crowd_result *result)
{
	int error = start_clients(crowd);
	uint64_t start_ns;

	close(crowd->ready[1]);
	close(crowd->start[0]);
	for (unsigned i = 0; i < crowd->started; i++) {
		if (read_byte(crowd->ready[0]) != 1)
			break; /* the remaining clients have died */
	}
	start_ns = clock_ns();
	close(crowd->start[1]);
	close(crowd->ready[0]);
	await_clients(crowd, result);
	if (error == 0)
		add_up(crowd, start_ns, result);
	return error;
}

int crowd_run(const struct crowd_plan *plan, struct crowd_result *result)
{
	struct crowd crowd = {.plan = plan};
	size_t size = plan->clients * sizeof(*crowd.counts);
	int error = -ENOMEM;
	void *shared;

	memset(result, 0, sizeof(*result));
	shared = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return -errno;
	crowd.counts = shared;
	crowd.pids = calloc(plan->clients, sizeof(*crowd.pids));
	if (crowd.pids == NULL)
		goto out;
	error = pipe(crowd.ready) == 0 ? 0 : -errno;
	if (error != 0)
		goto out;
	error = pipe(crowd.start) == 0 ? 0 : -errno;
	if (error == 0) {
		error = run(&crowd, result);
	} else {
		close(crowd.ready[0]);
		close(crowd.ready[1]);
	}
out:
	free(crowd.pids);
	munmap(shared, size);
	return error;
}
