/* SPDX-License-Identifier: ISC */
/* doctor: prints what the library finds when it looks at all that usually goes wrong. */
#ifndef MSGFETCH_COMMAND_SHOW_DOCTOR_H
#define MSGFETCH_COMMAND_SHOW_DOCTOR_H

#include "client/lib/msgfetch.h"

#include <stdbool.h>

/*
 * Prints each finding, and what to do about it, on stdout, with json as an object a line;
 * quiet: only what is not as it should be.  Returns the exit code that a fetch would have
 * come to, or REPORT_ERROR where there was no memory for a line.
 */
int doctor_run(struct msgfetch *session, bool quiet, bool json);

#endif
