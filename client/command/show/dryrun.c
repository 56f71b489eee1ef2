/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/command/show/dryrun.h"

#include "client/command/base/target.h"
#include "client/command/base/text.h"
#include "client/command/show/listing.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static void print(const struct reporter *reporter, const struct msgfetch_file *file)
{
	const struct listing_manner manner = listing_manner_of_stdout(reporter->options->null);
	char *path = target_beneath(reporter->path, file->name);

	listing_name(stdout, &manner, path != NULL ? path : file->name);
	free(path);
}

static void plan(struct dryrun *dryrun, struct reporter *reporter,
		 const struct msgfetch_file *file)
{
	reporter_plan(reporter, file->name, file->mode, file->size);
	if (S_ISDIR(file->mode))
		return;
	dryrun->files++;
	dryrun->bytes += S_ISREG(file->mode) ? file->size : 0;
	if (!reporter->options->json)
		print(reporter, file);
}

void dryrun_entry(struct dryrun *dryrun, struct reporter *reporter,
		  const struct msgfetch_file *file)
{
	bool is_path = file->name[0] == '\0';

	reporter->skipped = true;
	if (S_ISDIR(file->mode) && !reporter->options->recursive)
		reporter_fail(reporter, "", MSGFETCH_ERROR, REPORT_DIRECTORY);
	else if (S_ISREG(file->mode) || S_ISDIR(file->mode) ||
		 (S_ISLNK(file->mode) && !is_path))
		plan(dryrun, reporter, file);
	else
		reporter_leave_out(reporter, file->name, file->mode);
}

void dryrun_total(const struct dryrun *dryrun, struct reporter *reporter)
{
	char summary[4 * TEXT_NUMBER_SIZE];
	struct report_amount amount = {
		.tree = true, .files = dryrun->files, .bytes = dryrun->bytes};

	if (!reporter->options->verbose)
		return;
	report_summary(summary, sizeof(summary), &amount);
	reporter_tell(reporter, "would be fetched", summary);
}
