/* SPDX-License-Identifier: ISC */
/*
 * text: names and numbers the way people read them.  No state but the C library's locale.
 */
#ifndef MSGFETCH_COMMAND_BASE_TEXT_H
#define MSGFETCH_COMMAND_BASE_TEXT_H

#include <stddef.h>
#include <stdint.h>

/* Room for a number as it is written below, NUL included. */
enum { TEXT_NUMBER_SIZE = 32 };

/*
 * Takes the character types of the user's locale; numbers keep their dot.  Costs time, so
 * that it is left until something is printed that needs it: text_quote() calls it.
 */
void text_use_locale(void);

/*
 * text with all that the locale cannot print, newlines and tabs too, escaped as
 * vis(3) does.  To be freed by the caller; NULL: out of memory.
 */
char *text_quote(const char *text);

/* "512 B", "1.5 KiB", "123 MiB"... */
void text_bytes(char buffer[TEXT_NUMBER_SIZE], uint64_t bytes);

/* "1,234". */
void text_count(char buffer[TEXT_NUMBER_SIZE], uint64_t count);

/* "1.2 GiB/s".  rate: bytes a second, not negative. */
void text_rate(char buffer[TEXT_NUMBER_SIZE], double rate);

/* "0:05", "12:34", "1:02:03"; "days" from 100 hours on.  seconds: not negative. */
void text_duration(char buffer[TEXT_NUMBER_SIZE], double seconds);

#endif
