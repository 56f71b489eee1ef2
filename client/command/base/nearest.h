/* SPDX-License-Identifier: ISC */
/*
 * nearest: finds the name that a mistyped word most likely means.
 */
#ifndef MSGFETCH_COMMAND_BASE_NEAREST_H
#define MSGFETCH_COMMAND_BASE_NEAREST_H

#include <stddef.h>

/* The best name so far.  Starts as all zeros but for word and length. */
struct nearest {
	const char *word;
	size_t length;    /* of word, in bytes */
	const char *name; /* NULL: none is near enough */
	unsigned distance;
};

/*
 * Compares name, which must stay valid, with the word.  Keeps the name if the edit distance
 * is at most a third of the word's length, and smaller than before.  Adjacent letters in the
 * wrong order count as one edit.
 */
void nearest_add(struct nearest *nearest, const char *name);

#endif
