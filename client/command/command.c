/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/command/command.h"

#include "client/command/base/cleanup.h"
#include "client/command/base/report.h"
#include "client/command/base/target.h"
#include "client/command/base/text.h"
#include "client/command/cli/option_rules.h"
#include "client/command/output/delivery.h"
#include "client/command/output/followed.h"
#include "client/command/output/resolve.h"
#include "client/command/select/expand.h"
#include "client/command/select/jobs.h"
#include "client/command/show/browse.h"
#include "client/command/show/doctor.h"
#include "client/command/show/progress.h"
#include "client/command/show/status.h"
#include "client/command/show/top.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Milliseconds between two updates of the progress of jobs. */
enum { JOBS_INTERVAL_MS = 100 };

struct run {
	const struct options *options;
	struct msgfetch *session;
	struct progress progress;
	struct delivery delivery;
	const char *followed; /* the path that is followed */
};

static void on_notice(void *context, const char *text)
{
	struct run *run = context;

	reporter_tell(&run->delivery.reporter,
		      run->options->follow ? run->followed : delivery_path(&run->delivery),
		      text);
}

static void start_progress(struct run *run)
{
	const struct options *options = run->options;
	bool to_stdout = options->output == NULL && options->directory == NULL;

	progress_start(&run->progress,
		       options->quiet ? OPTIONS_PROGRESS_NEVER : options->progress, to_stdout,
		       options->path_count);
}

static void init_run(struct run *run, const struct options *options)
{
	*run = (struct run){.options = options};
	delivery_init(&run->delivery, options, &run->progress);
}

/* A follow goes on for long: its gaps are worth a line. */
static bool wants_notices(const struct options *options)
{
	return options->verbose || (options->follow && !options->quiet);
}

/* Returns MSGFETCH_OK, or another exit code after reporting the reason. */
static int open_session(struct run *run)
{
	struct msgfetch_options options = run->options->session;
	char reason[256];
	int result;

	result = cleanup_install();
	if (result == 0) {
		options.notice = wants_notices(run->options) ? on_notice : NULL;
		options.notice_context = run;
		result = msgfetch_open(&run->session, &options);
	}
	if (result == 0) {
		cleanup_session(run->session);
		return MSGFETCH_OK;
	}
	if (result == -EINVAL) {
		report_line(stderr, options.server_user,
			    "no such user; --server-user takes a name or a uid");
		return REPORT_USAGE;
	}
	(void)snprintf(reason, sizeof(reason), "cannot start: %s", strerror(-result));
	report_line(stderr, NULL, reason);
	return MSGFETCH_ERROR;
}

static void close_session(struct run *run)
{
	sigset_t before;

	cleanup_hold(&before);
	cleanup_session(NULL);
	msgfetch_close(run->session);
	cleanup_release(&before);
}

/* Makes the missing directories of path, up to its last slash.  Returns 0 or an errno. */
static int make_directories(const char *path)
{
	char *copy = strdup(path);
	int problem = copy != NULL ? 0 : ENOMEM;

	for (char *slash = copy; problem == 0 && (slash = strchr(slash + 1, '/')) != NULL;) {
		*slash = '\0';
		if (copy[0] != '\0' && mkdir(copy, 0777) != 0 && errno != EEXIST)
			problem = errno;
		*slash = '/';
	}
	free(copy);
	return problem;
}

static int refuse_target(const char *target, const char *failure, const char *reason)
{
	char text[256];

	(void)snprintf(text, sizeof(text), "%s: %s", failure, reason);
	report_line(stderr, target, text);
	return MSGFETCH_OUTPUT;
}

/* Makes the directories of the target.  Returns MSGFETCH_OK, or MSGFETCH_OUTPUT and reports. */
static int create_directories(const struct options *options)
{
	const char *target = options->directory != NULL ? options->directory : options->output;
	bool planted = resolve_check(target) == -EPERM;
	int problem = planted ? EPERM : make_directories(target);

	if (problem == 0 && options->directory != NULL && mkdir(target, 0777) != 0 &&
	    errno != EEXIST)
		problem = errno;
	if (planted)
		return refuse_target(target, "cannot create the directory", RESOLVE_PLANTED);
	return problem == 0 ? MSGFETCH_OK
			    : refuse_target(target, "cannot create the directory",
					    strerror(problem));
}

static int check_directory(const char *directory)
{
	struct stat status;
	int problem = 0;

	if (stat(directory, &status) != 0)
		problem = errno;
	else if (!S_ISDIR(status.st_mode))
		problem = ENOTDIR;
	return problem == 0 ? MSGFETCH_OK
			    : refuse_target(directory, "cannot write files there",
					    strerror(problem));
}

/* Fetches paths in one of several processes.  Returns the exit code. */
static int work(struct jobs_part *part)
{
	const struct progress_part shared = {
		.bytes = &part->place->bytes,
		.paths = &part->place->paths,
		.line = &part->board->line,
	};
	struct report_result result = {.code = MSGFETCH_OK};
	struct options batch;
	struct run run;
	int code;

	init_run(&run, part->options);
	code = open_session(&run);
	if (code != MSGFETCH_OK)
		return code;
	progress_share(&run.progress, &shared);
	while (jobs_take(part, &batch)) {
		delivery_init(&run.delivery, &batch, &run.progress);
		run.delivery.reporter.outcomes.lock = part->lock;
		report_count(&result, delivery_run(&run.delivery, run.session));
	}
	close_session(&run);
	return result.code;
}

static int show_jobs(void *context, size_t paths, uint64_t bytes, bool *line)
{
	struct progress *progress = context;

	progress_paths(progress, paths);
	progress_advance(progress, bytes);
	*line = progress->shown;
	return progress->style == PROGRESS_NONE ? -1 : JOBS_INTERVAL_MS;
}

static void stop_jobs(void *context)
{
	struct progress *progress = context;

	progress_complete(progress);
	progress_stop(progress);
}

static int fetch_in_jobs(struct run *run)
{
	const struct jobs_calls calls = {
		.work = work,
		.show = show_jobs,
		.stop = stop_jobs,
		.context = &run->progress,
	};
	int error = cleanup_install();
	char reason[128];

	if (error != 0) {
		(void)snprintf(reason, sizeof(reason), "cannot start: %s", strerror(-error));
		report_line(stderr, NULL, reason);
		return MSGFETCH_ERROR;
	}
	start_progress(run);
	progress_file(&run->progress, "all", 0);
	return jobs_run(run->options, &calls);
}

/* Follows one path, in a session of its own.  Returns the exit code. */
static int follow_path(const struct options *options, size_t number, _Atomic size_t *current,
		       int lock)
{
	struct run run;
	int code;

	init_run(&run, options);
	run.followed = options->paths[number];
	code = open_session(&run);
	if (code != MSGFETCH_OK)
		return code;
	code = followed_run(options, number, current, lock, run.session);
	close_session(&run);
	return code;
}

/* Follows paths in one of several processes, of which each takes one path. */
static int follow_part(struct jobs_part *part)
{
	struct report_result result = {.code = MSGFETCH_OK};
	struct options batch;

	while (jobs_take(part, &batch))
		report_count(&result, follow_path(part->options,
						  (size_t)(batch.paths - part->options->paths),
						  &part->board->shown, part->lock));
	return result.code;
}

static int show_nothing(void *context, size_t paths, uint64_t bytes, bool *line)
{
	(void)context;
	(void)paths;
	(void)bytes;
	*line = false;
	return -1;
}

static void stop_nothing(void *context)
{
	(void)context;
}

static int follow(const struct options *options)
{
	const struct jobs_calls calls = {
		.work = follow_part, .show = show_nothing, .stop = stop_nothing};
	struct options many = *options;
	_Atomic size_t current = 0;

	if (options->path_count == 1)
		return follow_path(options, 0, &current, 0);
	if (cleanup_install() != 0) {
		report_line(stderr, NULL, "cannot start");
		return MSGFETCH_ERROR;
	}
	many.jobs = (unsigned)options->path_count;
	return jobs_run(&many, &calls);
}

static int fetch(const struct options *options)
{
	struct run run;
	int code = MSGFETCH_OK;

	init_run(&run, options);
	if (options->create_dirs && !options->dry_run)
		code = create_directories(options);
	if (code == MSGFETCH_OK && options->directory != NULL)
		code = check_directory(options->directory);
	if (code == MSGFETCH_OK && options->jobs > 1 && options->path_count > 1)
		return fetch_in_jobs(&run);
	if (code == MSGFETCH_OK)
		code = open_session(&run);
	if (code != MSGFETCH_OK)
		return code;
	start_progress(&run);
	code = delivery_run(&run.delivery, run.session);
	progress_stop(&run.progress);
	close_session(&run);
	return code;
}

/*
 * Sets *expanded to options with the paths that match, which expand owns; the caller frees
 * expanded->earlier.  Returns MSGFETCH_OK, or another exit code after reporting the reason.
 */
static int apply_expansion(const struct options *options, struct expand *expand,
			   struct options *expanded)
{
	char *error = NULL;
	int result = 0;

	*expanded = *options;
	expanded->paths = expand->paths;
	expanded->path_count = expand->count;
	expanded->earlier = NULL;
	if (options->directory != NULL) {
		expanded->earlier = calloc(expand->count + 1, sizeof(*expanded->earlier));
		result = expanded->earlier == NULL
				 ? -ENOMEM
				 : target_find_earlier(expand->paths, expand->count,
						       expanded->earlier);
	}
	if (result == 0)
		result = option_rules_check(expanded, &error);
	if (result == 0)
		return MSGFETCH_OK;
	report_line(stderr, NULL, error != NULL ? error : "out of memory");
	free(error);
	return result == -EINVAL ? REPORT_USAGE : MSGFETCH_ERROR;
}

/* Calls act with the paths that match wildcards.  Returns the exit code. */
static int with_expansion(const struct options *options,
			  int (*act)(const struct options *options))
{
	struct options expanded = *options;
	struct expand expand = {0};
	struct run run;
	int code;

	init_run(&run, options);
	code = open_session(&run);
	if (code != MSGFETCH_OK)
		return code;
	if (expand_paths(&expand, options, run.session) != 0) {
		report_line(stderr, NULL, "out of memory");
		code = MSGFETCH_ERROR;
	}
	close_session(&run);
	expanded.earlier = NULL;
	if (code == MSGFETCH_OK)
		code = apply_expansion(options, &expand, &expanded);
	if (code == MSGFETCH_OK)
		code = act(&expanded);
	free(expanded.earlier);
	expand_free(&expand);
	return code;
}

int command_fetch(const struct options *options)
{
	int (*act)(const struct options *options) = options->follow ? follow : fetch;

	if (options->path_count == 0) /* an empty list */
		return MSGFETCH_OK;
	return expand_applies(options) ? with_expansion(options, act) : act(options);
}

/* Calls act with an open session.  Returns the exit code of act. */
static int in_session(const struct options *options, int (*act)(struct run *run))
{
	struct run run;
	int code;

	init_run(&run, options);
	code = open_session(&run);
	if (code != MSGFETCH_OK)
		return code;
	code = act(&run);
	close_session(&run);
	return code;
}

static int ping(struct run *run)
{
	uint64_t round_trip = 0;
	char version[256];
	char *quoted;

	if (msgfetch_ping(run->session, version, sizeof(version), &round_trip) != 0) {
		reporter_tell(&run->delivery.reporter, NULL, msgfetch_error(run->session));
		return (int)msgfetch_outcome(run->session);
	}
	quoted = text_quote(version);
	printf("%s, key 0x%08" PRIx32 ": %.3f ms\n", quoted != NULL ? quoted : "?",
	       (uint32_t)run->options->session.key, (double)round_trip / 1e6);
	free(quoted);
	return MSGFETCH_OK;
}

static int list(struct run *run)
{
	return browse(run->options, run->session);
}

static int diagnose(struct run *run)
{
	return doctor_run(run->session, run->options->quiet, run->options->json);
}

static int tell_status(struct run *run)
{
	return status_run(run->session, run->options->format);
}

static int show_top(struct run *run)
{
	return top_run(run->session);
}

static int list_paths(const struct options *options)
{
	return in_session(options, list);
}

int command_browse(const struct options *options)
{
	if (options->path_count == 0 && options->files_from != NULL)
		return MSGFETCH_OK;
	return expand_applies(options) ? with_expansion(options, list_paths)
				       : list_paths(options);
}

int command_ping(const struct options *options)
{
	return in_session(options, ping);
}

int command_doctor(const struct options *options)
{
	return in_session(options, diagnose);
}

int command_status(const struct options *options)
{
	return in_session(options, tell_status);
}

int command_top(const struct options *options)
{
	return in_session(options, show_top);
}
