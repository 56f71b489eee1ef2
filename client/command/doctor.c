/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/command/doctor.h"

#include "client/command/report.h"

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

static void print_finding(void *context, const struct msgfetch_finding *finding)
{
	const bool *quiet = context;

	if (*quiet && finding->severity == MSGFETCH_FINE)
		return;
	printf("%-*s %-*s %s\n", WIDTH_SEVERITY, severity_name(finding->severity), WIDTH_TOPIC,
	       finding->topic, finding->text);
	if (finding->advice[0] != '\0')
		printf("%-*s %-*s -> %s\n", WIDTH_SEVERITY, "", WIDTH_TOPIC, "",
		       finding->advice);
}

int doctor_run(struct msgfetch *session, bool quiet)
{
	int result = msgfetch_diagnose(session, print_finding, &quiet);

	if (result == 0)
		return (int)msgfetch_outcome(session);
	report_line(stderr, NULL, strerror(-result));
	return REPORT_ERROR;
}
