/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "common/suggest.h"

#include <limits.h>
#include <string.h>

#define LETTERS_MAX 40u /* in a word that gets a suggestion */

static unsigned least(unsigned one, unsigned other)
{
	return one < other ? one : other;
}

/* Counts the letters to insert, remove or replace between two words (Levenshtein). */
static unsigned distance(const char *one, const char *other)
{
	unsigned row[LETTERS_MAX + 1];
	size_t length = strlen(other);

	if (length > LETTERS_MAX)
		return UINT_MAX;
	for (unsigned i = 0; i <= length; i++)
		row[i] = i;
	for (unsigned line = 1; *one != '\0'; one++, line++) {
		unsigned diagonal = row[0];

		row[0] = line;
		for (size_t i = 1; i <= length; i++) {
			unsigned replaced = diagonal + (*one != other[i - 1]);

			diagonal = row[i];
			row[i] = least(replaced, 1 + least(row[i], row[i - 1]));
		}
	}
	return row[length];
}

const char *suggest(const char *word, const void *rows, size_t count, size_t stride)
{
	const char *best = NULL, *row = rows;
	unsigned closest = UINT_MAX;

	for (size_t i = 0; i < count; i++, row += stride) {
		const char *name = *(const char *const *)(const void *)row;
		unsigned edits = name != NULL ? distance(word, name) : UINT_MAX;

		if (name != NULL && edits < closest && edits <= strlen(name) / 3) {
			best = name;
			closest = edits;
		}
	}
	return best;
}
