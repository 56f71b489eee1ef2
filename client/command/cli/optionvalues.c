/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/command/cli/optionvalues.h"

#include "client/command/base/text.h"
#include "client/command/cli/pathlist.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
	MOST_RETRIES = 1000000,
	/* Bounds of struct msgfetch_options. */
	RING_MOST_SLOTS = 64,
	RING_MOST_BYTES = 64 * 1024 * 1024,
	RING_SIZE_STEP = 16 * 1024,
};

int usage_error(char **error, const char *format, ...)
{
	va_list arguments;
	char *line;
	int length;

	va_start(arguments, format);
	length = vasprintf(&line, format, arguments);
	va_end(arguments);
	if (length < 0)
		return -ENOMEM;
	*error = line;
	return -EINVAL;
}

int usage_error_value(char **error, const char *name, const char *value, const char *reason)
{
	char *quoted = text_quote(value);
	int result;

	if (quoted == NULL)
		return -ENOMEM;
	result = usage_error(error, "%s%s\"%s\" %s", name != NULL ? name : "",
			     name != NULL ? ": " : "", quoted, reason);
	free(quoted);
	return result;
}

static int refuse(const struct optionvalue *value, const char *reason)
{
	return usage_error_value(value->error, value->name, value->text, reason);
}

static bool is_digit(char letter)
{
	return letter >= '0' && letter <= '9';
}

/* Returns the milliseconds that a suffix of a duration stands for; 0: no such suffix. */
static double duration_unit(const char *suffix)
{
	static const struct {
		const char *suffix;
		double milliseconds;
	} units[] = {
		{"", 1e3}, {"ms", 1}, {"s", 1e3}, {"m", 6e4}, {"h", 36e5}, {"d", 864e5},
	};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(suffix, units[i].suffix) == 0)
			return units[i].milliseconds;
	}
	return 0;
}

/* Rounds values between 0 and 1 ms up to 1 ms, as 0 means no limit. */
static int take_duration(const struct optionvalue *value, unsigned *milliseconds)
{
	const char *text = value->text;
	size_t digits = strspn(text, "0123456789.");
	double number, unit = duration_unit(text + digits);
	char *end = NULL;

	number = digits > 0 ? strtod(text, &end) * unit : 0;
	if (end != text + digits || unit == 0 || end[-1] == '.')
		return refuse(value, "is not a duration, such as 30, 0.5, 500ms, 2m or 1h");
	if (number > UINT_MAX)
		return refuse(value, "is too long; 0 means no limit");
	*milliseconds = (unsigned)number;
	if (*milliseconds == 0 && number > 0)
		*milliseconds = 1;
	return 0;
}

int optionvalue_timeout(const struct optionvalue *value)
{
	return take_duration(value, &value->options->session.timeout_ms);
}

int optionvalue_stall_timeout(const struct optionvalue *value)
{
	return take_duration(value, &value->options->session.stall_timeout_ms);
}

int optionvalue_modify_window(const struct optionvalue *value)
{
	unsigned milliseconds = 0;
	int result = take_duration(value, &milliseconds);

	value->options->modify_window = INT64_C(1000000) * milliseconds;
	return result;
}

/* Parses a whole number from least to most.  Returns 0 or -EINVAL. */
static int parse_whole(const char *text, long long least, long long most, unsigned *number)
{
	const char *problem = NULL;
	long long parsed = strtonum(text, least, most, &problem);

	if (problem != NULL || !is_digit(text[0]))
		return -EINVAL;
	*number = (unsigned)parsed;
	return 0;
}

int optionvalue_retry(const struct optionvalue *value)
{
	struct msgfetch_options *session = &value->options->session;

	if (parse_whole(value->text, 0, MOST_RETRIES, &session->retries) != 0)
		return refuse(value, "is not a whole number from 0 to 1000000");
	session->retry_no_daemon = true;
	return 0;
}

int optionvalue_jobs(const struct optionvalue *value)
{
	if (parse_whole(value->text, 1, OPTIONS_MOST_JOBS, &value->options->jobs) != 0)
		return refuse(value, "is not a whole number from 1 to 64");
	return 0;
}

int optionvalue_lines(const struct optionvalue *value)
{
	const char *problem = NULL;

	value->options->lines = (uint64_t)strtonum(value->text, 0, INT64_MAX, &problem);
	if (problem != NULL || !is_digit(value->text[0]))
		return refuse(value, "is not a whole number");
	return 0;
}

int optionvalue_key(const struct optionvalue *value)
{
	int result = msgfetch_key(value->text, &value->options->session.key);
	char reason[128];

	if (result == 0)
		return 0;
	if (result == -EINVAL || result == -ERANGE)
		return refuse(value, "is not a key, such as 0x1aaaaaa1 or ftok:PATH:ID");
	(void)snprintf(reason, sizeof(reason), "cannot be used: %s", strerror(-result));
	return refuse(value, reason);
}

int optionvalue_remote_name(const struct optionvalue *value)
{
	if (value->options->directory == NULL)
		value->options->directory = ".";
	return 0;
}

int optionvalue_progress(const struct optionvalue *value)
{
	if (strcmp(value->text, "auto") == 0)
		value->options->progress = OPTIONS_PROGRESS_AUTO;
	else if (strcmp(value->text, "always") == 0)
		value->options->progress = OPTIONS_PROGRESS_ALWAYS;
	else if (strcmp(value->text, "never") == 0)
		value->options->progress = OPTIONS_PROGRESS_NEVER;
	else
		return refuse(value, "is not auto, always or never");
	return 0;
}

int optionvalue_transport(const struct optionvalue *value)
{
	struct msgfetch_options *session = &value->options->session;

	if (strcmp(value->text, "auto") == 0)
		session->transport = MSGFETCH_AUTO;
	else if (strcmp(value->text, "inline") == 0)
		session->transport = MSGFETCH_INLINE;
	else if (strcmp(value->text, "ring") == 0)
		session->transport = MSGFETCH_RING;
	else
		return refuse(value, "is not auto, inline or ring");
	return 0;
}

int optionvalue_digest(const struct optionvalue *value)
{
	if (value->text == NULL || strcmp(value->text, "xxh3") == 0)
		value->options->digest = MSGFETCH_DIGEST_XXH3;
	else if (strcmp(value->text, "sha256") == 0)
		value->options->digest = MSGFETCH_DIGEST_SHA256;
	else
		return refuse(value, "is not xxh3 or sha256");
	return 0;
}

int optionvalue_format(const struct optionvalue *value)
{
	if (value->text == NULL || strcmp(value->text, "text") == 0)
		value->options->format = OPTIONS_TEXT;
	else if (strcmp(value->text, "json") == 0)
		value->options->format = OPTIONS_JSON;
	else if (strcmp(value->text, "prometheus") == 0)
		value->options->format = OPTIONS_PROMETHEUS;
	else
		return refuse(value, "is not text, json or prometheus");
	return 0;
}

static int add_pattern(const struct optionvalue *value, bool include)
{
	int result = patterns_add(&value->options->patterns, value->text, include);

	return result != -EINVAL ? result : refuse(value, "is not a pattern");
}

int optionvalue_exclude(const struct optionvalue *value)
{
	return add_pattern(value, false);
}

int optionvalue_include(const struct optionvalue *value)
{
	return add_pattern(value, true);
}

/* Adds count lines.  Returns 0, -ENOMEM, or -EINVAL with the error set. */
static int add_lines(const struct optionvalue *value, char *const lines[], size_t count,
		     bool include)
{
	int result = 0;

	for (size_t i = 0; i < count && result == 0; i++) {
		result = patterns_add_line(&value->options->patterns, lines[i], include);
		if (result == -EINVAL)
			return usage_error_value(value->error, value->name, lines[i],
						 "is not a pattern");
	}
	return result;
}

static int add_patterns_of_file(const struct optionvalue *value, bool include)
{
	struct pathlist list;
	int result = pathlist_read(&list, value->text, '\n', NULL, 0);
	char reason[128];

	if (result == -ENOMEM)
		return result;
	if (result != 0) {
		(void)snprintf(reason, sizeof(reason), "cannot be read: %s", strerror(-result));
		return refuse(value, result == -EILSEQ ? "has a NUL in a line" : reason);
	}
	result = patterns_keep(&value->options->patterns, list.text);
	if (result == 0)
		result = add_lines(value, list.paths, list.count, include);
	free(list.paths);
	return result;
}

int optionvalue_exclude_from(const struct optionvalue *value)
{
	return add_patterns_of_file(value, false);
}

int optionvalue_include_from(const struct optionvalue *value)
{
	return add_patterns_of_file(value, true);
}

/*
 * Parses the whole number at *text and moves *text past the number.  Returns 0 if there is
 * no number, or if the number is above most.
 */
static uint64_t take_number(const char **text, uint64_t most)
{
	uint64_t number = 0;

	for (; is_digit(**text); (*text)++) {
		unsigned digit = (unsigned)(**text - '0');

		if (number > (most - digit) / 10)
			return 0;
		number = 10 * number + digit;
	}
	return number;
}

/* Returns the factor of the unit at *text, such as K, KB or KiB, and moves *text past it. */
static uint64_t take_unit(const char **text)
{
	static const char units[] = "KMGT";
	const char *unit = **text != '\0' ? strchr(units, **text & ~0x20) : NULL;

	if (unit != NULL)
		*text += strncasecmp(*text + 1, "iB", 2) == 0 ? 2 : 1;
	if (**text == 'B' || (unit != NULL && **text == 'b'))
		(*text)++;
	return unit != NULL ? UINT64_C(1024) << (10 * (unit - units)) : 1;
}

/* Parses the digits after a decimal point at *text, and moves *text past them. */
static double take_fraction(const char **text)
{
	double fraction = 0, place = 1;

	if (**text != '.' || !is_digit((*text)[1]))
		return 0;
	for ((*text)++; is_digit(**text); (*text)++) {
		place /= 10;
		fraction += place * (**text - '0');
	}
	return fraction;
}

/*
 * Parses a size such as 4096, 1.5K or 20MiB, up to most bytes, which fills text.  Returns 0,
 * -EINVAL, or -ERANGE above most.
 */
static int parse_size(const char *text, uint64_t most, uint64_t *bytes)
{
	const char *at = text;
	uint64_t number = take_number(&at, INT64_MAX), unit;
	bool overflow = is_digit(*at);
	double fraction;

	at += strspn(at, "0123456789");
	fraction = take_fraction(&at);
	unit = take_unit(&at);
	if (!is_digit(text[0]) || *at != '\0')
		return -EINVAL;
	if (overflow || number > most / unit)
		return -ERANGE;
	*bytes = number * unit + (uint64_t)(fraction * (double)unit);
	return *bytes <= most ? 0 : -ERANGE;
}

static int take_size(const struct optionvalue *value, uint64_t *bytes)
{
	int result = parse_size(value->text, INT64_MAX, bytes);

	if (result == -ERANGE)
		return refuse(value, "is too large");
	if (result != 0)
		return refuse(value, "is not a size, such as 4096, 1.5K, 20M or 1GiB");
	return 0;
}

int optionvalue_max_size(const struct optionvalue *value)
{
	return take_size(value, &value->options->max_size);
}

int optionvalue_min_size(const struct optionvalue *value)
{
	return take_size(value, &value->options->min_size);
}

int optionvalue_sort(const struct optionvalue *value)
{
	if (strcmp(value->text, "name") == 0)
		value->options->sort = OPTIONS_BY_NAME;
	else if (strcmp(value->text, "size") == 0)
		value->options->sort = OPTIONS_BY_SIZE;
	else if (strcmp(value->text, "time") == 0)
		value->options->sort = OPTIONS_BY_TIME;
	else
		return refuse(value, "is not name, size or time");
	return 0;
}

/* Parses SLOTSxSIZE. */
int optionvalue_ring(const struct optionvalue *value)
{
	const char *at = value->text;
	uint64_t slots = take_number(&at, RING_MOST_SLOTS), size = 0;
	int result = *at == 'x' ? parse_size(at + 1, RING_MOST_BYTES, &size) : -EINVAL;

	if (result != -ERANGE && (slots == 0 || size == 0))
		return refuse(value, "is not SLOTSxSIZE, such as 2x1M, with 1 to 64 slots");
	if (result == -ERANGE || size > RING_MOST_BYTES / slots)
		return refuse(value, "is more than 64M in total");
	if (size % RING_SIZE_STEP != 0)
		return refuse(value, "has a SIZE that is not a multiple of 16K");
	value->options->session.ring_slots = (unsigned)slots;
	value->options->session.ring_slot_bytes = (unsigned)size;
	return 0;
}

/*
 * Parses the position at *text and moves *text past it.  A position above INT64_MAX becomes
 * INT64_MAX, which is past the end of every file.  Returns whether there is one.
 */
static bool take_position(const char **text, uint64_t *position)
{
	const char *start = *text;

	*position = take_number(text, INT64_MAX);
	if (is_digit(**text))
		*position = INT64_MAX;
	*text += strspn(*text, "0123456789");
	return *text > start;
}

/* Parses FROM-TO, FROM- or -COUNT. */
int optionvalue_range(const struct optionvalue *value)
{
	struct options_range range = {.wanted = true};
	const char *at = value->text;
	bool first, second;
	uint64_t last;

	if (strchr(value->text, ',') != NULL)
		return refuse(value, "is more than one range; ask for one at a time");
	first = take_position(&at, &range.offset);
	if (*at++ != '-')
		return refuse(value, "is not a range, such as 0-99, 100- or -100");
	second = take_position(&at, &last);
	if (*at != '\0' || (!first && !second))
		return refuse(value, "is not a range, such as 0-99, 100- or -100");
	if (first && second && last < range.offset)
		return refuse(value, "is a range that ends before it begins");
	if (!first && last == 0)
		return refuse(value, "is a range of no bytes");
	range.tail = !first;
	if (first && last == INT64_MAX) /* no file has bytes from INT64_MAX on */
		last--;
	if (second && range.offset < INT64_MAX)
		range.length = first ? last - range.offset + 1 : last;
	value->options->range = range;
	return 0;
}
