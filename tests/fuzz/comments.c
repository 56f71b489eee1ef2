/* SPDX-License-Identifier: ISC */
/* comments: the comments of a configuration become blanks, and no line is lost. */
#include "config.h"

#include "server/config/parser.h"
#include "tests/fuzz/target.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	char *text = malloc(size + 1), *before;
	const char *open, *start;
	size_t length;

	CHECK(text != NULL);
	memcpy(text, bytes, size);
	text[size] = '\0';
	before = strdup(text);
	CHECK(before != NULL);
	length = strlen(text);
	open = parser_prepare(text, &start);
	CHECK((open == NULL) == (start == NULL));
	CHECK(start == NULL || (start >= text && start < text + length));
	CHECK(strlen(text) == length);
	for (size_t i = 0; i < length; i++)
		CHECK(text[i] == before[i] || (text[i] == ' ' && before[i] != '\n'));
	free(before);
	free(text);
	return 0;
}
