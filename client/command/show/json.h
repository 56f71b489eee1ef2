/* SPDX-License-Identifier: ISC */
/* json: one JSON object per line.  Only this module uses libjansson. */
#ifndef MSGFETCH_COMMAND_SHOW_JSON_H
#define MSGFETCH_COMMAND_SHOW_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* An object under construction.  NULL is valid and means that memory ran out. */
struct json_line;

struct json_line *json_begin(void);

/*
 * Add a member.  If text is not UTF-8, U+FFFD replaces the wrong bytes, and a second member,
 * KEY_base64, holds the exact bytes.
 */
void json_add_text(struct json_line *line, const char *key, const char *text);
/* The same for length bytes, which may have NULs. */
void json_add_bytes(struct json_line *line, const char *key, const char *bytes, size_t length);

void json_add_number(struct json_line *line, const char *key, int64_t number);
void json_add_true(struct json_line *line, const char *key);
void json_add_real(struct json_line *line, const char *key, double number);

/* Writes the object and a newline, and frees the object.  Returns 0 or -ENOMEM. */
int json_end(struct json_line *line, FILE *stream);

#endif
