/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/command/select/suggest.h"

#include "client/command/base/nearest.h"
#include "client/command/base/text.h"
#include "client/command/select/catalog.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool suggest_applies(int code, const char *text)
{
	return code == MSGFETCH_NOT_FOUND && strcmp(text, "no such export") == 0;
}

char *suggest_export(struct msgfetch *session, const char *path)
{
	static const char *const exports[] = {""};
	struct nearest nearest = {.word = path + strspn(path, "/")};
	struct catalog catalog = {0};
	char *hint = NULL, *quoted;

	nearest.length = strcspn(nearest.word, "/");
	if (catalog_ask(&catalog, session, exports, 1, MSGFETCH_CHILDREN) == 0) {
		for (size_t i = 0; i < catalog.count; i++) {
			if (catalog.entries[i].file.name[0] != '\0')
				nearest_add(&nearest, catalog.entries[i].file.name);
		}
	}
	if (nearest.name != NULL &&
	    asprintf(&hint, "%s%s", nearest.name, nearest.word + nearest.length) < 0)
		hint = NULL;
	catalog_free(&catalog);
	quoted = hint != NULL ? text_quote(hint) : NULL;
	free(hint);
	hint = NULL;
	if (quoted != NULL && asprintf(&hint, "did you mean %s?", quoted) < 0)
		hint = NULL;
	free(quoted);
	return hint;
}
