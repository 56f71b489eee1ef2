/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/command/show/reporter.h"

#include "client/command/base/target.h"
#include "client/command/base/text.h"
#include "client/command/show/listing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

void reporter_open(struct reporter *reporter, const struct options *options,
		   struct progress *progress)
{
	*reporter = (struct reporter){.options = options, .progress = progress};
	if (options->json)
		reporter->outcomes.form = OUTCOMES_JSON;
	else if (options->print_digest)
		reporter->outcomes.form = OUTCOMES_DIGESTS;
}

void reporter_tell(struct reporter *reporter, const char *path, const char *text)
{
	progress_clear(reporter->progress);
	report_line(stderr, path, text);
}

/* entry: "", the path itself. */
static void tell_entry(struct reporter *reporter, const char *entry, const char *text)
{
	char *whole = target_beneath(reporter->path, entry);

	reporter_tell(reporter, whole != NULL ? whole : entry, text);
	free(whole);
}

void reporter_path(struct reporter *reporter, const char *path, const char *target)
{
	reporter->path = path;
	reporter->target = target;
	reporter->failed = false;
	reporter->skipped = false;
	reporter_begin(reporter, 0);
	clock_gettime(CLOCK_MONOTONIC, &reporter->start);
}

void reporter_begin(struct reporter *reporter, uint32_t mode)
{
	reporter->mode = mode;
	reporter->failed = false;
	reporter->path_result = (struct report_result){0};
	reporter->files = 0;
	reporter->bytes = 0;
	outcomes_restart(&reporter->outcomes);
}

static double seconds_since(const struct timespec *start)
{
	struct timespec end;

	clock_gettime(CLOCK_MONOTONIC, &end);
	return (double)(end.tv_sec - start->tv_sec) +
	       (double)(end.tv_nsec - start->tv_nsec) / 1e9;
}

/* Adds a line for programs about entry, after completing outcome with names and time. */
static void add_line(struct reporter *reporter, const char *entry, struct outcome *outcome)
{
	bool beneath = entry[0] != '\0';
	char *path = NULL, *file = NULL;

	if (reporter->outcomes.form == OUTCOMES_NONE)
		return;
	outcome->path = reporter->path;
	outcome->file = reporter->target;
	outcome->seconds =
		beneath || outcome->result != NULL ? -1 : seconds_since(&reporter->start);
	if (beneath) {
		path = target_beneath(reporter->path, entry);
		file = reporter->target != NULL ? target_beneath(reporter->target, entry)
						: NULL;
		outcome->path = path != NULL ? path : entry;
		outcome->file = file;
	}
	outcomes_add(&reporter->outcomes, outcome);
	free(path);
	free(file);
}

void reporter_file(struct reporter *reporter, const char *entry, uint64_t size,
		   const struct outcome_digest *digest, bool grew)
{
	struct outcome outcome = {
		.mode = S_IFREG, .bytes = size, .digest = *digest, .grew = grew};

	if (grew && reporter->options->verbose)
		tell_entry(reporter, entry,
			   "grew during the transfer: fetched up to its first size");
	reporter->bytes += size;
	reporter->files++;
	add_line(reporter, entry, &outcome);
}

void reporter_remark(struct reporter *reporter, const char *entry, const char *remark)
{
	if (remark != NULL && reporter->options->verbose)
		tell_entry(reporter, entry, remark);
}

void reporter_fail(struct reporter *reporter, const char *entry, int code, const char *text)
{
	struct outcome outcome = {.code = code, .error = text};

	if (entry[0] != '\0') {
		tell_entry(reporter, entry, text);
	} else {
		reporter->failed = true;
		reporter_tell(reporter, reporter->path, text);
	}
	report_count(&reporter->result, code);
	report_count(&reporter->path_result, code);
	add_line(reporter, entry, &outcome);
}

void reporter_pass_over(struct reporter *reporter, const char *entry, uint32_t mode,
			enum selection_decision decision)
{
	const char *reason = selection_reason(decision);
	struct outcome outcome = {.mode = mode, .result = "skipped", .error = reason};

	if (entry[0] == '\0' &&
	    (decision == SELECTION_TOO_LARGE || decision == SELECTION_TOO_SMALL)) {
		reporter_fail(reporter, entry, MSGFETCH_ERROR, reason);
		return;
	}
	if (decision == SELECTION_EXCLUDED)
		return;
	if (entry[0] == '\0')
		reporter->skipped = true;
	if (reporter->options->verbose)
		tell_entry(reporter, entry, reason);
	add_line(reporter, entry, &outcome);
}

void reporter_leave_out(struct reporter *reporter, const char *entry, uint32_t mode)
{
	char reason[64];
	struct outcome outcome = {.mode = mode, .result = "left-out", .error = reason};

	(void)snprintf(reason, sizeof(reason), "is a %s: left out", listing_kind(mode));
	if (!reporter->options->quiet)
		tell_entry(reporter, entry, reason);
	add_line(reporter, entry, &outcome);
}

void reporter_plan(struct reporter *reporter, const char *entry, uint32_t mode, uint64_t size)
{
	struct outcome outcome = {
		.mode = mode, .result = "planned", .bytes = S_ISREG(mode) ? size : 0};

	add_line(reporter, entry, &outcome);
}

static void tell_success(struct reporter *reporter)
{
	char summary[4 * TEXT_NUMBER_SIZE];
	struct report_amount amount = {
		.tree = S_ISDIR(reporter->mode),
		.files = reporter->files,
		.bytes = reporter->bytes,
	};

	progress_advance(reporter->progress, reporter->bytes);
	progress_complete(reporter->progress);
	if (!reporter->options->verbose)
		return;
	amount.seconds = seconds_since(&reporter->start);
	report_summary(summary, sizeof(summary), &amount);
	reporter_tell(reporter, reporter->path, summary);
}

void reporter_done(struct reporter *reporter)
{
	struct outcome outcome = {
		.mode = reporter->mode,
		.bytes = reporter->bytes,
		.files = reporter->files,
		.code = reporter->path_result.code,
	};
	int error;

	if (!reporter->failed && !reporter->skipped) {
		tell_success(reporter);
		/* reporter_file() added the line of a single file. */
		if (S_ISDIR(reporter->mode) && reporter->outcomes.form == OUTCOMES_JSON)
			add_line(reporter, "", &outcome);
	}
	error = outcomes_flush(&reporter->outcomes);
	if (reporter->output_error == 0)
		reporter->output_error = error;
	progress_leave(reporter->progress);
}
