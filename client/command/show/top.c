/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/command/show/top.h"

#include "client/command/base/report.h"
#include "client/command/show/screen.h"
#include "client/command/show/status.h"
#include "client/command/show/topview.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PERIOD_MS 1000u

/* The last two states of the daemon, with their times. */
struct samples {
	struct status_text now, before;
	uint64_t now_at, before_at; /* ms, monotonic; 0: none yet */
	const char *notice;         /* reason why the last request failed, or NULL */
};

static uint64_t now_ms(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
}

/* Asks the daemon.  Returns an exit code; on failure the old samples stay. */
static int take_sample(struct samples *samples, struct msgfetch *session)
{
	struct status_text fresh;
	int code = status_ask(session, &fresh, NULL, &samples->notice);

	if (code != MSGFETCH_OK)
		return code;
	status_text_free(&samples->before);
	samples->before = samples->now;
	samples->before_at = samples->now_at;
	samples->now = fresh;
	samples->now_at = now_ms();
	samples->notice = NULL;
	return MSGFETCH_OK;
}

static int draw(struct screen *screen, const struct samples *samples)
{
	struct topview view = {
		.now = &samples->now,
		.before = samples->before_at > 0 ? &samples->before : NULL,
		.seconds = (double)(samples->now_at - samples->before_at) / 1e3,
		.notice = samples->notice,
	};
	char *text = NULL;
	size_t length;
	FILE *stream = open_memstream(&text, &length);
	int error;

	if (stream == NULL)
		return -errno;
	screen_size(&view.rows, &view.columns);
	error = topview_write(stream, &view);
	if (fclose(stream) != 0 && error == 0)
		error = -ENOMEM;
	if (error == 0)
		screen_show(screen, text);
	free(text);
	return error;
}

/* Draws, and waits until the second is over.  Returns false to quit. */
static bool show(struct screen *screen, const struct samples *samples, int *error)
{
	uint64_t until = now_ms() + PERIOD_MS, now;

	while ((now = now_ms()) < until) {
		int key;

		*error = draw(screen, samples);
		if (*error != 0)
			return false;
		key = screen_wait(screen, (unsigned)(until - now));
		if (key == 'q' || key == 'Q' || key == SCREEN_OVER)
			return false;
	}
	return true;
}

static int show_all(struct samples *samples, struct msgfetch *session)
{
	struct screen screen;
	int error = screen_open(&screen), closed = 0;

	if (error == 0) {
		while (show(&screen, samples, &error))
			(void)take_sample(samples, session); /* draw() shows a failure */
		closed = screen_close(&screen);
	}
	if (error == 0 && closed == 0)
		return MSGFETCH_OK;
	report_line(stderr, NULL, strerror(error != 0 ? -error : -closed));
	return error != 0 ? MSGFETCH_ERROR : MSGFETCH_OUTPUT;
}

int top_run(struct msgfetch *session)
{
	struct samples samples = {0};
	int code;

	if (!screen_is_there()) {
		report_line(stderr, NULL,
			    "--top needs a terminal on standard output; use --status instead");
		return REPORT_USAGE;
	}
	code = take_sample(&samples, session);
	if (code == MSGFETCH_OK)
		code = show_all(&samples, session);
	else
		report_line(stderr, NULL, samples.notice);
	status_text_free(&samples.now);
	status_text_free(&samples.before);
	return code;
}
