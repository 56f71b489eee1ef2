/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/lib/finding.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void finding_advise(struct diagnosis *diagnosis, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	if (vsnprintf(diagnosis->advice, sizeof(diagnosis->advice), format, arguments) < 0)
		diagnosis->advice[0] = '\0';
	va_end(arguments);
}

void finding_add(struct diagnosis *diagnosis, enum msgfetch_severity severity,
		 const char *topic, enum msgfetch_outcome outcome, const char *format, ...)
{
	struct msgfetch_finding finding = {
		.severity = severity,
		.topic = topic,
		.text = diagnosis->text,
		.advice = diagnosis->advice,
		.outcome = outcome,
	};
	va_list arguments;

	va_start(arguments, format);
	if (vsnprintf(diagnosis->text, sizeof(diagnosis->text), format, arguments) < 0)
		diagnosis->text[0] = '\0';
	va_end(arguments);
	if (severity == MSGFETCH_PROBLEM && diagnosis->outcome == MSGFETCH_OK) {
		diagnosis->outcome = outcome;
		strlcpy(diagnosis->problem, diagnosis->text, sizeof(diagnosis->problem));
	}
	diagnosis->finding(diagnosis->context, &finding);
	diagnosis->advice[0] = '\0';
}

void finding_fine(struct diagnosis *diagnosis, const char *topic, const char *text)
{
	finding_add(diagnosis, MSGFETCH_FINE, topic, MSGFETCH_OK, "%s", text);
}
