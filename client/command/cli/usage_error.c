/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/command/cli/usage_error.h"

#include "client/command/base/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

int usage_error(char **error, const char *format, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vasprintf(error, format, arguments);
	va_end(arguments);
	return length < 0 ? -ENOMEM : -EINVAL;
}

int usage_error_value(char **error, const char *what, const char *value, const char *reason)
{
	char *quoted = text_quote(value);
	int result;

	if (quoted == NULL)
		return -ENOMEM;
	if (what != NULL)
		result = usage_error(error, "%s: \"%s\" %s", what, quoted, reason);
	else
		result = usage_error(error, "\"%s\" %s", quoted, reason);
	free(quoted);
	return result;
}
