/* SPDX-License-Identifier: ISC */
/*
 * status_text: parses the text of the daemon's state (see msgfetch-protocol(7)) into names,
 * labels and values.
 *
 * Accepts only text that is safe to print on a terminal.  Must not know what the names mean.
 */
#ifndef MSGFETCH_COMMAND_SHOW_STATUS_TEXT_H
#define MSGFETCH_COMMAND_SHOW_STATUS_TEXT_H

#include <stddef.h>

enum { STATUS_LABELS_MAX = 8 };

struct status_label {
	const char *name;
	const char *text; /* printable ASCII: the daemon escapes the rest as vis(3) does */
};

struct status_line {
	const char *name;
	size_t label_count;
	struct status_label labels[STATUS_LABELS_MAX];
	const char *value; /* decimal digits, perhaps with a fraction */
};

struct status_text {
	struct status_line *lines;
	size_t count;
	char *copy; /* the text that lines point into */
};

/*
 * Parses text.  Returns 0 and fills *status, which the caller passes to status_text_free();
 * -EPROTO if a line is malformed; or -ENOMEM.
 */
int status_text_parse(const char *text, struct status_text *status);
void status_text_free(struct status_text *status);

/* Returns the text of a label of line, or NULL. */
const char *status_text_label(const struct status_line *line, const char *label);

/*
 * Returns the first line called name or NULL.  If label is not NULL, the line must have that
 * label with that text.  status_text_number() returns the value, or 0 without such a line.
 */
const struct status_line *status_text_find(const struct status_text *status, const char *name,
					   const char *label, const char *text);
double status_text_number(const struct status_text *status, const char *name, const char *label,
			  const char *text);

#endif
