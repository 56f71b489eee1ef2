/* SPDX-License-Identifier: ISC */
/* status: --status, which asks the daemon for its state and prints the answer. */
#ifndef MSGFETCH_COMMAND_SHOW_STATUS_H
#define MSGFETCH_COMMAND_SHOW_STATUS_H

#include "client/command/cli/options.h"
#include "client/command/show/status_text.h"

/* Prints the state in format.  Reports errors and returns the exit code. */
int status_run(struct msgfetch *session, enum options_format format);

/*
 * Asks once.  Returns 0 and fills *status, which the caller passes to status_text_free().  If
 * raw is not NULL, *raw is the original text, which the caller frees.  On failure returns an
 * exit code and points *problem to a message that is valid until the next call on session.
 */
int status_ask(struct msgfetch *session, struct status_text *status, char **raw,
	       const char **problem);

#endif
