/* SPDX-License-Identifier: ISC */
/*
 * prometheus: the daemon's state in Prometheus' text format.
 *
 * Owns that form, and what is said of each number in it.
 */
#ifndef MSGFETCH_COMMAND_SHOW_PROMETHEUS_H
#define MSGFETCH_COMMAND_SHOW_PROMETHEUS_H

#include "client/command/show/status_text.h"

#include <stdio.h>

/*
 * Writes all numbers of status, each name with the prefix msgfetchd_, HELP and TYPE, and
 * its lines in a row.  Single workers are left out: they would be new series for each
 * request.
 */
void prometheus_write(FILE *stream, const struct status_text *status);

#endif
