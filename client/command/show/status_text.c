/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/command/show/status_text.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define DIGITS "0123456789"
#define NAME_BYTES "abcdefghijklmnopqrstuvwxyz_" DIGITS

/* Cuts off the name at *at, which one of ends must follow.  Returns the name, or NULL. */
static char *take_name(char **at, const char *ends, char *end)
{
	char *name = *at;
	size_t length = strspn(name, NAME_BYTES);

	*end = name[length];
	if (length == 0 || *end == '\0' || strchr(ends, *end) == NULL)
		return NULL;
	name[length] = '\0';
	*at = name + length + 1;
	return name;
}

/* Unescapes a label's text in place, up to its closing quote.  Returns the text, or NULL. */
static char *take_text(char **at)
{
	char *text = *at, *to = text, *from = text;

	for (; *from != '"'; from++) {
		if (*from == '\\' && (from[1] == '\\' || from[1] == '"'))
			from++;
		else if (*from == '\\')
			return NULL;
		if (*from < ' ' || *from > '~')
			return NULL;
		*to++ = *from;
	}
	*to = '\0';
	*at = from + 1;
	return text;
}

/* Parses the labels between the braces, and the blank after them. */
static int take_labels(char **at, struct status_line *line)
{
	char end = ',';

	while (end == ',') {
		struct status_label *label = &line->labels[line->label_count];

		if (line->label_count == STATUS_LABELS_MAX)
			return -EPROTO;
		label->name = take_name(at, "=", &end);
		if (label->name == NULL || **at != '"')
			return -EPROTO;
		++*at;
		label->text = take_text(at);
		if (label->text == NULL)
			return -EPROTO;
		line->label_count++;
		end = *(*at)++;
	}
	return end == '}' && *(*at)++ == ' ' ? 0 : -EPROTO;
}

static bool is_number(const char *text)
{
	size_t whole = strspn(text, DIGITS), part;

	if (whole == 0 || text[whole] != '.')
		return whole > 0 && text[whole] == '\0';
	part = strspn(text + whole + 1, DIGITS);
	return part > 0 && text[whole + 1 + part] == '\0';
}

/* Parses and modifies the NUL-terminated line at. */
static int parse_line(char *at, struct status_line *line)
{
	char end;

	*line = (struct status_line){.name = take_name(&at, " {", &end)};
	if (line->name == NULL || (end == '{' && take_labels(&at, line) != 0))
		return -EPROTO;
	line->value = at;
	return is_number(at) ? 0 : -EPROTO;
}

static size_t count_lines(const char *text)
{
	size_t count = 0;

	for (; *text != '\0'; text++)
		count += *text == '\n';
	return count;
}

static int parse_lines(struct status_text *status)
{
	char *line = status->copy;

	while (*line != '\0') {
		char *end = strchr(line, '\n');

		if (end == NULL)
			return -EPROTO;
		*end = '\0';
		if (parse_line(line, &status->lines[status->count]) != 0)
			return -EPROTO;
		status->count++;
		line = end + 1;
	}
	return 0;
}

int status_text_parse(const char *text, struct status_text *status)
{
	int error = -ENOMEM;

	*status = (struct status_text){.copy = strdup(text)};
	status->lines = calloc(count_lines(text) + 1, sizeof(*status->lines));
	if (status->copy != NULL && status->lines != NULL)
		error = parse_lines(status);
	if (error != 0)
		status_text_free(status);
	return error;
}

void status_text_free(struct status_text *status)
{
	free(status->lines);
	free(status->copy);
	*status = (struct status_text){0};
}

const char *status_text_label(const struct status_line *line, const char *label)
{
	for (size_t i = 0; i < line->label_count; i++)
		if (strcmp(line->labels[i].name, label) == 0)
			return line->labels[i].text;
	return NULL;
}

const struct status_line *status_text_find(const struct status_text *status, const char *name,
					   const char *label, const char *text)
{
	for (size_t i = 0; i < status->count; i++) {
		const struct status_line *line = &status->lines[i];
		const char *found;

		if (strcmp(line->name, name) != 0)
			continue;
		found = label != NULL ? status_text_label(line, label) : NULL;
		if (label == NULL || (found != NULL && strcmp(found, text) == 0))
			return line;
	}
	return NULL;
}

double status_text_number(const struct status_text *status, const char *name, const char *label,
			  const char *text)
{
	const struct status_line *line = status_text_find(status, name, label, text);

	return line != NULL ? strtod(line->value, NULL) : 0;
}
