/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/command/output/delivery.h"

#include "client/command/base/target.h"
#include "client/command/output/output.h"
#include "client/command/select/suggest.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* One path and its target. */
struct delivery_item {
	const char *path;
	char *name; /* owned; NULL: as --output has it */
	struct output output;
	int unfit;     /* 0, or a negative errno: the output cannot be a file */
	char *refusal; /* owned: why the path is not requested; NULL: ask output */
};

/* Returns the target of an item; NULL: standard output. */
static const char *target_of(const struct delivery *delivery, const struct delivery_item *item)
{
	return item->name != NULL ? item->name : delivery->options->output;
}

static struct delivery_item *current_item(const struct delivery *delivery)
{
	return &delivery->items[delivery->current];
}

const char *delivery_path(const struct delivery *delivery)
{
	if (delivery->items == NULL || delivery->current >= delivery->options->path_count)
		return NULL;
	return current_item(delivery)->path;
}

/* Reports that the current path, or an entry beneath it, failed.  Returns 0 or -ECANCELED. */
static int report_failure(struct delivery *delivery, const char *entry, int code,
			  const char *text)
{
	reporter_fail(&delivery->reporter, entry, code, text);
	delivery->over = delivery->over || delivery->options->fail_early;
	return delivery->over ? -ECANCELED : 0;
}

/* Reports that the current path failed.  Returns the error by which a sink ends the call. */
static int give_up(struct delivery *delivery, int code, const char *text)
{
	(void)report_failure(delivery, "", code, text);
	return -ECANCELED;
}

static int give_up_output(struct delivery *delivery)
{
	const struct output *output = &current_item(delivery)->output;

	if (output->cannot_restart)
		return give_up(delivery, MSGFETCH_CHANGED,
			       "changed while it was sent, and standard output already has "
			       "its first bytes; fetch it again");
	delivery->over = output->name == NULL;
	return give_up(delivery, MSGFETCH_OUTPUT, output_problem(output));
}

/* Reports that the current entry could not be written.  The tree goes on without it. */
static int leave_out(struct delivery *delivery)
{
	return report_failure(delivery, delivery->outtree->entry, MSGFETCH_OUTPUT,
			      outtree_problem(delivery->outtree));
}

/* Removes the incomplete output of the current path.  Returns 0, or -ESPIPE for a pipe. */
static int take_back(struct delivery *delivery)
{
	int result = output_drop(&current_item(delivery)->output);

	if (delivery->in_tree)
		outtree_close(delivery->outtree);
	delivery->in_tree = false;
	return result;
}

/* Returns the number of bytes of file to expect. */
static uint64_t wanted_bytes(const struct delivery *delivery, const struct msgfetch_file *file)
{
	const struct options_range *range = &delivery->options->range;
	uint64_t rest = file->size > delivery->base ? file->size - delivery->base : 0;

	return range->length > 0 && range->length < rest ? range->length : rest;
}

static void report_resume(struct delivery *delivery, uint64_t offset)
{
	char text[64];

	(void)snprintf(text, sizeof(text), "resuming at byte %" PRIu64, offset);
	reporter_tell(&delivery->reporter, current_item(delivery)->path, text);
}

static int begin_file(struct delivery *delivery, const struct msgfetch_file *file)
{
	struct delivery_item *item = current_item(delivery);

	if (delivery->in_tree)
		(void)take_back(delivery);
	if (item->unfit != 0)
		return give_up_output(delivery);
	if (delivery->options->preserve)
		output_preserve(&item->output, file->mode, file->mtime_ns);
	if (delivery->options->continued) /* the time tells complete files */
		output_preserve_time(&item->output, file->mtime_ns);
	if (delivery->options->continued && delivery->options->verbose && file->offset > 0)
		report_resume(delivery, file->offset);
	/* The first byte of a range goes to offset 0 of the output. */
	delivery->base = delivery->options->range.wanted ? file->offset : 0;
	progress_begin(delivery->progress, wanted_bytes(delivery, file));
	return output_begin(&item->output, file) == 0 ? 0 : give_up_output(delivery);
}

static int begin_tree(struct delivery *delivery, const struct msgfetch_file *file)
{
	const struct options *options = delivery->options;
	const struct delivery_item *item = current_item(delivery);
	struct outtree_manner manner = {
		.follow = item->name == NULL, /* the user chose the name in full */
		.preserve = options->preserve,
		.in_place = options->in_place,
		.mask = delivery->mask,
	};

	if (take_back(delivery) != 0)
		return give_up_output(delivery);
	if (delivery->outtree == NULL)
		delivery->outtree = calloc(1, sizeof(*delivery->outtree));
	if (delivery->outtree == NULL)
		return give_up(delivery, MSGFETCH_ERROR, "out of memory");
	progress_begin_tree(delivery->progress);
	delivery->in_tree = true;
	if (outtree_begin(delivery->outtree, target_of(delivery, item), file, &manner) == 0)
		return 0;
	return give_up(delivery, MSGFETCH_OUTPUT, outtree_problem(delivery->outtree));
}

static bool is_special(mode_t mode)
{
	return !S_ISREG(mode) && !S_ISDIR(mode) && !S_ISLNK(mode);
}

/* Begins an entry below the current path. */
static int begin_entry(struct delivery *delivery, const struct msgfetch_file *file)
{
	if (!delivery->in_tree)
		return 0;
	if (is_special(file->mode)) {
		reporter_leave_out(&delivery->reporter, file->name, file->mode);
		return 0;
	}
	return outtree_entry(delivery->outtree, file) == 0 ? 0 : leave_out(delivery);
}

/* Begins the current path, or an entry below it. */
static int begin(struct delivery *delivery, const struct msgfetch_file *file)
{
	if (file->name[0] != '\0')
		return begin_entry(delivery, file);
	reporter_begin(&delivery->reporter, file->mode);
	if (S_ISREG(file->mode))
		return begin_file(delivery, file);
	if (S_ISDIR(file->mode))
		return begin_tree(delivery, file);
	return give_up(delivery, MSGFETCH_ERROR, "is neither file nor directory");
}

/* Releases the resources of the current item. */
static void close_item(struct delivery *delivery)
{
	struct delivery_item *item = current_item(delivery);

	(void)take_back(delivery);
	output_close(&item->output);
	free(item->name);
	free(item->refusal);
	item->name = item->refusal = NULL;
}

/* Ends the current path. */
static void finish_item(struct delivery *delivery)
{
	reporter_done(&delivery->reporter);
	close_item(delivery);
}

static bool is_requestable(const struct delivery *delivery, size_t item)
{
	int unfit = delivery->items[item].unfit;

	return unfit == 0 || (unfit == -EISDIR && delivery->options->recursive);
}

/* Advances to the first requestable path, from the current one on. */
static void find_next(struct delivery *delivery)
{
	for (; delivery->current < delivery->options->path_count; delivery->current++) {
		const struct delivery_item *item = current_item(delivery);

		reporter_path(&delivery->reporter, item->path, target_of(delivery, item));
		progress_file(delivery->progress, item->path, delivery->current + 1);
		if (is_requestable(delivery, delivery->current))
			return;
		if (report_failure(delivery, "", MSGFETCH_OUTPUT,
				   item->refusal != NULL ? item->refusal
							 : output_problem(&item->output)) != 0)
			return;
		finish_item(delivery);
	}
}

static void finish_path(struct delivery *delivery)
{
	if (!delivery->reporter.failed && delivery->in_tree &&
	    outtree_finish(delivery->outtree) != 0)
		(void)report_failure(delivery, "", MSGFETCH_OUTPUT,
				     outtree_problem(delivery->outtree));
	if (delivery->over)
		return;
	finish_item(delivery);
	delivery->current++;
	find_next(delivery);
}

static int fail_entry(struct delivery *delivery, const char *name, int code, const char *text)
{
	if (name[0] == '\0')
		(void)take_back(delivery);
	else if (delivery->in_tree)
		outtree_drop(delivery->outtree);
	if (delivery->unknown == NULL && suggest_applies(code, text))
		delivery->unknown = current_item(delivery)->path;
	return report_failure(delivery, name, code, text);
}

static const struct catalog_entry *entry_at(const struct delivery *delivery, size_t index)
{
	return &delivery->selection.catalog.entries[index];
}

/* Handles the entry at index without a request.  Returns 0 or -ECANCELED. */
static int take_entry(struct delivery *delivery, size_t index)
{
	const struct catalog_entry *entry = entry_at(delivery, index);
	const struct msgfetch_file *file = &entry->file;
	enum selection_kind kind = selection_kind(&delivery->selection, index);

	if (delivery->reporter.failed) /* the path as a whole */
		return 0;
	if (kind == SELECTION_FAILED)
		return fail_entry(delivery, file->name, entry->code, entry->problem);
	if (kind == SELECTION_SKIPPED)
		reporter_pass_over(&delivery->reporter, file->name, file->mode,
				   delivery->selection.decisions[index]);
	else if (delivery->options->dry_run)
		dryrun_entry(&delivery->dryrun, &delivery->reporter, file);
	else if (kind == SELECTION_KNOWN)
		return begin(delivery, file);
	/* A requested entry ends up here only if its failure has been reported. */
	return 0;
}

/* Leaves the entry at hand, and its path after the last entry.  Returns 0 or -ECANCELED. */
static int leave_entry(struct delivery *delivery)
{
	size_t path = entry_at(delivery, delivery->at)->file.path_index;

	delivery->at++;
	if (delivery->at == delivery->selection.catalog.count ||
	    entry_at(delivery, delivery->at)->file.path_index != path)
		finish_path(delivery);
	return delivery->over ? -ECANCELED : 0;
}

/* Handles all entries before end.  Returns 0 or -ECANCELED. */
static int advance(struct delivery *delivery, size_t end)
{
	int result = delivery->over ? -ECANCELED : 0;

	while (result == 0 && delivery->at < end) {
		result = take_entry(delivery, delivery->at);
		if (result == 0)
			result = leave_entry(delivery);
	}
	return result;
}

/* Returns the entry that a path of the library call stands for. */
static size_t requested_entry(const struct delivery *delivery, size_t path)
{
	return delivery->request.entries[delivery->first + path];
}

/*
 * Sets *told to file under the name below the current path: a file requested by itself out
 * of a tree has the name "" in the library's call.
 */
static void rename_entry(const struct delivery *delivery, const struct msgfetch_file *file,
			 struct msgfetch_file *told)
{
	const char *name =
		entry_at(delivery, requested_entry(delivery, file->path_index))->file.name;

	*told = *file;
	if (name[0] != '\0')
		told->name = name;
}

/* Returns whether the path as a whole has failed before an entry requested by itself. */
static bool is_lost(const struct delivery *delivery, size_t path)
{
	return delivery->reporter.failed &&
	       entry_at(delivery, requested_entry(delivery, path))->file.name[0] != '\0';
}

static int on_begin(void *context, const struct msgfetch_file *file)
{
	struct delivery *delivery = context;
	int result = advance(delivery, requested_entry(delivery, file->path_index));
	struct msgfetch_file told;

	if (result != 0 || is_lost(delivery, file->path_index))
		return result;
	rename_entry(delivery, file, &told);
	return begin(delivery, &told);
}

static int on_data(void *context, const void *bytes, size_t length, uint64_t offset)
{
	struct delivery *delivery = context;
	int result;

	if (delivery->reporter.failed) /* and so did all that is beneath it */
		return 0;
	offset -= delivery->base;
	if (delivery->in_tree) {
		result = outtree_data(delivery->outtree, bytes, length, offset);
		if (result != 0)
			result = leave_out(delivery);
	} else {
		result = output_data(&current_item(delivery)->output, bytes, length, offset);
		if (result != 0)
			result = give_up_output(delivery);
	}
	if (result == 0)
		progress_advance(delivery->progress,
				 delivery->reporter.bytes + offset + length);
	return result;
}

static int on_end(void *context, const struct msgfetch_end *end)
{
	struct delivery *delivery = context;
	const struct outcome_digest digest = {
		.kind = end->digest, .bytes = end->digest_bytes, .length = end->digest_length};
	uint64_t size = end->size - delivery->base;

	if (delivery->reporter.failed)
		return 0;
	if (!delivery->in_tree) {
		if (output_end(&current_item(delivery)->output, size) != 0)
			return give_up_output(delivery);
		reporter_remark(&delivery->reporter, "",
				output_remark(&current_item(delivery)->output));
		reporter_file(&delivery->reporter, "", size, &digest, end->grew);
		return 0;
	}
	if (outtree_end(delivery->outtree, size) != 0)
		return leave_out(delivery);
	if (delivery->outtree->skipping)
		return 0;
	reporter_remark(&delivery->reporter, delivery->outtree->entry,
			outtree_remark(delivery->outtree));
	reporter_file(&delivery->reporter, delivery->outtree->entry, size, &digest, end->grew);
	progress_add_file(delivery->progress);
	progress_advance(delivery->progress, delivery->reporter.bytes);
	return 0;
}

/* Adds to request the state of the current partial file.  Returns 0 or -ECANCELED. */
static int resume(struct delivery *delivery, struct msgfetch_request *request)
{
	return output_continue(&current_item(delivery)->output, &request->resume,
			       &request->offset) == 0
		       ? 0
		       : give_up_output(delivery);
}

static int on_read_existing(void *context, uint64_t offset, void *buffer, size_t length)
{
	struct delivery *delivery = context;

	return output_read_existing(&current_item(delivery)->output, offset, buffer, length) ==
			       0
		       ? 0
		       : give_up_output(delivery);
}

/* Returns whether received bytes are useless: the file changed, or the digest differs. */
static bool is_invalid(enum msgfetch_outcome outcome, int error)
{
	return outcome == MSGFETCH_CHANGED && (error == -ESTALE || error == -EBADMSG);
}

/* Returns whether a failure is about the daemon rather than about the file. */
static bool is_general(enum msgfetch_outcome outcome)
{
	return outcome == MSGFETCH_NO_DAEMON || outcome == MSGFETCH_UNTRUSTED ||
	       outcome == MSGFETCH_TIMED_OUT || outcome == MSGFETCH_BUSY;
}

static int on_failed(void *context, const struct msgfetch_file *file,
		     enum msgfetch_outcome outcome, int error, const char *text)
{
	struct delivery *delivery = context;
	int code = outcome != MSGFETCH_OK ? (int)outcome : MSGFETCH_ERROR;
	int result = advance(delivery, requested_entry(delivery, file->path_index));
	struct msgfetch_file told;

	if (result != 0 || is_lost(delivery, file->path_index))
		return result;
	rename_entry(delivery, file, &told);
	/* A tree that cannot be completed fails as a whole. */
	if (told.name != file->name && is_general(outcome))
		told.name = "";
	if (is_invalid(outcome, error))
		output_invalidate(&current_item(delivery)->output);
	if (error == -EISDIR && !delivery->options->recursive)
		text = REPORT_DIRECTORY;
	return fail_entry(delivery, told.name, code, text);
}

static int on_done(void *context, size_t path)
{
	struct delivery *delivery = context;
	size_t entry = requested_entry(delivery, path);
	int result = advance(delivery, entry);

	if (result == 0 && delivery->at == entry)
		result = leave_entry(delivery);
	return result;
}

/* Refuses a path of a list without a local name of its own.  Returns 0 or -ENOMEM. */
static int check_name(struct delivery_item *item, const char *earlier)
{
	size_t length;
	const char *name = target_name(item->path, &length);
	int result;

	if (name != NULL && earlier == NULL)
		return 0;
	item->unfit = -EEXIST;
	if (name == NULL)
		result = asprintf(&item->refusal, "does not end in the name of a file");
	else
		result = asprintf(&item->refusal,
				  "not fetched: \"%s\" has the same local name; fetch one "
				  "of them to another directory",
				  earlier);
	return result < 0 ? -ENOMEM : 0;
}

/* Checks the target of one path.  Returns 0 or -ENOMEM. */
static int prepare_item(struct delivery *delivery, size_t index)
{
	const struct options *options = delivery->options;
	struct delivery_item *item = &delivery->items[index];
	const char *name = options->output;

	item->path = options->paths[index];
	if (options->directory != NULL) {
		item->name = target_join(options->directory, item->path);
		if (item->name == NULL)
			return -ENOMEM;
		name = item->name;
	}
	/* A dry run checks no targets. */
	item->unfit = output_prepare(&item->output, options->dry_run ? NULL : name,
				     options->in_place);
	if (options->path_count > 1)
		output_remember(&item->output, &delivery->written);
	return options->earlier != NULL ? check_name(item, options->earlier[index]) : 0;
}

/* Checks the target of each path before the first request.  Returns 0 or -ENOMEM. */
static int prepare(struct delivery *delivery)
{
	size_t count = delivery->options->path_count;
	int result = 0;

	delivery->items = calloc(count, sizeof(*delivery->items));
	if (delivery->items == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < count && result == 0; i++)
		result = prepare_item(delivery, i);
	return result;
}

static const struct msgfetch_sink sink = {
	.size = sizeof(sink),
	.begin = on_begin,
	.data = on_data,
	.end = on_end,
	.failed = on_failed,
	.done = on_done,
	.read_existing = on_read_existing,
};

static void ask_for_range(struct msgfetch_request *request, const struct options_range *range)
{
	if (!range->wanted)
		return;
	request->flags |= range->tail ? MSGFETCH_RANGE_SET | MSGFETCH_TAIL : MSGFETCH_RANGE_SET;
	request->offset = range->offset;
	request->length = range->length;
}

/* Requests count paths, from first on.  Returns 0, -ECANCELED or another negative errno. */
static int request_some(struct delivery *delivery, struct msgfetch *session, size_t first,
			size_t count)
{
	const struct options *options = delivery->options;
	struct msgfetch_sink own = sink;
	struct msgfetch_request request;
	int result;

	own.context = delivery;
	delivery->first = first;
	msgfetch_request_init(&request);
	request.paths = (const char *const *)delivery->request.paths + first;
	request.count = count;
	request.flags = options->recursive && !delivery->selection.names ? MSGFETCH_RECURSE : 0;
	if (options->strict)
		request.flags |= MSGFETCH_STRICT;
	request.digest = options->digest;
	ask_for_range(&request, &options->range);
	if (options->continued && (advance(delivery, requested_entry(delivery, 0)) != 0 ||
				   resume(delivery, &request) != 0))
		return -ECANCELED;
	result = msgfetch_fetch(session, &request, &own);
	if (delivery->over)
		return -ECANCELED;
	/* Failures of single files have been reported to the sink, which left them all. */
	if (result == 0 || delivery->at > requested_entry(delivery, count - 1))
		return 0;
	return msgfetch_outcome(session) == MSGFETCH_OUTPUT ? -ECANCELED : result;
}

/*
 * Fetches all entries from the current path on.  Returns 0, -ECANCELED if an output failed,
 * or another negative errno.
 */
static int fetch_rest(struct delivery *delivery, struct msgfetch *session)
{
	const struct selection *selection = &delivery->selection;
	struct selection_request *request = &delivery->request;
	size_t step;
	int result = 0;

	while (delivery->at < selection->catalog.count &&
	       selection_path(selection, delivery->at)->number < delivery->current)
		delivery->at++;
	if (!delivery->options->dry_run)
		result = selection_request(selection, delivery->at, request);
	/* The library resumes one file a call. */
	step = delivery->options->continued ? 1 : request->count;
	for (size_t i = 0; i < request->count && result == 0; i += step)
		result = request_some(delivery, session, i, step);
	if (result == 0)
		result = advance(delivery, selection->catalog.count);
	selection_request_free(request);
	return result;
}

/* Lists the entries of all requestable paths.  Returns 0 or a negative errno. */
static int select_all(struct delivery *delivery, struct msgfetch *session)
{
	const struct options *options = delivery->options;
	struct selection_path *paths = calloc(options->path_count, sizeof(*paths));
	size_t count = 0;

	if (paths == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < options->path_count; i++) {
		const struct delivery_item *item = &delivery->items[i];

		if (is_requestable(delivery, i))
			paths[count++] = (struct selection_path){
				.path = item->path,
				.target = target_of(delivery, item),
				.number = i,
			};
	}
	return selection_make(&delivery->selection, options, session, paths, count);
}

/* Reports failures that the sink has not seen.  result: of the last call. */
static void report_rest(struct delivery *delivery, struct msgfetch *session, int result)
{
	struct reporter *reporter = &delivery->reporter;
	char reason[128];

	if (delivery->current < delivery->options->path_count && !delivery->over) {
		reporter_fail(reporter, "",
			      result == -ENOMEM ? MSGFETCH_ERROR
						: (int)msgfetch_outcome(session),
			      result == -ENOMEM ? "out of memory" : msgfetch_error(session));
		reporter_done(reporter);
	}
	if (reporter->result.code == MSGFETCH_OK && msgfetch_outcome(session) != MSGFETCH_OK) {
		/* The daemon broke the protocol after the last file. */
		reporter_tell(reporter, NULL, msgfetch_error(session));
		report_count(&reporter->result, (int)msgfetch_outcome(session));
	}
	if (reporter->output_error != 0) {
		(void)snprintf(reason, sizeof(reason), "cannot write standard output: %s",
			       strerror(-reporter->output_error));
		reporter_tell(reporter, NULL, reason);
		report_count(&reporter->result, MSGFETCH_OUTPUT);
	}
}

static void fetch_all(struct delivery *delivery, struct msgfetch *session)
{
	size_t count = delivery->options->path_count;
	int result = select_all(delivery, session);

	find_next(delivery);
	while (result == 0 && delivery->current < count && !delivery->over) {
		result = fetch_rest(delivery, session);
		if (result != -ECANCELED || delivery->over)
			break;
		/* A failed output ended the call: go on with the next path. */
		finish_item(delivery);
		delivery->current++;
		find_next(delivery);
		result = 0;
	}
	if (delivery->over && delivery->current < count) {
		finish_item(delivery);
		delivery->current++;
	}
	if (result == 0 && delivery->options->dry_run)
		dryrun_total(&delivery->dryrun, &delivery->reporter);
	report_rest(delivery, session, result);
}

/* Suggests another path for the first one without an export. */
static void suggest(struct delivery *delivery, struct msgfetch *session)
{
	char *hint;

	if (delivery->unknown == NULL)
		return;
	hint = suggest_export(session, delivery->unknown);
	if (hint != NULL)
		reporter_tell(&delivery->reporter, delivery->unknown, hint);
	free(hint);
}

static void run(struct delivery *delivery, struct msgfetch *session)
{
	struct reporter *reporter = &delivery->reporter;

	if (prepare(delivery) != 0) {
		reporter_tell(reporter, NULL, "out of memory");
		report_count(&reporter->result, MSGFETCH_ERROR);
		return;
	}
	fetch_all(delivery, session);
	suggest(delivery, session);
}

void delivery_init(struct delivery *delivery, const struct options *options,
		   struct progress *progress)
{
	*delivery = (struct delivery){.options = options, .progress = progress};
	reporter_open(&delivery->reporter, options, progress);
}

int delivery_run(struct delivery *delivery, struct msgfetch *session)
{
	const struct options *options = delivery->options;

	if (options->recursive) {
		delivery->mask = umask(S_IRWXG | S_IRWXO);
		/* Directories of a tree need the owner's bits while they are filled. */
		(void)umask(delivery->mask & (S_IRWXG | S_IRWXO));
	}
	run(delivery, session);
	for (; delivery->items != NULL && delivery->current < options->path_count;
	     delivery->current++)
		close_item(delivery);
	free(delivery->items);
	delivery->items = NULL;
	free(delivery->outtree);
	written_free(&delivery->written);
	if (options->recursive)
		(void)umask(delivery->mask);
	selection_free(&delivery->selection);
	return delivery->reporter.result.code;
}
