/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/command/base/nearest.h"

#include <string.h>

enum { MOST_LETTERS = 64 };

static unsigned least(unsigned one, unsigned other)
{
	return one < other ? one : other;
}

/* Returns the edit distance of a and b, which have up to MOST_LETTERS letters. */
static unsigned distance_of(const char *a, size_t a_length, const char *b, size_t b_length)
{
	unsigned rows[3][MOST_LETTERS + 1];

	for (unsigned j = 0; j <= b_length; j++)
		rows[0][j] = j;
	for (unsigned i = 1; i <= a_length; i++) {
		unsigned *row = rows[i % 3];
		const unsigned *last = rows[(i - 1) % 3], *before = rows[(i + 1) % 3];

		row[0] = i;
		for (unsigned j = 1; j <= b_length; j++) {
			row[j] = least(least(last[j], row[j - 1]) + 1,
				       last[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = least(row[j], before[j - 2] + 1);
		}
	}
	return rows[a_length % 3][b_length];
}

void nearest_add(struct nearest *nearest, const char *name)
{
	size_t length = strlen(name);
	unsigned distance;

	if (nearest->length > MOST_LETTERS || length > MOST_LETTERS)
		return;
	distance = distance_of(nearest->word, nearest->length, name, length);
	if (distance > (nearest->length + 2) / 3 ||
	    (nearest->name != NULL && distance >= nearest->distance))
		return;
	nearest->name = name;
	nearest->distance = distance;
}
