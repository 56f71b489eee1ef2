/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/command/base/report.h"

#include "client/command/base/text.h"

#include <stdlib.h>

void report_count(struct report_result *result, int code)
{
	if (code == MSGFETCH_OK || code == result->code)
		return;
	result->code = result->code == MSGFETCH_OK ? code : MSGFETCH_ERROR;
}

const char *report_name(int code)
{
	switch (code) {
	case MSGFETCH_OK:
		return "ok";
	case REPORT_USAGE:
		return "usage";
	case MSGFETCH_NO_DAEMON:
		return "no-daemon";
	case MSGFETCH_UNTRUSTED:
		return "untrusted";
	case MSGFETCH_NOT_FOUND:
		return "not-found";
	case MSGFETCH_DENIED:
		return "denied";
	case MSGFETCH_CHANGED:
		return "changed";
	case MSGFETCH_TIMED_OUT:
		return "timed-out";
	case MSGFETCH_OUTPUT:
		return "output";
	case MSGFETCH_BUSY:
		return "busy";
	case MSGFETCH_RANGE:
		return "range";
	default:
		return "error";
	}
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

void report_summary(char *buffer, size_t size, const struct report_amount *amount)
{
	char count[TEXT_NUMBER_SIZE], bytes[TEXT_NUMBER_SIZE], rate[TEXT_NUMBER_SIZE];
	double seconds = amount->seconds;
	int length = 0;

	text_bytes(bytes, amount->bytes);
	if (amount->tree) {
		text_count(count, amount->files);
		length = snprintf(buffer, size, "%s file%s, ", count,
				  amount->files == 1 ? "" : "s");
	}
	if (length < 0 || (size_t)length >= size)
		return;
	if (seconds > 0) {
		/* "0.0 s" would tell nothing about short transfers. */
		text_rate(rate, (double)amount->bytes / seconds);
		(void)snprintf(buffer + length, size - (size_t)length, "%s in %.*f s, %s",
			       bytes, seconds < 0.1 ? 4 : 1, seconds, rate);
	} else {
		(void)snprintf(buffer + length, size - (size_t)length, "%s", bytes);
	}
}
