/* SPDX-License-Identifier: ISC */
/*
 * json: one JSON object a line.  The only file that knows libjansson.
 */
#ifndef MSGFETCH_COMMAND_SHOW_JSON_H
#define MSGFETCH_COMMAND_SHOW_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct json_line; /* NULL stands for one that there was no memory for */

struct json_line *json_begin(void);

/*
 * Add a member.  What is no UTF-8 in text is replaced by U+FFFD, and a second member,
 * KEY_base64, has the bytes as they are.
 */
void json_add_text(struct json_line *line, const char *key, const char *text);
void json_add_number(struct json_line *line, const char *key, int64_t number);
void json_add_real(struct json_line *line, const char *key, double number);

/* Writes the object and a newline, and frees it.  Returns 0 or -ENOMEM. */
int json_end(struct json_line *line, FILE *stream);

#endif
