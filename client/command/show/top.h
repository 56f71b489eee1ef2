/* SPDX-License-Identifier: ISC */
/* top: the daemon's state on the whole terminal, anew each second. */
#ifndef MSGFETCH_COMMAND_SHOW_TOP_H
#define MSGFETCH_COMMAND_SHOW_TOP_H

#include "client/lib/msgfetch.h"

/* Shows it until q is pressed.  Returns the exit code; what is wrong was reported. */
int top_run(struct msgfetch *session);

#endif
