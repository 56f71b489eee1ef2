/* SPDX-License-Identifier: ISC */
/* status: asks for the daemon's state, and prints it once or for as long as one looks. */
#ifndef MSGFETCH_COMMAND_SHOW_STATUS_H
#define MSGFETCH_COMMAND_SHOW_STATUS_H

#include "client/command/cli/options.h"
#include "client/command/show/status_text.h"

/* Prints the state in this format.  Returns the exit code; what is wrong was reported. */
int status_run(struct msgfetch *session, enum options_format format);

/*
 * Asks once.  Returns 0 and *status, to be given to status_text_free(), and where raw is
 * not NULL *raw, to be given to free(): the text as it came; or an exit code and what is
 * wrong, in *problem: valid until the next call on session.
 */
int status_ask(struct msgfetch *session, struct status_text *status, char **raw,
	       const char **problem);

#endif
