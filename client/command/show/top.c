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

/* Two looks at the daemon, and when they were. */
struct looks {
	struct status_text now, before;
	uint64_t now_at, before_at; /* ms, monotonic; 0: not yet */
	const char *notice;         /* why the last one failed, or NULL */
};

static uint64_t now_ms(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
}

/* Returns an exit code.  What was seen before stays where it fails. */
static int look(struct looks *looks, struct msgfetch *session)
{
	struct status_text fresh;
	int code = status_ask(session, &fresh, NULL, &looks->notice);

	if (code != REPORT_OK)
		return code;
	status_text_free(&looks->before);
	looks->before = looks->now;
	looks->before_at = looks->now_at;
	looks->now = fresh;
	looks->now_at = now_ms();
	looks->notice = NULL;
	return REPORT_OK;
}

static int draw(struct screen *screen, const struct looks *looks)
{
	struct topview view = {
		.now = &looks->now,
		.before = looks->before_at > 0 ? &looks->before : NULL,
		.seconds = (double)(looks->now_at - looks->before_at) / 1e3,
		.notice = looks->notice,
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

/* Draws and waits until the second is over.  False: it is over for good. */
static bool show(struct screen *screen, const struct looks *looks, int *error)
{
	uint64_t until = now_ms() + PERIOD_MS, now;

	while ((now = now_ms()) < until) {
		int key;

		*error = draw(screen, looks);
		if (*error != 0)
			return false;
		key = screen_wait(screen, (unsigned)(until - now));
		if (key == 'q' || key == 'Q' || key == SCREEN_OVER)
			return false;
	}
	return true;
}

static int show_all(struct looks *looks, struct msgfetch *session)
{
	struct screen screen;
	int error = screen_open(&screen), closed = 0;

	if (error == 0) {
		while (show(&screen, looks, &error))
			(void)look(looks, session); /* that it failed is shown */
		closed = screen_close(&screen);
	}
	if (error == 0 && closed == 0)
		return REPORT_OK;
	report_line(stderr, NULL, strerror(error != 0 ? -error : -closed));
	return error != 0 ? REPORT_ERROR : REPORT_OUTPUT;
}

int top_run(struct msgfetch *session)
{
	struct looks looks = {0};
	int code;

	if (!screen_is_there()) {
		report_line(stderr, NULL,
			    "--top needs a terminal as standard output; --status needs none");
		return REPORT_USAGE;
	}
	code = look(&looks, session);
	if (code == REPORT_OK)
		code = show_all(&looks, session);
	else
		report_line(stderr, NULL, looks.notice);
	status_text_free(&looks.now);
	status_text_free(&looks.before);
	return code;
}
