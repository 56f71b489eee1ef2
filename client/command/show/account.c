/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/command/show/account.h"

#include "client/command/base/target.h"
#include "client/command/base/text.h"
#include "client/command/show/listing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

void account_open(struct account *account, const struct options *options,
		  struct progress *progress)
{
	*account = (struct account){.options = options, .progress = progress};
	if (options->json)
		account->outcomes.form = OUTCOMES_JSON;
	else if (options->print_digest)
		account->outcomes.form = OUTCOMES_DIGESTS;
}

void account_say(struct account *account, const char *path, const char *text)
{
	progress_clear(account->progress);
	report_line(stderr, path, text);
}

void account_say_entry(struct account *account, const char *entry, const char *text)
{
	char *whole = target_beneath(account->path, entry);

	account_say(account, whole != NULL ? whole : entry, text);
	free(whole);
}

void account_path(struct account *account, const char *path, const char *target)
{
	account->path = path;
	account->target = target;
	account->failed = false;
	account->skipped = false;
	account_begin(account, 0);
	clock_gettime(CLOCK_MONOTONIC, &account->start);
}

void account_begin(struct account *account, uint32_t mode)
{
	account->mode = mode;
	account->failed = false;
	account->files = 0;
	account->bytes = 0;
	outcomes_restart(&account->outcomes);
}

static double seconds_since(const struct timespec *start)
{
	struct timespec end;

	clock_gettime(CLOCK_MONOTONIC, &end);
	return (double)(end.tv_sec - start->tv_sec) +
	       (double)(end.tv_nsec - start->tv_nsec) / 1e9;
}

/* Adds a line on entry: what outcome says of it, with names and time. */
static void add_line(struct account *account, const char *entry, struct outcome *outcome)
{
	bool beneath = entry[0] != '\0';
	char *path = NULL, *file = NULL;

	if (account->outcomes.form == OUTCOMES_NONE)
		return;
	outcome->path = account->path;
	outcome->file = account->target;
	outcome->seconds =
		beneath || outcome->what != NULL ? -1 : seconds_since(&account->start);
	if (beneath) {
		path = target_beneath(account->path, entry);
		file = account->target != NULL ? target_beneath(account->target, entry) : NULL;
		outcome->path = path != NULL ? path : entry;
		outcome->file = file;
	}
	outcomes_add(&account->outcomes, outcome);
	free(path);
	free(file);
}

void account_file(struct account *account, const char *entry, uint64_t size,
		  const struct digestline *digest)
{
	struct outcome outcome = {.mode = S_IFREG, .bytes = size, .digest = *digest};

	account->bytes += size;
	account->files++;
	add_line(account, entry, &outcome);
}

void account_fail(struct account *account, const char *entry, int code, const char *text)
{
	struct outcome outcome = {.code = code, .error = text};

	if (entry[0] != '\0') {
		account_say_entry(account, entry, text);
	} else {
		account->failed = true;
		account_say(account, account->path, text);
	}
	report_count(&account->tally, code);
	add_line(account, entry, &outcome);
}

void account_pass_over(struct account *account, const char *entry, uint32_t mode,
		       enum plan_decision decision)
{
	const char *reason = plan_reason(decision);
	struct outcome outcome = {.mode = mode, .what = "skipped", .error = reason};

	if (decision == PLAN_TOO_LARGE && entry[0] == '\0') {
		account_fail(account, entry, REPORT_ERROR, reason);
		return;
	}
	if (decision == PLAN_EXCLUDED)
		return;
	if (entry[0] == '\0')
		account->skipped = true;
	if (account->options->verbose)
		account_say_entry(account, entry, reason);
	add_line(account, entry, &outcome);
}

void account_leave_out(struct account *account, const char *entry, uint32_t mode)
{
	char reason[64];
	struct outcome outcome = {.mode = mode, .what = "left-out", .error = reason};

	(void)snprintf(reason, sizeof(reason), "is a %s: left out", listing_kind(mode));
	if (!account->options->quiet)
		account_say_entry(account, entry, reason);
	add_line(account, entry, &outcome);
}

void account_plan(struct account *account, const char *entry, uint32_t mode, uint64_t size)
{
	struct outcome outcome = {
		.mode = mode, .what = "planned", .bytes = S_ISREG(mode) ? size : 0};

	add_line(account, entry, &outcome);
}

static void tell_success(struct account *account)
{
	char summary[4 * TEXT_NUMBER_SIZE];
	struct report_amount amount = {
		.tree = S_ISDIR(account->mode),
		.files = account->files,
		.bytes = account->bytes,
	};

	progress_advance(account->progress, account->bytes);
	progress_complete(account->progress);
	if (!account->options->verbose)
		return;
	amount.seconds = seconds_since(&account->start);
	report_summary(summary, sizeof(summary), &amount);
	account_say(account, account->path, summary);
}

void account_done(struct account *account)
{
	struct outcome outcome = {
		.mode = account->mode,
		.bytes = account->bytes,
		.files = account->files,
	};
	int error;

	if (!account->failed && !account->skipped) {
		tell_success(account);
		/* A file had its line at its end. */
		if (S_ISDIR(account->mode) && account->outcomes.form == OUTCOMES_JSON)
			add_line(account, "", &outcome);
	}
	error = outcomes_flush(&account->outcomes);
	if (account->output_error == 0)
		account->output_error = error;
	progress_leave(account->progress);
}
