/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/command/delivery.h"

#include "client/command/output.h"
#include "client/command/target.h"
#include "client/command/text.h"

#include <errno.h>
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

void delivery_say(struct delivery *delivery, const char *path, const char *text)
{
	progress_clear(delivery->progress);
	report_line(stderr, path, text);
}

/* Tells that the path at hand failed. */
static void fail_path(struct delivery *delivery, int code, const char *text)
{
	delivery->failed = true;
	delivery_say(delivery, at_hand(delivery)->path, text);
	report_count(&delivery->tally, code);
}

/* The same, and ends the call: returns what the sink's functions have to for that. */
static int give_up(struct delivery *delivery, int code, const char *text)
{
	fail_path(delivery, code, text);
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

/* Says something of an entry beneath the path at hand. */
static void say_entry(struct delivery *delivery, const char *entry, const char *text)
{
	const char *path = at_hand(delivery)->path;
	size_t length = strlen(path);
	char *whole;

	while (length > 1 && path[length - 1] == '/')
		length--;
	if (asprintf(&whole, "%.*s/%s", (int)length, path, entry) < 0) {
		delivery_say(delivery, entry, text);
		return;
	}
	delivery_say(delivery, whole, text);
	free(whole);
}

/* An entry could not be made; the rest of the tree comes even so. */
static int leave_out(struct delivery *delivery)
{
	say_entry(delivery, delivery->outtree->entry, outtree_problem(delivery->outtree));
	report_count(&delivery->tally, REPORT_OUTPUT);
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

static int begin_file(struct delivery *delivery, const struct msgfetch_file *file)
{
	struct delivery_item *item = at_hand(delivery);

	if (delivery->in_tree)
		(void)take_back(delivery);
	if (item->unfit != 0)
		return give_up_output(delivery);
	if (delivery->options->preserve)
		output_preserve(&item->output, file->mode, file->mtime_ns);
	progress_begin(delivery->progress, file->size);
	return output_begin(&item->output) == 0 ? 0 : give_up_output(delivery);
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
	if (outtree_begin(delivery->outtree, item->name != NULL ? item->name : options->output,
			  file, &manner) == 0)
		return 0;
	return give_up(delivery, REPORT_OUTPUT, outtree_problem(delivery->outtree));
}

static const char *kind(mode_t mode)
{
	if (S_ISFIFO(mode))
		return "is a fifo: left out";
	if (S_ISSOCK(mode))
		return "is a socket: left out";
	if (S_ISCHR(mode) || S_ISBLK(mode))
		return "is a device: left out";
	return "is neither file, directory nor symbolic link: left out";
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
		if (!delivery->options->quiet)
			say_entry(delivery, file->name, kind(file->mode));
		return 0;
	}
	return outtree_entry(delivery->outtree, file) == 0 ? 0 : leave_out(delivery);
}

static int on_begin(void *context, const struct msgfetch_file *file)
{
	struct delivery *delivery = context;

	if (file->name[0] != '\0')
		return begin_entry(delivery, file);
	delivery->failed = false;
	delivery->files = 0;
	delivery->bytes = 0;
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

	if (delivery->failed) /* and so did all that is beneath it */
		return 0;
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
		progress_advance(delivery->progress, delivery->bytes + offset + length);
	return result;
}

static int on_end(void *context, const struct msgfetch_end *end)
{
	struct delivery *delivery = context;
	uint64_t size = end->size;

	if (delivery->failed)
		return 0;
	if (!delivery->in_tree) {
		delivery->bytes = size;
		return output_end(&at_hand(delivery)->output, size) == 0
			       ? 0
			       : give_up_output(delivery);
	}
	if (outtree_end(delivery->outtree, size) != 0)
		return leave_out(delivery);
	if (delivery->outtree->skipping)
		return 0;
	delivery->bytes += size;
	delivery->files++;
	progress_add_file(delivery->progress);
	progress_advance(delivery->progress, delivery->bytes);
	return 0;
}

static int on_failed(void *context, const struct msgfetch_file *file,
		     enum msgfetch_outcome outcome, int error, const char *text)
{
	struct delivery *delivery = context;
	int code = outcome != MSGFETCH_OK ? (int)outcome : REPORT_ERROR;

	(void)error;
	if (file->name[0] != '\0') {
		if (delivery->in_tree)
			outtree_drop(delivery->outtree);
		say_entry(delivery, file->name, text);
		report_count(&delivery->tally, code);
		return 0;
	}
	(void)take_back(delivery);
	fail_path(delivery, code, text);
	return 0;
}

static double seconds_since(const struct timespec *start)
{
	struct timespec end;

	clock_gettime(CLOCK_MONOTONIC, &end);
	return (double)(end.tv_sec - start->tv_sec) +
	       (double)(end.tv_nsec - start->tv_nsec) / 1e9;
}

static void tell_success(struct delivery *delivery)
{
	char summary[4 * TEXT_NUMBER_SIZE];
	struct report_amount amount = {
		.tree = delivery->in_tree,
		.files = delivery->files,
		.bytes = delivery->bytes,
	};

	progress_advance(delivery->progress, delivery->bytes);
	progress_complete(delivery->progress);
	if (!delivery->options->verbose)
		return;
	amount.seconds = seconds_since(&delivery->start);
	report_summary(summary, sizeof(summary), &amount);
	delivery_say(delivery, at_hand(delivery)->path, summary);
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

/* Goes to the first path, from the current one on, that can be asked for. */
static void find_next(struct delivery *delivery)
{
	const struct options *options = delivery->options;

	for (; delivery->current < options->path_count; delivery->current++) {
		const struct delivery_item *item = at_hand(delivery);

		delivery->failed = false;
		clock_gettime(CLOCK_MONOTONIC, &delivery->start);
		progress_file(delivery->progress, item->path, delivery->current + 1);
		if (item->unfit == 0 || (item->unfit == -EISDIR && options->recursive))
			return;
		fail_path(delivery, REPORT_OUTPUT, output_problem(&item->output));
		close_item(delivery);
	}
}

static int on_done(void *context, size_t path)
{
	struct delivery *delivery = context;

	(void)path;
	if (!delivery->failed && delivery->in_tree && outtree_finish(delivery->outtree) != 0)
		fail_path(delivery, REPORT_OUTPUT, outtree_problem(delivery->outtree));
	if (!delivery->failed)
		tell_success(delivery);
	close_item(delivery);
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

/* Asks for all paths from the current one on, but for those that cannot go anywhere. */
static int fetch_rest(struct delivery *delivery, struct msgfetch *session, const char **asked)
{
	const struct options *options = delivery->options;
	const struct msgfetch_sink sink = {
		.size = sizeof(sink),
		.context = delivery,
		.begin = on_begin,
		.data = on_data,
		.end = on_end,
		.failed = on_failed,
		.done = on_done,
	};
	struct msgfetch_request request;

	msgfetch_request_init(&request);
	request.paths = asked;
	request.flags = options->recursive ? MSGFETCH_RECURSE : 0;
	for (size_t i = delivery->current; i < options->path_count; i++) {
		int unfit = delivery->items[i].unfit;

		if (unfit == 0 || (unfit == -EISDIR && options->recursive))
			asked[request.count++] = delivery->items[i].path;
	}
	return msgfetch_fetch(session, &request, &sink);
}

static void fetch_all(struct delivery *delivery, struct msgfetch *session, const char **asked)
{
	size_t count = delivery->options->path_count;

	find_next(delivery);
	while (delivery->current < count && !delivery->stdout_failed) {
		if (fetch_rest(delivery, session, asked) == 0 ||
		    msgfetch_outcome(session) != MSGFETCH_SINK)
			break;
		/* A path whose output failed ended the call; the others are still to come. */
		close_item(delivery);
		delivery->current++;
		if (!delivery->stdout_failed)
			find_next(delivery);
	}
	if (delivery->current < count && !delivery->stdout_failed)
		fail_path(delivery, (int)msgfetch_outcome(session), msgfetch_error(session));
	if (delivery->tally.code == REPORT_OK && msgfetch_outcome(session) != MSGFETCH_OK) {
		/* All had come, and then something that does not belong there. */
		delivery_say(delivery, NULL, msgfetch_error(session));
		report_count(&delivery->tally, (int)msgfetch_outcome(session));
	}
}

int delivery_run(struct delivery *delivery, struct msgfetch *session)
{
	const struct options *options = delivery->options;
	const char **asked = reallocarray(NULL, options->path_count, sizeof(*asked));

	if (options->recursive) {
		delivery->mask = umask(S_IRWXG | S_IRWXO);
		/* Else directories could not be filled. */
		(void)umask(delivery->mask & (S_IRWXG | S_IRWXO));
	}
	if (asked == NULL || prepare(delivery) != 0) {
		delivery_say(delivery, NULL, "out of memory");
		report_count(&delivery->tally, REPORT_ERROR);
	} else {
		fetch_all(delivery, session, asked);
	}
	for (; delivery->items != NULL && delivery->current < options->path_count;
	     delivery->current++)
		close_item(delivery);
	free(delivery->items);
	delivery->items = NULL;
	free(delivery->outtree);
	free(asked);
	return delivery->tally.code;
}
