/* SPDX-License-Identifier: ISC */
/*
 * suggest: the known name that a misspelled word most likely means.
 *
 * Owns the edit distance.  Pure: no system call.  Must not know what the names stand for.
 */
#ifndef MSGFETCH_COMMON_SUGGEST_H
#define MSGFETCH_COMMON_SUGGEST_H

#include <stddef.h>

/*
 * Returns the name closest to word, or NULL if no name differs by at most a third of its
 * letters.  rows: count rows of stride bytes; the first member of a row is its name, a
 * const char *, or NULL in a row to skip.
 */
const char *suggest(const char *word, const void *rows, size_t count, size_t stride);

#endif
