/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/config/comments.h"

#include <stdbool.h>
#include <string.h>

/* The end of a quoted string that begins at text, or the text's end. */
static char *skip_string(char *text)
{
	char quote = *text++;

	while (*text != '\0' && *text != quote)
		text += text[0] == '\\' && text[1] != '\0' ? 2 : 1;
	return *text != '\0' ? text + 1 : text;
}

static char *blank_block(char *text)
{
	char *end = strstr(text + 2, "*/");

	end = end != NULL ? end + 2 : text + strlen(text);
	for (; text < end; text++)
		if (*text != '\n')
			*text = ' ';
	return end;
}

static char *blank_line(char *text)
{
	size_t length = strcspn(text, "\n");

	memset(text, ' ', length);
	return text + length;
}

void comments_blank(char *text)
{
	bool word_begins = true;

	while (*text != '\0') {
		bool comment = *text == '#' || strncmp(text, "//", 2) == 0;

		if (word_begins && comment) {
			text = blank_line(text);
			continue;
		}
		if (strncmp(text, "/*", 2) == 0 && word_begins) {
			text = blank_block(text);
		} else if (*text == '"' || *text == '\'') {
			text = skip_string(text);
			word_begins = true;
		} else {
			word_begins = strchr(" \t\r\n{}(),=", *text) != NULL;
			text++;
		}
	}
}
