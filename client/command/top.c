/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/command/top.h"

#include "client/command/report.h"
#include "client/command/screen.h"
#include "client/command/status.h"
#include "client/command/status_text.h"
#include "client/command/topview.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PERIOD_MS 1000u

/* Two looks at the daemon, and when they were. */
struct looks {
	struct status_text now, before;
	double now_at, before_at; /* seconds, monotonic; 0: not yet */
	const char *notice;       /* why the last one failed, or NULL */
};

static double seconds(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
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
	looks->now_at = seconds();
	looks->notice = NULL;
	return REPORT_OK;
}

static int draw(struct screen *screen, const struct looks *looks)
{
	struct topview view = {
		.now = &looks->now,
		.before = looks->before_at > 0 ? &looks->before : NULL,
		.seconds = looks->now_at - looks->before_at,
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
	double until = seconds() + PERIOD_MS / 1e3;

	for (double left = PERIOD_MS / 1e3; left > 0; left = until - seconds()) {
		int key;

		*error = draw(screen, looks);
		if (*error != 0)
			return false;
		key = screen_wait(screen, (unsigned)(left * 1e3) + 1);
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
