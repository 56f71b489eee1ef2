/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/command/show/json.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct json_line {
	json_t *members;
	bool incomplete; /* out of memory: a member is missing */
};

struct json_line *json_begin(void)
{
	struct json_line *line = calloc(1, sizeof(*line));

	if (line == NULL)
		return NULL;
	line->members = json_object();
	if (line->members == NULL) {
		free(line);
		return NULL;
	}
	return line;
}

/* Adds a member.  Takes over value, which may be NULL: out of memory. */
static void add(struct json_line *line, const char *key, json_t *value)
{
	if (line == NULL)
		json_decref(value);
	else if (json_object_set_new(line->members, key, value) != 0)
		line->incomplete = true;
}

/* Returns the bytes of the character at text, or 0 if libjansson rejects it as UTF-8. */
static size_t character_length(const char *text, size_t left)
{
	for (size_t length = 1; length <= 4 && length <= left; length++) {
		json_t *value = json_stringn(text, length);

		json_decref(value);
		if (value != NULL)
			return length;
	}
	return 0;
}

/*
 * Returns a copy of text with U+FFFD in place of each byte that is not UTF-8, or NULL without
 * memory.  The caller frees the copy.
 */
static char *replace_wrong_bytes(const char *text, size_t left)
{
	static const char replacement[] = "\xef\xbf\xbd";
	char *replaced = reallocarray(NULL, left + 1, sizeof(replacement) - 1);
	char *to = replaced;

	if (replaced == NULL)
		return NULL;
	while (left > 0) {
		size_t length = character_length(text, left);

		if (length > 0) {
			to = mempcpy(to, text, length);
		} else {
			to = mempcpy(to, replacement, sizeof(replacement) - 1);
			length = 1;
		}
		text += length;
		left -= length;
	}
	*to = '\0';
	return replaced;
}

/* Returns text in base64, which the caller frees, or NULL without memory. */
static char *encode_base64(const char *text, size_t left)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				     "0123456789+/";
	char *encoded = reallocarray(NULL, left / 3 + 2, 4);
	char *to = encoded;

	if (encoded == NULL)
		return NULL;
	for (; left > 0; left -= left < 3 ? left : 3, text += 3) {
		uint32_t bits = 0;

		for (size_t i = 0; i < 3; i++)
			bits = bits << 8 | (i < left ? (uint8_t)text[i] : 0);
		for (size_t i = 0; i < 4; i++)
			*to++ = '=';
		for (size_t i = 0; i < 4 && i <= left; i++)
			to[(ptrdiff_t)i - 4] = digits[bits >> (18 - 6 * i) & 63];
	}
	*to = '\0';
	return encoded;
}

void json_add_text(struct json_line *line, const char *key, const char *text)
{
	json_add_bytes(line, key, text, strlen(text));
}

void json_add_bytes(struct json_line *line, const char *key, const char *bytes, size_t length)
{
	json_t *value = json_stringn(bytes, length);
	char *replaced, *encoded, *second;

	if (value != NULL) {
		add(line, key, value);
		return;
	}
	replaced = replace_wrong_bytes(bytes, length);
	encoded = encode_base64(bytes, length);
	add(line, key, replaced != NULL ? json_string(replaced) : NULL);
	if (asprintf(&second, "%s_base64", key) >= 0) {
		add(line, second, encoded != NULL ? json_string(encoded) : NULL);
		free(second);
	} else if (line != NULL) {
		line->incomplete = true;
	}
	free(replaced);
	free(encoded);
}

void json_add_number(struct json_line *line, const char *key, int64_t number)
{
	add(line, key, json_integer(number));
}

void json_add_real(struct json_line *line, const char *key, double number)
{
	add(line, key, json_real(number));
}

void json_add_true(struct json_line *line, const char *key)
{
	add(line, key, json_true());
}

int json_end(struct json_line *line, FILE *stream)
{
	int result = -ENOMEM;
	size_t flags = JSON_COMPACT | JSON_REAL_PRECISION(6);

	if (line == NULL)
		return result;
	/* A terminal would act on control and format characters, which JSON may hold as they
	 * are. */
	if (isatty(STDOUT_FILENO))
		flags |= JSON_ENSURE_ASCII;
	if (!line->incomplete && json_dumpf(line->members, stream, flags) == 0) {
		(void)fputc('\n', stream);
		result = 0;
	}
	json_decref(line->members);
	free(line);
	return result;
}
