/* SPDX-License-Identifier: ISC */
/* doctor: --doctor, which prints the library's findings about the daemon and the system. */
#ifndef MSGFETCH_COMMAND_SHOW_DOCTOR_H
#define MSGFETCH_COMMAND_SHOW_DOCTOR_H

#include "client/lib/msgfetch.h"

#include <stdbool.h>

/*
 * Prints each finding with its advice to standard output, as text or as one JSON object per
 * line.  quiet leaves out findings without a problem.  Returns the exit code that a fetch
 * would end with, or MSGFETCH_ERROR without memory.
 */
int doctor_run(struct msgfetch *session, bool quiet, bool json);

#endif
