/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "bench/number.h"

#include <errno.h>
#include <stdlib.h>

int number_parse(const char *text, uint64_t most, uint64_t *number)
{
	char *end;

	if (text[0] < '0' || text[0] > '9')
		return -EINVAL;
	errno = 0;
	*number = strtoull(text, &end, 10);
	return errno == 0 && *end == '\0' && *number >= 1 && *number <= most ? 0 : -EINVAL;
}
