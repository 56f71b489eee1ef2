/* SPDX-License-Identifier: ISC */
/*
 * suggest: proposes a path for one whose export does not exist.
 */
#ifndef MSGFETCH_COMMAND_SELECT_SUGGEST_H
#define MSGFETCH_COMMAND_SELECT_SUGGEST_H

#include "client/lib/msgfetch.h"

#include <stdbool.h>

/* Returns whether a failure says that the export does not exist. */
bool suggest_applies(int code, const char *text);

/*
 * Asks the daemon for its exports.  Returns "did you mean PATH?" with the export nearest to
 * that of path, which the caller frees; NULL: no export is near.
 */
char *suggest_export(struct msgfetch *session, const char *path);

#endif
