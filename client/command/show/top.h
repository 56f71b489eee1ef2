/* SPDX-License-Identifier: ISC */
/* top: --top, which shows the daemon's state on the whole terminal and updates every second. */
#ifndef MSGFETCH_COMMAND_SHOW_TOP_H
#define MSGFETCH_COMMAND_SHOW_TOP_H

#include "client/lib/msgfetch.h"

/* Runs until q is pressed.  Reports errors and returns the exit code. */
int top_run(struct msgfetch *session);

#endif
