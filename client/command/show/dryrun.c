/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/command/show/dryrun.h"

#include "client/command/base/target.h"
#include "client/command/base/text.h"
#include "client/command/select/selection.h"
#include "client/command/show/listing.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

struct run {
	const struct options *options;
	struct reporter *reporter;
	struct selection selection;
	struct listing_manner manner;
	char **targets; /* owned, and what they point to */
	uint64_t files, bytes;
};

/* Something that would be fetched. */
static void plan(struct run *run, const struct msgfetch_file *file)
{
	char *path;

	reporter_plan(run->reporter, file->name, file->mode, file->size);
	if (S_ISDIR(file->mode))
		return;
	run->files++;
	run->bytes += S_ISREG(file->mode) ? file->size : 0;
	if (run->options->json)
		return;
	path = target_beneath(run->reporter->path, file->name);
	listing_name(stdout, &run->manner, path != NULL ? path : file->name);
	free(path);
}

static void tell(struct run *run, size_t index)
{
	const struct catalog_entry *entry = &run->selection.catalog.entries[index];
	const struct msgfetch_file *file = &entry->file;
	bool is_path = file->name[0] == '\0';

	if (entry->code != REPORT_OK)
		reporter_fail(run->reporter, file->name, entry->code, entry->problem);
	else if (run->selection.decisions[index] != PLAN_FETCH)
		reporter_pass_over(run->reporter, file->name, file->mode,
				   run->selection.decisions[index]);
	else if (S_ISDIR(file->mode) && !run->options->recursive)
		reporter_fail(run->reporter, "", REPORT_ERROR,
			      "is a directory: --recursive fetches it");
	else if (S_ISREG(file->mode) || S_ISDIR(file->mode) ||
		 (S_ISLNK(file->mode) && !is_path))
		plan(run, file);
	else
		reporter_leave_out(run->reporter, file->name, file->mode);
}

static void tell_all(struct run *run)
{
	const struct catalog *catalog = &run->selection.catalog;

	for (size_t i = 0; i < catalog->count; i++) {
		size_t path = catalog->entries[i].file.path_index;

		if (i == 0 || catalog->entries[i - 1].file.path_index != path)
			reporter_path(run->reporter, run->options->paths[path],
				      run->selection.paths[path].target);
		tell(run, i);
		run->reporter->skipped = true;
		if (i + 1 == catalog->count || catalog->entries[i + 1].file.path_index != path)
			reporter_done(run->reporter);
	}
}

/* Where each path would go; NULL: no memory.  What it has of targets is the run's. */
static struct selection_path *make_paths(struct run *run)
{
	const struct options *options = run->options;
	struct selection_path *paths;

	run->targets = calloc(options->path_count, sizeof(*run->targets));
	if (run->targets == NULL)
		return NULL;
	paths = calloc(options->path_count, sizeof(*paths));
	for (size_t i = 0; i < options->path_count && paths != NULL; i++) {
		paths[i] = (struct selection_path){
			.path = options->paths[i], .target = options->output, .number = i};
		if (options->directory == NULL)
			continue;
		run->targets[i] = target_join(options->directory, options->paths[i]);
		paths[i].target = run->targets[i];
	}
	return paths;
}

static void tell_sum(const struct run *run)
{
	char summary[4 * TEXT_NUMBER_SIZE];
	struct report_amount amount = {.tree = true, .files = run->files, .bytes = run->bytes};

	report_summary(summary, sizeof(summary), &amount);
	reporter_tell(run->reporter, "would be fetched", summary);
}

int dryrun(const struct options *options, struct msgfetch *session, struct reporter *reporter)
{
	struct run run = {
		.options = options,
		.reporter = reporter,
		.manner = listing_manner_of_stdout(options->null),
	};
	struct selection_path *paths = make_paths(&run);
	int result = paths == NULL ? -ENOMEM
				   : selection_make(&run.selection, options, session, paths,
						    options->path_count);

	if (result == 0) {
		tell_all(&run);
		if (options->verbose)
			tell_sum(&run);
	} else {
		reporter_tell(reporter, NULL,
			      result == -ENOMEM ? "out of memory" : msgfetch_error(session));
		report_count(&reporter->tally,
			     result == -ENOMEM ? REPORT_ERROR : (int)msgfetch_outcome(session));
	}
	selection_free(&run.selection);
	for (size_t i = 0; run.targets != NULL && i < options->path_count; i++)
		free(run.targets[i]);
	free(run.targets);
	return reporter->tally.code;
}
