/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/command/show/progress.h"

#include "client/command/base/cleanup.h"
#include "client/command/base/text.h"
#include "client/command/show/bar.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

/* Seconds. */
static const double first_after = 0.3;
static const double live_interval = 0.1;
static const double lines_interval = 5;
static const double smoothing = 2;

enum { DEFAULT_COLUMNS = 80, LEAST_COLUMNS = 10 };

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Returns the width to draw in.  The last column stays free, since some terminals wrap there.
 */
static unsigned columns(void)
{
	const char *variable = getenv("COLUMNS");
	const char *problem = NULL;
	struct winsize size;
	unsigned width = DEFAULT_COLUMNS;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
		width = size.ws_col;
	} else if (variable != NULL) {
		long long number = strtonum(variable, 1, BAR_MOST_COLUMNS, &problem);

		if (problem == NULL)
			width = (unsigned)number;
	}
	return width > LEAST_COLUMNS ? width - 1 : LEAST_COLUMNS - 1;
}

/* Returns whether another job has the terminal: a background job must not draw. */
static bool in_background(void)
{
	pid_t front = tcgetpgrp(STDERR_FILENO);

	return front > 0 && front != getpgrp();
}

static void write_terminal(const char *text)
{
	size_t length = strlen(text);

	while (length > 0) {
		ssize_t written = write(STDERR_FILENO, text, length);

		if (written < 0 && errno != EINTR)
			return;
		if (written > 0) {
			text += written;
			length -= (size_t)written;
		}
	}
}

/* name: progress->path quoted, or NULL if memory ran out. */
static struct bar describe(const struct progress *progress, const char *name)
{
	return (struct bar){
		.name = name != NULL ? name : "?",
		.index = progress->index,
		.count = progress->count,
		.done = progress->done,
		.size = progress->size,
		.rate = progress->rate,
		.tree = progress->tree,
		.files = progress->files,
	};
}

static void draw_live(struct progress *progress)
{
	char line[BAR_LINE_SIZE + sizeof(CLEANUP_ERASE_LINE)];
	char *name;
	struct bar bar;
	size_t start;

	if (in_background())
		return;
	name = text_quote(progress->path);
	bar = describe(progress, name);
	start = strlcpy(line, CLEANUP_ERASE_LINE, sizeof(line));
	bar_line(line + start, sizeof(line) - start, &bar, columns(), progress->color);
	free(name);
	progress->shown = true;
	cleanup_progress_line(true);
	write_terminal(line);
}

static void draw_plain(const struct progress *progress)
{
	char *name = text_quote(progress->path);
	struct bar bar = describe(progress, name);
	char line[BAR_LINE_SIZE];

	bar_plain(line, sizeof(line), &bar);
	free(name);
	(void)fprintf(stderr, "msgfetch: %s\n", line);
}

/* Updates the rate, an average that favors recent seconds. */
static void measure(struct progress *progress, double time)
{
	double elapsed = time - progress->measured_at;
	double latest;

	if (elapsed <= 0 || progress->done < progress->measured_done)
		return;
	latest = (double)(progress->done - progress->measured_done) / elapsed;
	if (progress->rate > 0)
		progress->rate += (latest - progress->rate) * elapsed / (elapsed + smoothing);
	else
		progress->rate = latest;
	progress->measured_at = time;
	progress->measured_done = progress->done;
}

static void draw(struct progress *progress, double time)
{
	measure(progress, time);
	if (progress->style == PROGRESS_LIVE) {
		draw_live(progress);
		progress->next = time + live_interval;
	} else {
		draw_plain(progress);
		progress->next = time + lines_interval;
	}
}

static bool capable_terminal(void)
{
	const char *type = getenv("TERM");

	return type != NULL && type[0] != '\0' && strcmp(type, "dumb") != 0 &&
	       isatty(STDERR_FILENO);
}

void progress_start(struct progress *progress, enum options_progress wish, bool to_stdout,
		    size_t count)
{
	const char *no_color = getenv("NO_COLOR");

	*progress = (struct progress){
		.to_stdout = to_stdout,
		.color = no_color == NULL || no_color[0] == '\0',
		.count = count,
	};
	if (wish == OPTIONS_PROGRESS_NEVER)
		return;
	progress->next = now();
	if (wish == OPTIONS_PROGRESS_ALWAYS) {
		progress->style = capable_terminal() ? PROGRESS_LIVE : PROGRESS_LINES;
		if (progress->style == PROGRESS_LINES)
			progress->next += lines_interval;
	} else {
		progress->style = PROGRESS_UNDECIDED;
		progress->next += first_after;
	}
}

void progress_share(struct progress *progress, const struct progress_part *part)
{
	*progress = (struct progress){
		.style = PROGRESS_SHARED,
		.part = *part,
		.before = atomic_load(part->bytes),
	};
}

void progress_paths(struct progress *progress, size_t count)
{
	progress->index = count;
}

void progress_file(struct progress *progress, const char *path, size_t index)
{
	if (progress->style == PROGRESS_NONE)
		return;
	progress->path = path;
	progress->index = index;
	progress_begin(progress, 0);
}

void progress_begin(struct progress *progress, uint64_t size)
{
	if (progress->style == PROGRESS_NONE)
		return;
	progress->size = size;
	progress->tree = false;
	progress->done = 0;
	progress->rate = 0;
	progress->measured_done = 0;
	progress->measured_at = now();
}

void progress_begin_tree(struct progress *progress)
{
	progress_begin(progress, 0);
	progress->tree = true;
	progress->files = 0;
}

void progress_add_file(struct progress *progress)
{
	progress->files++;
}

/* Decides whether to show progress, now that the first drawing is due. */
static void decide(struct progress *progress)
{
	bool mixed = progress->to_stdout && isatty(STDOUT_FILENO);

	progress->style = !mixed && capable_terminal() ? PROGRESS_LIVE : PROGRESS_NONE;
}

void progress_advance(struct progress *progress, uint64_t done)
{
	double time;

	if (progress->style == PROGRESS_NONE)
		return;
	progress->done = done;
	if (progress->style == PROGRESS_SHARED) {
		atomic_store(progress->part.bytes, progress->before + done);
		return;
	}
	time = now();
	if (time < progress->next)
		return;
	if (progress->style == PROGRESS_UNDECIDED)
		decide(progress);
	if (progress->style != PROGRESS_NONE)
		draw(progress, time);
}

void progress_complete(struct progress *progress)
{
	if (progress->style == PROGRESS_LINES)
		draw(progress, now());
}

void progress_leave(struct progress *progress)
{
	if (progress->style != PROGRESS_SHARED)
		return;
	progress->before += progress->done;
	progress->done = 0;
	atomic_fetch_add(progress->part.paths, 1);
}

void progress_clear(struct progress *progress)
{
	if (progress->style == PROGRESS_SHARED && atomic_load(progress->part.line))
		write_terminal(CLEANUP_ERASE_LINE);
	if (!progress->shown)
		return;
	write_terminal(CLEANUP_ERASE_LINE);
	progress->shown = false;
	cleanup_progress_line(false);
}

void progress_stop(struct progress *progress)
{
	progress_clear(progress);
	progress->style = PROGRESS_NONE;
}
