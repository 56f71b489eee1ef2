/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/account.h"

static void write_line(const struct account *account, const struct peer *peer,
		       const struct slate_view *view)
{
	struct accesslog_record record = {
		.uid = peer->uid,
		.pid = peer->pid,
		.export = view->exported ? view->export : NULL,
		.path = view->path,
		.paths = view->paths,
		.bytes = view->bytes,
		.microseconds = view->microseconds,
		.error = view->error,
		.outcome = view->outcome,
	};

	for (unsigned kind = 0; kind < TALLY_FAILURES; kind++)
		record.failures += view->failures[kind];
	accesslog_write(&account->access, &record);
}

void account_ended(struct account *account, const struct peer *peer, const struct slate *slate,
		   bool killed)
{
	struct slate_view view;

	slate_read(slate, &view);
	statistics_ended(&account->statistics, peer->uid, &view,
			 killed ? SLATE_KILLED : view.outcome);
	/* Of one that was killed the daemon has said so by itself. */
	if (account->lines && view.ended)
		write_line(account, peer, &view);
}
