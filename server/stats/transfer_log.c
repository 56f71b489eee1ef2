/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/stats/transfer_log.h"

#include <string.h>

/* Lines of one user in a second: about requests, about failed paths, and about all paths. */
#define REQUEST_LINES 1024u
#define FAILED_LINES AUDIT_FAILURES
#define ALL_LINES PROTOCOL_PATHS_MAX

const char *transfer_log_op(const struct request *request)
{
	if ((request->flags & REQUEST_FOLLOW) != 0)
		return "follow";
	if (request->operation != OPERATION_LIST)
		return "fetch";
	return (request->flags & (REQUEST_CHILDREN | REQUEST_RECURSE)) != 0 ? "list" : "stat";
}

/* now: the time of the end, in ms. */
static void write_path(struct transfer_log *transfer_log, const struct transfer_log_end *end,
		       const struct audit_view *path, uint64_t now)
{
	const struct accesslog_record record = {
		.uid = end->client->uid,
		.pid = end->client->pid,
		.op = end->op,
		.export = path->exported ? path->export : NULL,
		.path = path->path,
		.single = true,
		.bytes = path->bytes,
		.error = path->error,
		.cause = failure_cause_name(path->cause),
		.outcome = path->error > 0      ? "failed"
			   : path->failures > 0 ? "partial"
						: "sent",
	};
	const struct line_count line = {.uid = record.uid, .pid = record.pid};
	unsigned most = transfer_log->lines == AUDIT_ALL ? ALL_LINES : FAILED_LINES;

	if (line_limit_note(path->error > 0 ? &transfer_log->failed : &transfer_log->sent, most,
			    &line, now))
		accesslog_write(&transfer_log->access, &record);
}

static uint64_t failures_of(const struct score_view *view)
{
	uint64_t sum = 0;

	for (unsigned kind = 0; kind < ENTRY_FAILURES; kind++)
		sum += view->failures[kind];
	return sum;
}

/* Returns true if the request's own line tells all of this result. */
static bool is_whole(const struct score_view *view, const struct audit_view *path)
{
	return view->paths == 1 && strcmp(view->path, path->path) == 0 &&
	       (path->error == 0 || failures_of(view) == 1);
}

/* Writes the lines of single paths.  Returns their number, also of lines held back. */
static unsigned write_paths(struct transfer_log *transfer_log,
			    const struct transfer_log_end *end, const struct score_view *view,
			    uint64_t now)
{
	uint32_t position = 0;
	struct audit_view path;
	unsigned count = 0;

	while (audit_next(end->score, &position, &path)) {
		if (is_whole(view, &path))
			continue;
		write_path(transfer_log, end, &path, now);
		count++;
	}
	return count;
}

/* The error stands in the request's line unless the lines of its paths tell the errors. */
static void write_line(struct transfer_log *transfer_log, const struct transfer_log_end *end,
		       const struct score_view *view, enum transfer_outcome outcome, bool told,
		       uint64_t now)
{
	const struct line_count line = {.uid = end->client->uid, .pid = end->client->pid};
	struct accesslog_record record = {
		.uid = end->client->uid,
		.pid = end->client->pid,
		.op = end->op,
		.export = view->exported ? view->export : NULL,
		.path = view->path,
		.paths = view->paths,
		.bytes = view->bytes,
		.microseconds = end->microseconds,
		.failures = failures_of(view),
		.cause = failure_cause_name(view->cause),
		.outcome = transfer_outcome_name(outcome),
	};

	if (record.failures > 0 && !told)
		record.error = view->error;
	if (line_limit_note(&transfer_log->ended, REQUEST_LINES, &line, now))
		accesslog_write(&transfer_log->access, &record);
}

void transfer_log_ended(struct transfer_log *transfer_log, const struct transfer_log_end *end,
			uint64_t now)
{
	enum transfer_outcome outcome;
	struct score_view view;
	unsigned paths;

	score_read(end->score, &view);
	outcome = end->killed ? TRANSFER_KILLED : view.outcome;
	statistics_ended(&transfer_log->statistics, end->client->uid, &view, outcome);
	if (view.changed != 0)
		transfer_log->changed = view.changed;
	if (transfer_log->lines == AUDIT_NOTHING)
		return;
	paths = write_paths(transfer_log, end, &view, now);
	write_line(transfer_log, end, &view, outcome, paths > 0, now);
}

static void write_busy(const struct transfer_log *transfer_log, const struct exports *exports,
		       const struct job *job)
{
	const struct request *request = &job->request;
	const char *relative;
	const struct export *export = exports_match(exports, request->paths, &relative);
	const struct accesslog_record record = {
		.uid = job->client.uid,
		.pid = job->client.pid,
		.op = transfer_log_op(request),
		.export = export != NULL ? export->name : NULL,
		.path = request->paths,
		.paths = request->path_count,
		.outcome = "busy",
	};

	accesslog_write(&transfer_log->access, &record);
}

void transfer_log_busy(struct transfer_log *transfer_log, const struct exports *exports,
		       const struct job *job, uint64_t now)
{
	const struct line_count line = {.uid = job->client.uid, .pid = job->client.pid};

	transfer_log->statistics.refused[REFUSAL_BUSY]++;
	if (transfer_log->lines != AUDIT_NOTHING && job->request.path_count > 0 &&
	    line_limit_note(&transfer_log->busy, 1, &line, now))
		write_busy(transfer_log, exports, job);
}

static void report(const struct transfer_log *transfer_log, struct line_limit *limit,
		   const char *outcome, uint64_t now)
{
	struct line_count due;

	while (line_limit_due(limit, now, &due)) {
		const struct accesslog_record record = {
			.uid = due.uid,
			.pid = due.pid,
			.others = due.others,
			.suppressed = due.held,
			.path = "",
			.outcome = outcome,
			.single = true,
		};

		accesslog_write(&transfer_log->access, &record);
	}
}

void transfer_log_report(struct transfer_log *transfer_log, uint64_t now)
{
	report(transfer_log, &transfer_log->ended, "any", now);
	report(transfer_log, &transfer_log->busy, "busy", now);
	report(transfer_log, &transfer_log->failed, "failed", now);
	report(transfer_log, &transfer_log->sent, "sent", now);
}

bool transfer_log_held(const struct transfer_log *transfer_log)
{
	return line_limit_held(&transfer_log->ended) || line_limit_held(&transfer_log->busy) ||
	       line_limit_held(&transfer_log->failed) || line_limit_held(&transfer_log->sent);
}
