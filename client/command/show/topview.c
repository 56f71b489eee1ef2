/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/command/show/topview.h"

#include "client/command/base/text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Wider than any terminal. */
#define LINE_BYTES 2048u

#define SECONDS_A_DAY 86400

struct worker {
	const struct status_line *line;
	const char *id;
	double age, bytes, rate;
};

/* The screen so far: lines left, and width. */
struct page {
	FILE *stream;
	unsigned left, columns;
	bool first;
};

static void put(struct page *page, const char *line)
{
	if (page->left == 0)
		return;
	page->left--;
	fprintf(page->stream, "%s%.*s", page->first ? "" : "\n", (int)page->columns, line);
	page->first = false;
}

static double number(const struct topview *view, const char *name)
{
	return status_text_number(view->now, name, NULL, NULL);
}

static double labelled(const struct topview *view, const char *name, const char *label,
		       const char *text)
{
	return status_text_number(view->now, name, label, text);
}

/* Returns whether the state before is of the same run of the daemon. */
static bool comparable(const struct topview *view)
{
	return view->before != NULL && view->seconds > 0 &&
	       status_text_number(view->before, "uptime_seconds", NULL, NULL) <=
		       number(view, "uptime_seconds");
}

/* Returns a counter's increase per second, or 0 without an earlier state. */
static double rate_of(const struct topview *view, const char *name)
{
	double before;

	if (!comparable(view))
		return 0;
	before = status_text_number(view->before, name, NULL, NULL);
	return number(view, name) > before ? (number(view, name) - before) / view->seconds : 0;
}

static void bytes_text(char buffer[TEXT_NUMBER_SIZE], double bytes)
{
	text_bytes(buffer, (uint64_t)bytes);
}

/* Formats an uptime as "5 d 1:02:03". */
static void uptime_text(char buffer[2 * TEXT_NUMBER_SIZE], double seconds)
{
	uint64_t days = (uint64_t)(seconds / SECONDS_A_DAY);
	char rest[TEXT_NUMBER_SIZE];

	text_duration(rest, seconds - (double)days * SECONDS_A_DAY);
	if (days == 0)
		strlcpy(buffer, rest, 2 * TEXT_NUMBER_SIZE);
	else
		(void)snprintf(buffer, 2 * TEXT_NUMBER_SIZE, "%ju d %s", (uintmax_t)days, rest);
}

static void put_daemon(struct page *page, const struct topview *view)
{
	const struct status_line *info = status_text_find(view->now, "info", NULL, NULL);
	const char *version = info != NULL ? status_text_label(info, "version") : NULL;
	char line[LINE_BYTES], up[2 * TEXT_NUMBER_SIZE];

	uptime_text(up, number(view, "uptime_seconds"));
	(void)snprintf(line, sizeof(line), "msgfetchd %s, process %.0f, up %s%s%s",
		       version != NULL ? version : "?", number(view, "pid"), up,
		       view->notice != NULL ? "   " : "",
		       view->notice != NULL ? view->notice : "");
	put(page, line);
}

static void put_load(struct page *page, const struct topview *view)
{
	char line[LINE_BYTES], queue[TEXT_NUMBER_SIZE], limit[TEXT_NUMBER_SIZE],
		oldest[TEXT_NUMBER_SIZE];

	bytes_text(queue, number(view, "queue_bytes"));
	bytes_text(limit, number(view, "queue_limit_bytes"));
	text_duration(oldest, number(view, "oldest_transfer_seconds"));
	(void)snprintf(line, sizeof(line), "workers  %.0f of %.0f, most %.0f, oldest %s",
		       number(view, "workers"), number(view, "workers_limit"),
		       number(view, "workers_peak"), oldest);
	put(page, line);
	(void)snprintf(line, sizeof(line),
		       "waiting  %.0f of %.0f, most %.0f; queue %.0f messages, %s of %s",
		       number(view, "waiting"), number(view, "waiting_limit"),
		       number(view, "waiting_peak"), number(view, "queue_messages"), queue,
		       limit);
	put(page, line);
}

static void put_totals(struct page *page, const struct topview *view)
{
	char line[LINE_BYTES], requests[TEXT_NUMBER_SIZE], sent[TEXT_NUMBER_SIZE],
		rate[TEXT_NUMBER_SIZE];

	text_count(requests, (uint64_t)number(view, "requests_total"));
	bytes_text(sent, number(view, "sent_bytes_total"));
	text_rate(rate, rate_of(view, "sent_bytes_total"));
	(void)snprintf(line, sizeof(line),
		       "requests %s, %.1f a second; failed %.0f, partial %.0f, busy %.0f",
		       requests, rate_of(view, "requests_total"),
		       labelled(view, "ended_total", "outcome", "failed"),
		       labelled(view, "ended_total", "outcome", "partial"),
		       labelled(view, "refused_total", "reason", "busy"));
	put(page, line);
	(void)snprintf(line, sizeof(line), "sent     %s, %s", sent, rate);
	put(page, line);
}

/* Names the limits that were reached, as many as fit. */
static void put_limits(struct page *page, const struct topview *view)
{
	char text[LINE_BYTES] = "limits  ";
	size_t length = strlen(text), empty = length;

	for (size_t i = 0; i < view->now->count; i++) {
		const struct status_line *line = &view->now->lines[i];
		const char *limit = status_text_label(line, "limit");
		int more;

		if (limit == NULL || strcmp(line->name, "limit_hits_total") != 0 ||
		    strcmp(line->value, "0") == 0)
			continue;
		more = snprintf(text + length, sizeof(text) - length, " %s %s", limit,
				line->value);
		if (more < 0 || (size_t)more >= sizeof(text) - length)
			break;
		length += (size_t)more;
	}
	put(page, length == empty ? "limits   none reached" : text);
}

static struct worker describe(const struct topview *view, const struct status_line *line)
{
	const char *id = status_text_label(line, "worker");
	struct worker worker = {
		.line = line, .id = id != NULL ? id : "", .bytes = strtod(line->value, NULL)};
	double before = 0, seconds;

	worker.age = labelled(view, "worker_age_seconds", "worker", worker.id);
	seconds = worker.age;
	if (comparable(view) && worker.age > view->seconds) {
		before = status_text_number(view->before, line->name, "worker", worker.id);
		seconds = view->seconds;
	}
	if (seconds > 0 && worker.bytes > before)
		worker.rate = (worker.bytes - before) / seconds;
	return worker;
}

/* Orders by rate, fastest first, then by age, oldest first. */
static int by_rate(const void *one, const void *other)
{
	const struct worker *left = one, *right = other;

	if (left->rate != right->rate)
		return left->rate < right->rate ? 1 : -1;
	return (left->age < right->age) - (left->age > right->age);
}

static const char *shown(const struct worker *worker, const char *label)
{
	const char *text = status_text_label(worker->line, label);

	return text != NULL ? text : "";
}

static void put_worker(struct page *page, const struct worker *worker)
{
	char line[LINE_BYTES], sent[TEXT_NUMBER_SIZE], rate[TEXT_NUMBER_SIZE],
		age[TEXT_NUMBER_SIZE];

	bytes_text(sent, worker->bytes);
	text_rate(rate, worker->rate);
	text_duration(age, worker->age);
	(void)snprintf(line, sizeof(line), "%8s %8s %8s %8s %10s %12s  %s", worker->id,
		       shown(worker, "uid"), shown(worker, "client"), age, sent, rate,
		       shown(worker, "path"));
	put(page, line);
}

int topview_write(FILE *stream, const struct topview *view)
{
	struct page page = {
		.stream = stream, .left = view->rows, .columns = view->columns, .first = true};
	struct worker *workers = calloc(view->now->count + 1, sizeof(*workers));
	size_t count = 0;

	if (workers == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < view->now->count; i++)
		if (strcmp(view->now->lines[i].name, "worker_sent_bytes") == 0)
			workers[count++] = describe(view, &view->now->lines[i]);
	qsort(workers, count, sizeof(*workers), by_rate);
	put_daemon(&page, view);
	put_load(&page, view);
	put_totals(&page, view);
	put_limits(&page, view);
	put(&page, "");
	put(&page, "  WORKER      UID   CLIENT      AGE       SENT         RATE  PATH");
	for (size_t i = 0; i < count; i++)
		put_worker(&page, &workers[i]);
	free(workers);
	return 0;
}
