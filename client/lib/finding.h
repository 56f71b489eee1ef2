/* SPDX-License-Identifier: ISC */
/*
 * finding: formats a finding of a diagnosis, and hands the finding to the caller.
 *
 * Must not know the facts.
 */
#ifndef MSGFETCH_LIB_FINDING_H
#define MSGFETCH_LIB_FINDING_H

#include "client/lib/msgfetch.h"

/* Reports the findings.  Starts with outcome MSGFETCH_OK. */
struct diagnosis {
	void (*finding)(void *context, const struct msgfetch_finding *finding);
	void *context;
	enum msgfetch_outcome outcome; /* of the first problem */
	char problem[640];             /* text of the first problem */
	char text[640];                /* of the current finding */
	char advice[320];
};

/* Sets the advice of the next finding. */
void finding_advise(struct diagnosis *diagnosis, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Reports a finding with the present advice.  topic: a fixed word.  outcome: of a fetch.  The
 * first problem sets the outcome of the diagnosis.
 */
void finding_add(struct diagnosis *diagnosis, enum msgfetch_severity severity,
		 const char *topic, enum msgfetch_outcome outcome, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

/* Reports a finding without a problem. */
void finding_fine(struct diagnosis *diagnosis, const char *topic, const char *text);

#endif
