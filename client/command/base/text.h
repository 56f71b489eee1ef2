/* SPDX-License-Identifier: ISC */
/*
 * text: formats names and numbers for people.  Keeps no state but the C library's locale.
 */
#ifndef MSGFETCH_COMMAND_BASE_TEXT_H
#define MSGFETCH_COMMAND_BASE_TEXT_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of a formatted number, with its NUL. */
enum { TEXT_NUMBER_SIZE = 32 };

/*
 * Escapes characters that the locale cannot print, as vis(3) does, with newlines and tabs.
 * The first call sets the locale of character types.  Returns a string that the caller
 * frees; NULL: out of memory.
 */
char *text_quote(const char *text);

/* Formats "512 B", "1.5 KiB", "123 MiB" and the like. */
void text_bytes(char buffer[TEXT_NUMBER_SIZE], uint64_t bytes);

/* Formats "1,234". */
void text_count(char buffer[TEXT_NUMBER_SIZE], uint64_t count);

/* Formats "1.2 GiB/s".  rate: bytes per second, not negative. */
void text_rate(char buffer[TEXT_NUMBER_SIZE], double rate);

/* Formats "0:05", "12:34" or "1:02:03", and "days" from 100 hours on.  seconds: >= 0. */
void text_duration(char buffer[TEXT_NUMBER_SIZE], double seconds);

#endif
