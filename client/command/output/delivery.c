/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/command/output/delivery.h"

#include "client/command/base/target.h"
#include "client/command/output/output.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* One path, and where it goes. */
struct delivery_item {
	const char *path;
	char *name; /* owned; NULL: what the options say */
	struct output output;
	int unfit; /* a negative errno: the output cannot take a file */
};

/* Where an item goes; NULL: standard output. */
static const char *target_of(const struct delivery *delivery, const struct delivery_item *item)
{
	return item->name != NULL ? item->name : delivery->options->output;
}

static struct delivery_item *at_hand(const struct delivery *delivery)
{
	return &delivery->items[delivery->current];
}

const char *delivery_path(const struct delivery *delivery)
{
	if (delivery->items == NULL || delivery->current >= delivery->options->path_count)
		return NULL;
	return at_hand(delivery)->path;
}

/* Tells that the path at hand failed, and ends the call: returns what the sink has to. */
static int give_up(struct delivery *delivery, int code, const char *text)
{
	reporter_fail(&delivery->reporter, "", code, text);
	return -ECANCELED;
}

static int give_up_output(struct delivery *delivery)
{
	const struct output *output = &at_hand(delivery)->output;

	if (output->cannot_restart)
		return give_up(delivery, REPORT_CHANGED,
			       "changed while it was read, and what was written cannot be "
			       "taken back");
	delivery->stdout_failed = output->name == NULL;
	return give_up(delivery, REPORT_OUTPUT, output_problem(output));
}

/* An entry could not be made; the rest of the tree comes even so. */
static int leave_out(struct delivery *delivery)
{
	reporter_fail(&delivery->reporter, delivery->outtree->entry, REPORT_OUTPUT,
		      outtree_problem(delivery->outtree));
	return 0;
}

/* Takes back what came of the path at hand.  Returns 0, or -ESPIPE where it cannot. */
static int take_back(struct delivery *delivery)
{
	int result = output_drop(&at_hand(delivery)->output);

	if (delivery->in_tree)
		outtree_close(delivery->outtree);
	delivery->in_tree = false;
	return result;
}

/* How many bytes of file are to come. */
static uint64_t wanted_bytes(const struct delivery *delivery, const struct msgfetch_file *file)
{
	const struct options_range *range = &delivery->options->range;
	uint64_t rest = file->size > delivery->base ? file->size - delivery->base : 0;

	return range->length > 0 && range->length < rest ? range->length : rest;
}

static void say_where(struct delivery *delivery, uint64_t offset)
{
	char text[64];

	(void)snprintf(text, sizeof(text), "going on from byte %" PRIu64, offset);
	reporter_tell(&delivery->reporter, at_hand(delivery)->path, text);
}

static int begin_file(struct delivery *delivery, const struct msgfetch_file *file)
{
	struct delivery_item *item = at_hand(delivery);

	if (delivery->in_tree)
		(void)take_back(delivery);
	if (item->unfit != 0)
		return give_up_output(delivery);
	if (delivery->options->preserve)
		output_preserve(&item->output, file->mode, file->mtime_ns);
	if (delivery->options->continued) /* by which it is known once it is complete */
		output_preserve_time(&item->output, file->mtime_ns);
	if (delivery->options->continued && delivery->options->verbose && file->offset > 0)
		say_where(delivery, file->offset);
	/* Of a range, the first byte goes to the beginning. */
	delivery->base = delivery->options->range.wanted ? file->offset : 0;
	progress_begin(delivery->progress, wanted_bytes(delivery, file));
	return output_begin(&item->output, file) == 0 ? 0 : give_up_output(delivery);
}

static int begin_tree(struct delivery *delivery, const struct msgfetch_file *file)
{
	const struct options *options = delivery->options;
	const struct delivery_item *item = at_hand(delivery);
	struct outtree_manner manner = {
		.follow = item->name == NULL, /* the user's own words, not the daemon's */
		.preserve = options->preserve,
		.mask = delivery->mask,
	};

	if (take_back(delivery) != 0)
		return give_up_output(delivery);
	if (delivery->outtree == NULL)
		delivery->outtree = calloc(1, sizeof(*delivery->outtree));
	if (delivery->outtree == NULL)
		return give_up(delivery, REPORT_ERROR, "out of memory");
	progress_begin_tree(delivery->progress);
	delivery->in_tree = true;
	if (outtree_begin(delivery->outtree, target_of(delivery, item), file, &manner) == 0)
		return 0;
	return give_up(delivery, REPORT_OUTPUT, outtree_problem(delivery->outtree));
}

static bool is_special(mode_t mode)
{
	return !S_ISREG(mode) && !S_ISDIR(mode) && !S_ISLNK(mode);
}

/* Something beneath the path at hand begins. */
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

static int on_begin(void *context, const struct msgfetch_file *file)
{
	struct delivery *delivery = context;

	if (file->name[0] != '\0')
		return begin_entry(delivery, file);
	reporter_begin(&delivery->reporter, file->mode);
	if (S_ISREG(file->mode))
		return begin_file(delivery, file);
	if (S_ISDIR(file->mode))
		return begin_tree(delivery, file);
	return give_up(delivery, REPORT_ERROR, "is neither file nor directory");
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
		result = output_data(&at_hand(delivery)->output, bytes, length, offset);
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
		if (output_end(&at_hand(delivery)->output, size) != 0)
			return give_up_output(delivery);
		reporter_file(&delivery->reporter, "", size, &digest);
		return 0;
	}
	if (outtree_end(delivery->outtree, size) != 0)
		return leave_out(delivery);
	if (delivery->outtree->skipping)
		return 0;
	reporter_file(&delivery->reporter, delivery->outtree->entry, size, &digest);
	progress_add_file(delivery->progress);
	progress_advance(delivery->progress, delivery->reporter.bytes);
	return 0;
}

static int on_resume(void *context, struct msgfetch_request *request)
{
	struct delivery *delivery = context;

	return output_continue(&at_hand(delivery)->output, &request->resume,
			       &request->offset) == 0
		       ? 0
		       : give_up_output(delivery);
}

static int on_read_existing(void *context, uint64_t offset, void *buffer, size_t length)
{
	struct delivery *delivery = context;

	return output_had(&at_hand(delivery)->output, offset, buffer, length) == 0
		       ? 0
		       : give_up_output(delivery);
}

/* Whether what came of a file is of no use: it is another one now, or has another digest. */
static bool is_invalid(enum msgfetch_outcome outcome, int error)
{
	return outcome == MSGFETCH_CHANGED && (error == -ESTALE || error == -EBADMSG);
}

static int on_failed(void *context, const struct msgfetch_file *file,
		     enum msgfetch_outcome outcome, int error, const char *text)
{
	struct delivery *delivery = context;
	int code = outcome != MSGFETCH_OK ? (int)outcome : REPORT_ERROR;

	if (is_invalid(outcome, error))
		output_invalidate(&at_hand(delivery)->output);
	if (file->name[0] == '\0')
		(void)take_back(delivery);
	else if (delivery->in_tree)
		outtree_drop(delivery->outtree);
	reporter_fail(&delivery->reporter, file->name, code, text);
	return 0;
}

static int on_skipped(void *context, const struct msgfetch_file *file,
		      enum plan_decision decision)
{
	struct delivery *delivery = context;

	reporter_pass_over(&delivery->reporter, file->name, file->mode, decision);
	return 0;
}

/* Lets go of what the path at hand holds. */
static void close_item(struct delivery *delivery)
{
	struct delivery_item *item = at_hand(delivery);

	(void)take_back(delivery);
	output_close(&item->output);
	free(item->name);
	item->name = NULL;
}

/* Nothing more comes of the path at hand. */
static void finish_item(struct delivery *delivery)
{
	reporter_done(&delivery->reporter);
	close_item(delivery);
}

/* Goes to the first path, from the current one on, that can be asked for. */
static void find_next(struct delivery *delivery)
{
	const struct options *options = delivery->options;

	for (; delivery->current < options->path_count; delivery->current++) {
		const struct delivery_item *item = at_hand(delivery);

		reporter_path(&delivery->reporter, item->path, target_of(delivery, item));
		progress_file(delivery->progress, item->path, delivery->current + 1);
		if (item->unfit == 0 || (item->unfit == -EISDIR && options->recursive))
			return;
		reporter_fail(&delivery->reporter, "", REPORT_OUTPUT,
			      output_problem(&item->output));
		finish_item(delivery);
	}
}

static int on_done(void *context, size_t path)
{
	struct delivery *delivery = context;

	(void)path;
	if (!delivery->reporter.failed && delivery->in_tree &&
	    outtree_finish(delivery->outtree) != 0)
		reporter_fail(&delivery->reporter, "", REPORT_OUTPUT,
			      outtree_problem(delivery->outtree));
	finish_item(delivery);
	delivery->current++;
	find_next(delivery);
	return 0;
}

/* Looks at where each path is to go, before any is asked for.  Returns 0 or -ENOMEM. */
static int prepare(struct delivery *delivery)
{
	const struct options *options = delivery->options;

	delivery->items = calloc(options->path_count, sizeof(*delivery->items));
	if (delivery->items == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < options->path_count; i++) {
		struct delivery_item *item = &delivery->items[i];
		const char *name = options->output;

		item->path = options->paths[i];
		if (options->directory != NULL) {
			item->name = target_join(options->directory, item->path);
			if (item->name == NULL)
				return -ENOMEM;
			name = item->name;
		}
		item->unfit = output_prepare(&item->output, name);
	}
	return 0;
}

static bool can_be_asked_for(const struct delivery *delivery, size_t item)
{
	int unfit = delivery->items[item].unfit;

	return unfit == 0 || (unfit == -EISDIR && delivery->options->recursive);
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

/*
 * Asks for all paths from the current one on, but for those that cannot go anywhere.
 * Returns 0, -ECANCELED where the sink refused, or another negative errno.
 */
static int fetch_rest(struct delivery *delivery, struct msgfetch *session, const char **asked)
{
	const struct options *options = delivery->options;
	struct msgfetch_sink own = sink;
	struct msgfetch_request request;
	int result;

	msgfetch_request_init(&request);
	request.paths = asked;
	request.flags = options->recursive ? MSGFETCH_RECURSE : 0;
	request.digest = options->digest;
	ask_for_range(&request, &options->range);
	for (size_t i = delivery->current; i < options->path_count; i++) {
		if (can_be_asked_for(delivery, i))
			asked[request.count++] = delivery->items[i].path;
	}
	own.context = delivery;
	result = msgfetch_fetch(session, &request, &own);
	return result != 0 && msgfetch_outcome(session) == MSGFETCH_OUTPUT ? -ECANCELED
									   : result;
}

/* Finds out what there is of all paths, and what of it is wanted.  Returns 0 or an errno. */
static int select_all(struct delivery *delivery, struct msgfetch *session)
{
	const struct options *options = delivery->options;
	struct selection_path *paths = calloc(options->path_count, sizeof(*paths));
	size_t count = 0;

	if (paths == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < options->path_count; i++) {
		const struct delivery_item *item = &delivery->items[i];

		if (can_be_asked_for(delivery, i))
			paths[count++] = (struct selection_path){
				.path = item->path,
				.target = target_of(delivery, item),
				.number = i,
			};
	}
	return selection_make(&delivery->selection, options, session, paths, count);
}

static int fetch_selected(struct delivery *delivery, struct msgfetch *session)
{
	struct selection_sink own = {.sink = sink, .resume = on_resume, .skipped = on_skipped};

	own.sink.context = delivery;
	return selection_fetch(&delivery->selection, session, delivery->current, &own);
}

/* After the last call, which ended with result: what it left unsaid. */
static void tell_rest(struct delivery *delivery, struct msgfetch *session, int result)
{
	struct reporter *reporter = &delivery->reporter;
	char reason[128];

	if (delivery->current < delivery->options->path_count && !delivery->stdout_failed) {
		reporter_fail(reporter, "",
			      result == -ENOMEM ? REPORT_ERROR : (int)msgfetch_outcome(session),
			      result == -ENOMEM ? "out of memory" : msgfetch_error(session));
		reporter_done(reporter);
	}
	if (reporter->tally.code == REPORT_OK && msgfetch_outcome(session) != MSGFETCH_OK) {
		/* All had come, and then something that does not belong there. */
		reporter_tell(reporter, NULL, msgfetch_error(session));
		report_count(&reporter->tally, (int)msgfetch_outcome(session));
	}
	if (reporter->output_error != 0) {
		(void)snprintf(reason, sizeof(reason), "cannot write standard output: %s",
			       strerror(-reporter->output_error));
		reporter_tell(reporter, NULL, reason);
		report_count(&reporter->tally, REPORT_OUTPUT);
	}
}

static void fetch_all(struct delivery *delivery, struct msgfetch *session, const char **asked)
{
	const bool selected = selection_is_needed(delivery->options);
	size_t count = delivery->options->path_count;
	int result = selected ? select_all(delivery, session) : 0;

	find_next(delivery);
	while (result == 0 && delivery->current < count && !delivery->stdout_failed) {
		result = selected ? fetch_selected(delivery, session)
				  : fetch_rest(delivery, session, asked);
		if (result != -ECANCELED)
			break;
		/* A path whose output failed ended the call; the others are still to come. */
		finish_item(delivery);
		delivery->current++;
		if (!delivery->stdout_failed)
			find_next(delivery);
		result = 0;
	}
	tell_rest(delivery, session, result);
}

/* Fetches to outputs that were prepared. */
static void run(struct delivery *delivery, struct msgfetch *session)
{
	const char **asked = reallocarray(NULL, delivery->options->path_count, sizeof(*asked));
	struct reporter *reporter = &delivery->reporter;

	if (asked == NULL || prepare(delivery) != 0) {
		reporter_tell(reporter, NULL, "out of memory");
		report_count(&reporter->tally, REPORT_ERROR);
	} else {
		fetch_all(delivery, session, asked);
	}
	free(asked);
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
		/* Else directories could not be filled. */
		(void)umask(delivery->mask & (S_IRWXG | S_IRWXO));
	}
	run(delivery, session);
	for (; delivery->items != NULL && delivery->current < options->path_count;
	     delivery->current++)
		close_item(delivery);
	free(delivery->items);
	delivery->items = NULL;
	free(delivery->outtree);
	if (options->recursive)
		(void)umask(delivery->mask);
	selection_free(&delivery->selection);
	return delivery->reporter.tally.code;
}
