/* SPDX-License-Identifier: ISC */
/*
 * status_text: the daemon's state, from its text (msgfetch-protocol(7)) to names, labels and
 * values.
 *
 * Owns what is accepted of that text: nothing that could not stand on a terminal as it is.
 * Must not know what the names mean.
 */
#ifndef MSGFETCH_COMMAND_SHOW_STATUS_TEXT_H
#define MSGFETCH_COMMAND_SHOW_STATUS_TEXT_H

#include <stddef.h>

enum { STATUS_LABELS_MAX = 8 };

struct status_label {
	const char *name;
	const char *text; /* printable ASCII; what is not was escaped as by vis(3) */
};

struct status_line {
	const char *name;
	size_t label_count;
	struct status_label labels[STATUS_LABELS_MAX];
	const char *value; /* decimal digits, with a fraction or without */
};

struct status_text {
	struct status_line *lines;
	size_t count;
	char *copy; /* what they point into */
};

/*
 * Parses text.  Returns 0 and *status, to be given to status_text_free(); -EPROTO: a line
 * is not as it should be; -ENOMEM.
 */
int status_text_parse(const char *text, struct status_text *status);
void status_text_free(struct status_text *status);

/* The text of a label of line, or NULL. */
const char *status_text_label(const struct status_line *line, const char *label);

/*
 * The first line of this name, and with label = text where label is not NULL; or NULL.
 * status_text_number(): its value, 0 where there is no such line.
 */
const struct status_line *status_text_find(const struct status_text *status, const char *name,
					   const char *label, const char *text);
double status_text_number(const struct status_text *status, const char *name, const char *label,
			  const char *text);

#endif
