/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/command.h"

#include "client/cleanup.h"
#include "client/output.h"
#include "client/progress.h"
#include "client/report.h"
#include "client/target.h"
#include "client/text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { NEW_FILE_MODE = 0666 };

struct run {
	const struct options *options;
	struct msgfetch *session;
	struct progress progress;
	const char *path;   /* the one being fetched; NULL: none */
	mode_t mode;        /* of new files */
	bool stdout_failed; /* it takes no more */
};

/* What the sink's functions work on. */
struct transfer {
	struct output output;
	struct progress *progress;
	uint64_t size; /* bytes, once all came */
};

static void say(struct run *run, const char *path, const char *text)
{
	progress_clear(&run->progress);
	report_line(stderr, path, text);
}

static void on_notice(void *context, const char *text)
{
	struct run *run = context;

	say(run, run->path, text);
}

static int on_begin(void *context, const struct msgfetch_file *file)
{
	struct transfer *transfer = context;

	progress_begin(transfer->progress, file->size);
	return output_begin(&transfer->output);
}

static int on_data(void *context, const void *bytes, size_t length, uint64_t offset)
{
	struct transfer *transfer = context;
	int result = output_data(&transfer->output, bytes, length, offset);

	if (result == 0)
		progress_advance(transfer->progress, offset + length);
	return result;
}

static int on_end(void *context, uint64_t size)
{
	struct transfer *transfer = context;

	transfer->size = size;
	return output_end(&transfer->output, size);
}

static double seconds_since(const struct timespec *start)
{
	struct timespec end;

	clock_gettime(CLOCK_MONOTONIC, &end);
	return (double)(end.tv_sec - start->tv_sec) +
	       (double)(end.tv_nsec - start->tv_nsec) / 1e9;
}

static void tell_success(struct run *run, const struct transfer *transfer,
			 const struct timespec *start)
{
	char summary[3 * TEXT_NUMBER_SIZE];

	progress_advance(&run->progress, transfer->size);
	progress_complete(&run->progress);
	if (!run->options->verbose)
		return;
	report_summary(summary, sizeof(summary), transfer->size, seconds_since(start));
	say(run, run->path, summary);
}

/* Reports a failed fetch.  Returns its exit code. */
static int tell_failure(struct run *run, const struct output *output)
{
	enum msgfetch_outcome outcome = msgfetch_outcome(run->session);

	if (outcome != MSGFETCH_SINK) {
		say(run, run->path, msgfetch_error(run->session));
		return outcome != MSGFETCH_OK ? (int)outcome : REPORT_ERROR;
	}
	if (output->cannot_restart) {
		say(run, run->path,
		    "changed while it was read, and what was written cannot be taken back");
		return REPORT_CHANGED;
	}
	run->stdout_failed = output->name == NULL;
	say(run, run->path, output_problem(output));
	return REPORT_OUTPUT;
}

/* Fetches run->path to the file name, or to standard output where that is NULL. */
static int fetch_to(struct run *run, const char *name)
{
	struct transfer transfer = {.progress = &run->progress};
	struct msgfetch_sink sink = {
		.begin = on_begin,
		.data = on_data,
		.end = on_end,
		.context = &transfer,
	};
	int code = REPORT_OK;
	struct timespec start;

	clock_gettime(CLOCK_MONOTONIC, &start);
	if (output_prepare(&transfer.output, name, run->mode) != 0) {
		say(run, run->path, output_problem(&transfer.output));
		code = REPORT_OUTPUT;
	} else if (msgfetch_get(run->session, run->path, &sink) == 0) {
		tell_success(run, &transfer, &start);
	} else {
		code = tell_failure(run, &transfer.output);
	}
	output_close(&transfer.output);
	return code;
}

static int fetch_one(struct run *run)
{
	const char *directory = run->options->directory;
	char *name;
	int code;

	if (directory == NULL)
		return fetch_to(run, run->options->output);
	name = target_join(directory, target_name(run->path));
	if (name == NULL) {
		say(run, run->path, "out of memory");
		return REPORT_ERROR;
	}
	code = fetch_to(run, name);
	free(name);
	return code;
}

static int fetch_all(struct run *run)
{
	const struct options *options = run->options;
	struct report_tally tally = {0};

	for (size_t i = 0; i < options->path_count && !run->stdout_failed; i++) {
		run->path = options->paths[i];
		progress_file(&run->progress, run->path, i + 1);
		report_count(&tally, fetch_one(run));
	}
	run->path = NULL;
	return tally.code;
}

static void start_progress(struct run *run)
{
	const struct options *options = run->options;
	bool forced = options->progress == OPTIONS_PROGRESS_ALWAYS;
	bool to_stdout = options->output == NULL && options->directory == NULL;
	enum progress_style style =
		progress_choose(forced, isatty(STDERR_FILENO), getenv("TERM"));

	if (options->quiet || options->progress == OPTIONS_PROGRESS_NEVER)
		style = PROGRESS_NONE;
	/* On one terminal, the file's text and the bar would garble each other. */
	if (!forced && to_stdout && isatty(STDOUT_FILENO))
		style = PROGRESS_NONE;
	progress_start(&run->progress, style, forced, options->path_count);
}

/* Returns REPORT_OK or, the reason reported, another exit code. */
static int open_session(struct run *run)
{
	struct msgfetch_options options = run->options->session;
	char reason[256];
	int result;

	result = cleanup_install();
	if (result == 0) {
		options.notice = run->options->verbose ? on_notice : NULL;
		options.notice_context = run;
		result = msgfetch_open(&run->session, &options);
	}
	if (result == 0) {
		cleanup_session(run->session);
		return REPORT_OK;
	}
	if (result == -EINVAL) {
		report_line(stderr, options.server_user,
			    "no such user; --server-user takes a name or a uid");
		return REPORT_USAGE;
	}
	(void)snprintf(reason, sizeof(reason), "cannot start: %s", strerror(-result));
	report_line(stderr, NULL, reason);
	return REPORT_ERROR;
}

static void close_session(struct run *run)
{
	sigset_t before;

	cleanup_hold(&before);
	cleanup_session(NULL);
	msgfetch_close(run->session);
	cleanup_release(&before);
}

static int check_directory(const char *directory)
{
	char reason[256];
	struct stat status;
	int problem = 0;

	if (stat(directory, &status) != 0)
		problem = errno;
	else if (!S_ISDIR(status.st_mode))
		problem = ENOTDIR;
	if (problem == 0)
		return REPORT_OK;
	(void)snprintf(reason, sizeof(reason), "cannot write files there: %s",
		       strerror(problem));
	report_line(stderr, directory, reason);
	return REPORT_OUTPUT;
}

int command_fetch(const struct options *options)
{
	struct run run = {.options = options};
	mode_t mask = umask(0);
	int code = REPORT_OK;

	umask(mask);
	run.mode = NEW_FILE_MODE & ~mask;
	if (options->directory != NULL)
		code = check_directory(options->directory);
	if (code == REPORT_OK)
		code = open_session(&run);
	if (code != REPORT_OK)
		return code;
	start_progress(&run);
	code = fetch_all(&run);
	progress_stop(&run.progress);
	close_session(&run);
	return code;
}

int command_ping(const struct options *options)
{
	struct run run = {.options = options};
	uint64_t round_trip = 0;
	char version[256];
	int code = open_session(&run);

	if (code != REPORT_OK)
		return code;
	if (msgfetch_ping(run.session, version, sizeof(version), &round_trip) != 0) {
		say(&run, NULL, msgfetch_error(run.session));
		code = (int)msgfetch_outcome(run.session);
	} else {
		char *quoted = text_quote(version);

		printf("%s, key 0x%08" PRIx32 ": %.3f ms\n", quoted != NULL ? quoted : "?",
		       (uint32_t)options->session.key, (double)round_trip / 1e6);
		free(quoted);
	}
	close_session(&run);
	return code;
}
