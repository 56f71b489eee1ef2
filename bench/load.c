/* SPDX-License-Identifier: ISC */
/*
 * load: runs many clients of libmsgfetch at once, and times their requests.
 *
 *	load [-k KEY] [-c CLIENTS] [-n REQUESTS | -t SECONDS] [-r BYTES] [-R RETRIES]
 *	     [-j] PATH...
 *
 * Each client is a process with its own session.  A client requests one PATH after the
 * other, repeatedly, until it has made REQUESTS requests or SECONDS have passed.
 * -r slows each client down to BYTES per second.  -R sets the number of retries in the
 * library.  -j prints one line of JSON.  Uses only the public header of the library.
 */
#include "config.h"

#include "bench/crowd.h"
#include "bench/number.h"
#include "client/lib/msgfetch.h"
#include "common/clock.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { EXIT_USAGE = 2 };
enum { DEFAULT_CLIENTS = 8, DEFAULT_REQUESTS = 500 };
enum { MOST_REQUESTS = 100000000, MOST_SECONDS = 3600, MOST_RETRIES = 1000000 };

struct load {
	struct msgfetch_options session;
	char **paths;
	uint64_t path_count;
	uint64_t clients;
	uint64_t requests;
	uint64_t seconds;
	uint64_t rate; /* bytes a second; 0: no limit */
	bool json;
};

/* A client, in a process of its own. */
struct client {
	const struct load *load;
	struct crowd_count *count;
	uint64_t begin_ns; /* start of the request */
	uint64_t bytes;    /* received for the request */
};

static const char *const outcome_names[CROWD_OUTCOMES] = {
	[MSGFETCH_OK] = "ok",
	[MSGFETCH_ERROR] = "error",
	[MSGFETCH_NO_DAEMON] = "no_daemon",
	[MSGFETCH_UNTRUSTED] = "untrusted",
	[MSGFETCH_NOT_FOUND] = "not_found",
	[MSGFETCH_DENIED] = "denied",
	[MSGFETCH_CHANGED] = "changed",
	[MSGFETCH_TIMED_OUT] = "timed_out",
	[MSGFETCH_OUTPUT] = "sink",
	[MSGFETCH_BUSY] = "busy",
};

/* Set in the parent after a signal, to end the clients. */
static volatile sig_atomic_t stop_signal;

/* Kernel objects that a client's signal handler removes. */
static struct msgfetch *volatile open_session;

static void on_signal(int number)
{
	stop_signal = number;
}

static void on_client_signal(int number)
{
	if (open_session != NULL)
		msgfetch_cleanup(open_session);
	_exit(128 + number);
}

static void on_notice(void *context, const char *text)
{
	struct client *client = context;

	(void)text;
	client->count->notices++;
}

static void catch_signals(void (*handler)(int))
{
	struct sigaction action = {.sa_handler = handler};

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

/* ---- a client */

static int client_open(void *context, unsigned number, struct crowd_count *count)
{
	struct client *client = context;
	struct msgfetch_options options = client->load->session;
	struct msgfetch *session;
	int error;

	(void)number;
	client->count = count;
	options.notice = on_notice;
	options.notice_context = client;
	catch_signals(on_client_signal);
	error = msgfetch_open(&session, &options);
	if (error == 0)
		open_session = session;
	return error;
}

static void client_close(void *context)
{
	struct msgfetch *session = open_session;

	(void)context;
	open_session = NULL;
	msgfetch_close(session);
}

static int on_begin(void *context, const struct msgfetch_file *file)
{
	(void)context;
	(void)file;
	return 0;
}

/* Sleeps until the bytes received are within the rate. */
static void keep_to_rate(const struct client *client)
{
	double due = (double)client->bytes / (double)client->load->rate;
	double ahead = due - (double)(clock_ns() - client->begin_ns) / 1e9;
	struct timespec pause;

	if (ahead <= 0)
		return;
	pause.tv_sec = (time_t)ahead;
	pause.tv_nsec = (long)((ahead - (double)pause.tv_sec) * 1e9);
	while (nanosleep(&pause, &pause) != 0 && errno == EINTR)
		;
}

static int on_data(void *context, const void *bytes, size_t length, uint64_t offset)
{
	struct client *client = context;

	(void)bytes;
	(void)offset;
	client->bytes += length;
	client->count->bytes += length;
	if (client->load->rate > 0)
		keep_to_rate(client);
	return 0;
}

static int on_end(void *context, const struct msgfetch_end *end)
{
	(void)context;
	(void)end;
	return 0;
}

static unsigned client_ask(void *context, uint64_t number)
{
	struct client *client = context;
	const struct load *load = client->load;
	const struct msgfetch_sink sink = {.size = sizeof(sink),
					   .context = client,
					   .begin = on_begin,
					   .data = on_data,
					   .end = on_end};
	struct msgfetch *session = open_session;

	client->begin_ns = clock_ns();
	client->bytes = 0;
	if (msgfetch_get(session, load->paths[number % load->path_count], &sink) == 0)
		return MSGFETCH_OK;
	/* A failure counts once, with or without a message. */
	return msgfetch_outcome(session) != MSGFETCH_OK ? msgfetch_outcome(session)
							: MSGFETCH_ERROR;
}

/* ---- the report */

static double microseconds(const struct latency *latency, double part)
{
	return (double)latency_within(latency, part) / 1e3;
}

/* Prints the counts by outcome.  quote: printed around the names. */
static void print_outcomes(const struct crowd_result *result, const char *quote)
{
	const char *separator = "";

	for (unsigned i = 0; i < CROWD_OUTCOMES; i++) {
		const char *name = outcome_names[i] != NULL ? outcome_names[i] : "unknown";

		if (result->total.outcomes[i] == 0)
			continue;
		printf("%s%s%s%s: %ju", separator, quote, name, quote,
		       (uintmax_t)result->total.outcomes[i]);
		separator = ", ";
	}
}

static void print_json(const struct load *load, const struct crowd_result *result)
{
	const struct latency *latency = &result->total.latency;

	printf("{\"clients\": %ju, \"requests\": %ju, \"lost_clients\": %u, "
	       "\"seconds\": %.6f, \"bytes\": %ju, \"notices\": %ju, ",
	       (uintmax_t)load->clients, (uintmax_t)latency->count, result->lost,
	       result->seconds, (uintmax_t)result->total.bytes,
	       (uintmax_t)result->total.notices);
	printf("\"p50_us\": %.1f, \"p99_us\": %.1f, \"p999_us\": %.1f, \"longest_us\": %.1f, "
	       "\"outcomes\": {",
	       microseconds(latency, 0.5), microseconds(latency, 0.99),
	       microseconds(latency, 0.999), (double)latency->longest_ns / 1e3);
	print_outcomes(result, "\"");
	puts("}}");
}

static void print_text(const struct load *load, const struct crowd_result *result)
{
	const struct latency *latency = &result->total.latency;

	printf("%ju clients, %ju requests in %.3f s: %.0f requests/s, %.1f MB/s\n",
	       (uintmax_t)load->clients, (uintmax_t)latency->count, result->seconds,
	       result->seconds > 0 ? (double)latency->count / result->seconds : 0,
	       result->seconds > 0 ? (double)result->total.bytes / result->seconds / 1e6 : 0);
	printf("latency: p50 %.1f us, p99 %.1f us, p99.9 %.1f us, longest %.1f us\n",
	       microseconds(latency, 0.5), microseconds(latency, 0.99),
	       microseconds(latency, 0.999), (double)latency->longest_ns / 1e3);
	printf("outcomes: ");
	print_outcomes(result, "");
	printf("; notices: %ju\n", (uintmax_t)result->total.notices);
	if (result->lost > 0)
		printf("%u clients could not start, or died\n", result->lost);
}

/* ---- the command line */

static int usage(void)
{
	fputs("usage: load [-k KEY] [-c CLIENTS] [-n REQUESTS | -t SECONDS] [-r BYTES]\n"
	      "            [-R RETRIES] [-j] PATH...\n",
	      stderr);
	return EXIT_USAGE;
}

static int take_option(struct load *load, int option)
{
	uint64_t number = 0;
	int error;

	switch (option) {
	case 'k':
		return msgfetch_key(optarg, &load->session.key);
	case 'c':
		return number_parse(optarg, CROWD_CLIENTS_MAX, &load->clients);
	case 'n':
		return number_parse(optarg, MOST_REQUESTS, &load->requests);
	case 't':
		return number_parse(optarg, MOST_SECONDS, &load->seconds);
	case 'r':
		return number_parse(optarg, UINT64_MAX, &load->rate);
	case 'R':
		error = number_parse(optarg, MOST_RETRIES, &number);
		load->session.retries = (unsigned)number;
		return error;
	case 'j':
		load->json = true;
		return 0;
	default:
		return -EINVAL;
	}
}

static int parse(struct load *load, int argc, char *argv[])
{
	int option, error = 0;

	while (error == 0 && (option = getopt(argc, argv, "k:c:n:t:r:R:j")) != -1)
		error = take_option(load, option);
	if (error != 0 || optind == argc || (load->requests > 0 && load->seconds > 0))
		return -EINVAL;
	if (load->requests == 0 && load->seconds == 0)
		load->requests = DEFAULT_REQUESTS;
	load->paths = argv + optind;
	load->path_count = (uint64_t)(argc - optind);
	return 0;
}

int main(int argc, char *argv[])
{
	struct load load = {.clients = DEFAULT_CLIENTS};
	struct client client = {.load = &load};
	struct crowd_plan plan = {
		.open = client_open,
		.ask = client_ask,
		.close = client_close,
		.context = &client,
		.stop = &stop_signal,
	};
	struct crowd_result result;
	int error;

	msgfetch_options_init(&load.session);
	if (parse(&load, argc, argv) != 0)
		return usage();
	plan.warm_up = load.rate == 0; /* slow readers are not timed */
	plan.clients = (unsigned)load.clients;
	plan.requests = load.requests;
	plan.duration_ns = load.seconds * 1000000000u;
	catch_signals(on_signal);
	error = crowd_run(&plan, &result);
	if (stop_signal != 0)
		return 128 + (int)stop_signal;
	if (error != 0) {
		fprintf(stderr, "load: no client could be started: %s\n", strerror(-error));
		return EXIT_FAILURE;
	}
	if (load.json)
		print_json(&load, &result);
	else
		print_text(&load, &result);
	return result.lost == 0 && result.total.outcomes[0] == result.total.latency.count
		       ? EXIT_SUCCESS
		       : EXIT_FAILURE;
}
