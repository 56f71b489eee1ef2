/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/command/show/status.h"

#include "client/command/base/report.h"
#include "client/command/show/json.h"
#include "client/command/show/prometheus.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int status_ask(struct msgfetch *session, struct status_text *status, char **raw,
	       const char **problem)
{
	char *text;
	int error = msgfetch_status(session, &text), code;

	if (error != 0) {
		code = (int)msgfetch_outcome(session);
		*problem = msgfetch_error(session);
		return code != MSGFETCH_OK ? code : MSGFETCH_ERROR;
	}
	error = status_text_parse(text, status);
	if (error == 0 && raw != NULL)
		*raw = text;
	else
		free(text);
	if (error == 0)
		return MSGFETCH_OK;
	*problem = error == -ENOMEM ? "out of memory"
				    : "the daemon sent a status that is not well formed";
	return MSGFETCH_ERROR;
}

/* Prints one object per number: name, labels and value. */
static int print_json(const struct status_text *status)
{
	int error = 0;

	for (size_t i = 0; error == 0 && i < status->count; i++) {
		const struct status_line *line = &status->lines[i];
		struct json_line *json = json_begin();

		json_add_text(json, "name", line->name);
		for (size_t label = 0; label < line->label_count; label++)
			json_add_text(json, line->labels[label].name, line->labels[label].text);
		if (strchr(line->value, '.') == NULL)
			json_add_number(json, "value", strtoll(line->value, NULL, 10));
		else
			json_add_real(json, "value", strtod(line->value, NULL));
		error = json_end(json, stdout);
	}
	return error;
}

int status_run(struct msgfetch *session, enum options_format format)
{
	struct status_text status;
	const char *problem;
	char *raw = NULL;
	int code = status_ask(session, &status, &raw, &problem);

	if (code != MSGFETCH_OK) {
		report_line(stderr, NULL, problem);
		return code;
	}
	if (format == OPTIONS_TEXT) {
		(void)fputs(raw, stdout);
	} else if (format == OPTIONS_PROMETHEUS) {
		prometheus_write(stdout, &status);
	} else if (print_json(&status) != 0) {
		report_line(stderr, NULL, "out of memory");
		code = MSGFETCH_ERROR;
	}
	status_text_free(&status);
	free(raw);
	return code;
}
