/* SPDX-License-Identifier: ISC */
/*
 * text: names and numbers the way people read them.  No system call, no state.
 */
#ifndef MSGFETCH_CLIENT_TEXT_H
#define MSGFETCH_CLIENT_TEXT_H

#include <stddef.h>
#include <stdint.h>

/* Room for what text_bytes(), text_rate() and text_duration() write, NUL included. */
enum { TEXT_NUMBER_SIZE = 24 };

/*
 * text with all that the locale cannot print, newlines and tabs too, escaped as
 * vis(3) does.  To be freed by the caller; NULL: out of memory.
 */
char *text_quote(const char *text);

/* "512 B", "1.5 KiB", "123 MiB"... */
void text_bytes(char buffer[TEXT_NUMBER_SIZE], uint64_t bytes);

/* "1.2 GiB/s".  rate: bytes a second, not negative. */
void text_rate(char buffer[TEXT_NUMBER_SIZE], double rate);

/* "0:05", "12:34", "1:02:03"; "days" from 100 hours on.  seconds: not negative. */
void text_duration(char buffer[TEXT_NUMBER_SIZE], double seconds);

#endif
