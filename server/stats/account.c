/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/stats/account.h"

static void write_line(const struct account *account, const struct account_end *end,
		       const struct slate_view *view, enum slate_outcome outcome)
{
	struct accesslog_record record = {
		.uid = end->peer->uid,
		.pid = end->peer->pid,
		.export = view->exported ? view->export : NULL,
		.path = view->path,
		.paths = view->paths,
		.bytes = view->bytes,
		.microseconds = end->microseconds,
		.error = view->error,
		.outcome = slate_outcome_name(outcome),
	};

	for (unsigned kind = 0; kind < TALLY_FAILURES; kind++)
		record.failures += view->failures[kind];
	accesslog_write(&account->access, &record);
}

void account_ended(struct account *account, const struct account_end *end)
{
	enum slate_outcome outcome;
	struct slate_view view;

	slate_read(end->slate, &view);
	outcome = end->killed ? SLATE_KILLED : view.outcome;
	statistics_ended(&account->statistics, end->peer->uid, &view, outcome);
	if (account->lines)
		write_line(account, end, &view, outcome);
}

void account_busy(struct account *account, const struct exports *exports, const struct job *job)
{
	const struct request *request = &job->request;
	const char *path = request->path_count > 0 ? request->paths : "", *relative;
	const struct export *export = exports_match(exports, path, &relative);
	const struct accesslog_record record = {
		.uid = job->peer.uid,
		.pid = job->peer.pid,
		.export = export != NULL ? export->name : NULL,
		.path = path,
		.paths = request->path_count,
		.outcome = "busy",
	};

	account->statistics.refused[REFUSAL_BUSY]++;
	if (account->lines && request->path_count > 0)
		accesslog_write(&account->access, &record);
}
