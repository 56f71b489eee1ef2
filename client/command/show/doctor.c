/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/command/show/doctor.h"

#include "client/command/base/report.h"
#include "client/command/show/json.h"

#include <stdio.h>
#include <string.h>

#define WIDTH_SEVERITY 8
#define WIDTH_TOPIC 12

static const char *severity_name(enum msgfetch_severity severity)
{
	switch (severity) {
	case MSGFETCH_FINE:
		return "ok";
	case MSGFETCH_NOTE:
		return "note";
	case MSGFETCH_PROBLEM:
		break;
	}
	return "problem";
}

struct doctor {
	bool quiet, json;
	int error; /* of writing, or 0 */
};

static void print_text(const struct msgfetch_finding *finding)
{
	printf("%-*s %-*s %s\n", WIDTH_SEVERITY, severity_name(finding->severity), WIDTH_TOPIC,
	       finding->topic, finding->text);
	if (finding->advice[0] != '\0')
		printf("%-*s %-*s -> %s\n", WIDTH_SEVERITY, "", WIDTH_TOPIC, "",
		       finding->advice);
}

static int print_json(const struct msgfetch_finding *finding)
{
	struct json_line *line = json_begin();

	json_add_text(line, "severity", severity_name(finding->severity));
	json_add_text(line, "topic", finding->topic);
	json_add_text(line, "text", finding->text);
	if (finding->advice[0] != '\0')
		json_add_text(line, "advice", finding->advice);
	json_add_text(line, "outcome", report_name((int)finding->outcome));
	json_add_number(line, "code", finding->outcome);
	return json_end(line, stdout);
}

static void print_finding(void *context, const struct msgfetch_finding *finding)
{
	struct doctor *doctor = context;

	if (doctor->quiet && finding->severity == MSGFETCH_FINE)
		return;
	if (!doctor->json)
		print_text(finding);
	else if (doctor->error == 0)
		doctor->error = print_json(finding);
}

int doctor_run(struct msgfetch *session, bool quiet, bool json)
{
	struct doctor doctor = {.quiet = quiet, .json = json};
	int result = msgfetch_diagnose(session, print_finding, &doctor);

	if (result == 0)
		result = doctor.error;
	if (result == 0)
		return (int)msgfetch_outcome(session);
	report_line(stderr, NULL, strerror(-result));
	return MSGFETCH_ERROR;
}
