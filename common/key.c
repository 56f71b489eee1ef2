/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "common/key.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>

#define FTOK_PREFIX "ftok:"

/* Parses a plain number: strtoull() alone would accept " -1" and "12x". */
static int parse_number(const char *text, unsigned long long max, unsigned long long *value)
{
	char *end;
	int base = strncasecmp(text, "0x", 2) == 0 ? 16 : 10;

	if (!isdigit((unsigned char)text[0]))
		return -EINVAL;
	errno = 0;
	*value = strtoull(text, &end, base);
	if (*end != '\0' || (base == 16 && end == text + 1))
		return -EINVAL;
	if (errno == ERANGE || *value == 0 || *value > max)
		return -ERANGE;
	return 0;
}

/* Parses the ID for ftok(3): "7" is a number, "x" a character. */
static int parse_project(const char *text, int *project)
{
	unsigned long long number;
	int error = parse_number(text, UCHAR_MAX, &number);

	if (error == 0)
		*project = (int)number;
	else if (error == -EINVAL && text[0] != '\0' && text[1] == '\0')
		*project = (unsigned char)text[0];
	else
		return error;
	return 0;
}

static int parse_ftok(const char *text, key_t *key)
{
	const char *colon = strrchr(text, ':');
	char *path;
	int project, error;

	if (colon == NULL || colon == text)
		return -EINVAL;
	error = parse_project(colon + 1, &project);
	if (error != 0)
		return error;
	path = strndup(text, (size_t)(colon - text));
	if (path == NULL)
		return -ENOMEM;
	*key = ftok(path, project);
	error = *key == -1 ? -errno : 0;
	free(path);
	return error;
}

int key_parse(const char *text, key_t *key)
{
	unsigned long long number;
	int error;

	if (strncmp(text, FTOK_PREFIX, strlen(FTOK_PREFIX)) == 0)
		return parse_ftok(text + strlen(FTOK_PREFIX), key);
	error = parse_number(text, UINT32_MAX, &number);
	if (error == 0)
		*key = (key_t)(uint32_t)number;
	return error;
}
