/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/report.h"

#include "client/text.h"

#include <stdlib.h>

void report_count(struct report_tally *tally, int code)
{
	if (code == REPORT_OK || code == tally->code)
		return;
	tally->code = tally->code == REPORT_OK ? code : REPORT_ERROR;
}

void report_line(FILE *stream, const char *path, const char *text)
{
	char *quoted;

	if (path == NULL) {
		(void)fprintf(stream, "msgfetch: %s\n", text);
		return;
	}
	quoted = text_quote(path[0] != '\0' ? path : "\"\"");
	(void)fprintf(stream, "msgfetch: %s: %s\n", quoted != NULL ? quoted : "?", text);
	free(quoted);
}

void report_summary(char *buffer, size_t size, uint64_t bytes, double seconds)
{
	char amount[TEXT_NUMBER_SIZE];

	text_bytes(amount, bytes);
	if (seconds > 0) {
		char rate[TEXT_NUMBER_SIZE];

		/* Below a tenth of a second people want to see more than "0.0". */
		text_rate(rate, (double)bytes / seconds);
		(void)snprintf(buffer, size, "%s in %.*f s, %s", amount, seconds < 0.1 ? 4 : 1,
			       seconds, rate);
	} else {
		(void)snprintf(buffer, size, "%s", amount);
	}
}
