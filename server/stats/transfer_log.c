/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/stats/transfer_log.h"

static void write_line(const struct transfer_log *transfer_log,
		       const struct transfer_log_end *end, const struct score_view *view,
		       enum transfer_outcome outcome)
{
	struct accesslog_record record = {
		.uid = end->client->uid,
		.pid = end->client->pid,
		.export = view->exported ? view->export : NULL,
		.path = view->path,
		.paths = view->paths,
		.bytes = view->bytes,
		.microseconds = end->microseconds,
		.error = view->error,
		.outcome = transfer_outcome_name(outcome),
	};

	for (unsigned kind = 0; kind < ENTRY_FAILURES; kind++)
		record.failures += view->failures[kind];
	accesslog_write(&transfer_log->access, &record);
}

void transfer_log_ended(struct transfer_log *transfer_log, const struct transfer_log_end *end)
{
	enum transfer_outcome outcome;
	struct score_view view;

	score_read(end->score, &view);
	outcome = end->killed ? TRANSFER_KILLED : view.outcome;
	statistics_ended(&transfer_log->statistics, end->client->uid, &view, outcome);
	if (transfer_log->lines)
		write_line(transfer_log, end, &view, outcome);
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
	if (transfer_log->lines && job->request.path_count > 0 &&
	    line_limit_note(&transfer_log->busy, 1, &line, now))
		write_busy(transfer_log, exports, job);
}

void transfer_log_report(struct transfer_log *transfer_log, uint64_t now)
{
	struct line_count due;

	while (line_limit_due(&transfer_log->busy, now, &due)) {
		const struct accesslog_record record = {
			.uid = due.uid,
			.pid = due.pid,
			.others = due.others,
			.suppressed = due.held,
			.path = "",
			.outcome = "busy",
		};

		accesslog_write(&transfer_log->access, &record);
	}
}

bool transfer_log_held(const struct transfer_log *transfer_log)
{
	return line_limit_held(&transfer_log->busy);
}
