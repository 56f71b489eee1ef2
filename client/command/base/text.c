/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/command/base/text.h"

#include <inttypes.h>
#include <libutil.h>
#include <locale.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vis.h>
#include <wchar.h>
#include <wctype.h>

/*
 * Sets the locale of character types; numbers keep their dot.  Loading a locale takes time,
 * so that only the first use loads one.
 */
static void use_locale(void)
{
	const char *current = setlocale(LC_CTYPE, NULL);

	if (current != NULL && strcmp(current, "C") == 0)
		(void)setlocale(LC_CTYPE, "");
}

/*
 * Returns true for Unicode's format characters (category Cf), which iswprint(3) accepts: a
 * daemon could reorder or hide parts of a line with them.
 */
static bool is_format(wchar_t wide)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{0x00ad, 0x00ad},   {0x0600, 0x0605},   {0x061c, 0x061c},   {0x06dd, 0x06dd},
		{0x070f, 0x070f},   {0x0890, 0x0891},   {0x08e2, 0x08e2},   {0x180e, 0x180e},
		{0x200b, 0x200f},   {0x2028, 0x202e},   {0x2060, 0x206f},   {0xfeff, 0xfeff},
		{0xfff9, 0xfffb},   {0x110bd, 0x110bd}, {0x110cd, 0x110cd}, {0x13430, 0x1343f},
		{0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0001, 0xe007f},
	};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if ((uint32_t)wide >= ranges[i].first && (uint32_t)wide <= ranges[i].last)
			return true;
	return false;
}

/*
 * Copies the character at from to *to, escaped if necessary: one to four bytes for each byte
 * read.  Returns the bytes read.  vis(3) gets single bytes only, as its handling of multibyte
 * characters is not reliable.
 */
static size_t quote_character(char **to, const char *from)
{
	mbstate_t state = {0};
	wchar_t wide;
	size_t length = mbrtowc(&wide, from, MB_CUR_MAX, &state);

	if (length > 1 && length <= MB_CUR_MAX && iswprint((wint_t)wide) && !is_format(wide)) {
		memcpy(*to, from, length);
		*to += length;
		return length;
	}
	*to = vis(*to, (unsigned char)from[0],
		  VIS_CSTYLE | VIS_OCTAL | VIS_TAB | VIS_NL | VIS_NOLOCALE,
		  (unsigned char)from[1]);
	return 1;
}

char *text_quote(const char *text)
{
	char *quoted = reallocarray(NULL, strlen(text) + 1, 4);
	char *to = quoted;

	if (quoted == NULL)
		return NULL;
	use_locale();
	while (*text != '\0')
		text += quote_character(&to, text);
	*to = '\0';
	return quoted;
}

void text_bytes(char buffer[TEXT_NUMBER_SIZE], uint64_t bytes)
{
	/* The size of the buffer sets humanize_number()'s precision. */
	enum { ROOM = sizeof("123 MiB") };
	int64_t number = bytes > INT64_MAX ? INT64_MAX : (int64_t)bytes;

	if (humanize_number(buffer, ROOM, number, "B", HN_AUTOSCALE,
			    HN_DECIMAL | HN_IEC_PREFIXES) < 0)
		strlcpy(buffer, "?", TEXT_NUMBER_SIZE);
}

void text_count(char buffer[TEXT_NUMBER_SIZE], uint64_t count)
{
	char digits[TEXT_NUMBER_SIZE];
	int left = snprintf(digits, sizeof(digits), "%" PRIu64, count);
	char *to = buffer;

	for (const char *from = digits; *from != '\0'; left--) {
		*to++ = *from++;
		if (left > 1 && left % 3 == 1)
			*to++ = ',';
	}
	*to = '\0';
}

void text_rate(char buffer[TEXT_NUMBER_SIZE], double rate)
{
	uint64_t bytes = rate < (double)INT64_MAX ? (uint64_t)rate : INT64_MAX;

	text_bytes(buffer, bytes);
	strlcat(buffer, "/s", TEXT_NUMBER_SIZE);
}

void text_duration(char buffer[TEXT_NUMBER_SIZE], double seconds)
{
	unsigned whole, hours, minutes;

	if (!(seconds < 100 * 3600)) {
		strlcpy(buffer, "days", TEXT_NUMBER_SIZE);
		return;
	}
	whole = (unsigned)seconds;
	hours = whole / 3600;
	minutes = whole / 60 % 60;
	if (hours > 0)
		(void)snprintf(buffer, TEXT_NUMBER_SIZE, "%u:%02u:%02u", hours, minutes,
			       whole % 60);
	else
		(void)snprintf(buffer, TEXT_NUMBER_SIZE, "%u:%02u", minutes, whole % 60);
}
