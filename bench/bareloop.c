/* SPDX-License-Identifier: ISC */
/*
 * bareloop: a forking server over message queues that does nothing else.
 *
 *	bareloop [-c CLIENTS] [-n REQUESTS]
 *
 * The server calls msgrcv and fork, its child msgsnd and exit; no file is opened and
 * nothing is checked.  Each client calls msgsnd and msgrcv, REQUESTS times.  Prints one
 * line of JSON with the names of load's figures.  The time that msgfetchd needs beyond
 * bareloop's is the price of safety.
 */
#include "config.h"

#include "bench/crowd.h"
#include "bench/number.h"
#include "common/sysv/queue.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { REPLY_BYTES = 1024, TYPE = 1, EXIT_USAGE = 2 };
enum { DEFAULT_CLIENTS = 8, DEFAULT_REQUESTS = 500, MOST_REQUESTS = 100000000 };

struct bare {
	unsigned clients;
	int requests; /* the queue that the server reads */
	int *replies; /* a queue for each client */
	int reply;    /* of the client, in the client's process */
};

/* Makes the parent end the clients and clean up. */
static volatile sig_atomic_t stop_signal;

static void on_signal(int number)
{
	stop_signal = number;
}

static void answer(const struct message *request)
{
	struct message reply = {.type = TYPE};
	int queue;

	memcpy(&queue, request->text, sizeof(queue));
	_exit(queue_send(queue, &reply, REPLY_BYTES, true) == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}

/* Serves until the queue is removed. */
static int serve(int requests)
{
	static struct message request;

	for (;;) {
		ssize_t length = queue_receive(requests, &request, 0, true);
		pid_t pid;

		if (length == -EINTR)
			continue;
		if (length < (ssize_t)sizeof(int))
			return length == -EIDRM ? EXIT_SUCCESS : EXIT_FAILURE;
		pid = fork();
		if (pid == 0)
			answer(&request);
		if (pid < 0) {
			perror("bareloop: fork");
			queue_remove(requests); /* wakes the clients */
			return EXIT_FAILURE;
		}
	}
}

/* Returns the server's pid or a negative errno. */
static pid_t start_server(int requests)
{
	pid_t parent = getpid(), pid = fork();

	if (pid != 0)
		return pid > 0 ? pid : -errno;
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	signal(SIGCHLD, SIG_IGN); /* the kernel reaps */
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0 || getppid() != parent)
		_exit(EXIT_FAILURE);
	_exit(serve(requests));
}

static int client_open(void *context, unsigned client, struct crowd_count *count)
{
	struct bare *bare = context;

	(void)count;
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	bare->reply = bare->replies[client];
	return 0;
}

static unsigned client_ask(void *context, uint64_t number)
{
	static struct message message;
	const struct bare *bare = context;
	ssize_t length;

	(void)number;
	message.type = TYPE;
	memcpy(message.text, &bare->reply, sizeof(bare->reply));
	if (queue_send(bare->requests, &message, sizeof(bare->reply), true) != 0)
		return 1;
	length = queue_receive(bare->reply, &message, 0, true);
	return length == REPLY_BYTES ? 0 : 1;
}

static void client_close(void *context)
{
	(void)context;
}

static void remove_queues(const struct bare *bare)
{
	if (bare->requests >= 0)
		queue_remove(bare->requests);
	for (unsigned i = 0; i < bare->clients && bare->replies[i] >= 0; i++)
		queue_remove(bare->replies[i]);
}

static int create_queues(struct bare *bare)
{
	memset(bare->replies, -1, bare->clients * sizeof(*bare->replies));
	bare->requests = queue_create_private();
	if (bare->requests < 0)
		return bare->requests;
	for (unsigned i = 0; i < bare->clients; i++) {
		bare->replies[i] = queue_create_private();
		if (bare->replies[i] < 0)
			return bare->replies[i];
	}
	return 0;
}

static int run(struct bare *bare, uint64_t requests, struct crowd_result *result)
{
	struct crowd_plan plan = {
		.clients = bare->clients,
		.requests = requests,
		.warm_up = true,
		.open = client_open,
		.ask = client_ask,
		.close = client_close,
		.context = bare,
		.stop = &stop_signal,
	};
	int error = create_queues(bare);
	pid_t server = error == 0 ? start_server(bare->requests) : error;

	if (server > 0)
		error = crowd_run(&plan, result);
	else
		error = server;
	remove_queues(bare);
	if (server > 0) {
		while (waitpid(server, NULL, 0) < 0 && errno == EINTR)
			;
	}
	return error;
}

/* Installs the handler without SA_RESTART, so that a signal ends the wait for clients. */
static void catch_signals(void)
{
	struct sigaction action = {.sa_handler = on_signal};

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

static int usage(void)
{
	fputs("usage: bareloop [-c CLIENTS] [-n REQUESTS]\n", stderr);
	return EXIT_USAGE;
}

static int report(const struct crowd_result *result, int error)
{
	const struct latency *latency = &result->total.latency;
	uint64_t failed = latency->count - result->total.outcomes[0];

	if (stop_signal != 0)
		return 128 + (int)stop_signal;
	if (error != 0) {
		fprintf(stderr, "bareloop: cannot run: %s\n", strerror(-error));
		return EXIT_FAILURE;
	}
	printf("{\"requests\": %ju, \"failed\": %ju, \"lost_clients\": %u, \"seconds\": "
	       "%.6f}\n",
	       (uintmax_t)latency->count, (uintmax_t)failed, result->lost, result->seconds);
	return failed == 0 && result->lost == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char *argv[])
{
	uint64_t clients = DEFAULT_CLIENTS, requests = DEFAULT_REQUESTS;
	struct crowd_result result = {0};
	struct bare bare = {0};
	int option, error = 0;

	while ((option = getopt(argc, argv, "c:n:")) != -1) {
		if (option == 'c')
			error |= number_parse(optarg, CROWD_CLIENTS_MAX, &clients);
		else if (option == 'n')
			error |= number_parse(optarg, MOST_REQUESTS, &requests);
		else
			error = -EINVAL;
	}
	if (error != 0 || optind != argc)
		return usage();
	bare.clients = (unsigned)clients;
	bare.replies = calloc(bare.clients, sizeof(*bare.replies));
	if (bare.replies == NULL)
		return report(&result, -ENOMEM);
	catch_signals();
	error = run(&bare, requests, &result);
	free(bare.replies);
	return report(&result, error);
}
