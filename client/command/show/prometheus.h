/* SPDX-License-Identifier: ISC */
/*
 * prometheus: the daemon's state in the text format of Prometheus.
 *
 * Owns the format and the help text of each number.
 */
#ifndef MSGFETCH_COMMAND_SHOW_PROMETHEUS_H
#define MSGFETCH_COMMAND_SHOW_PROMETHEUS_H

#include "client/command/show/status_text.h"

#include <stdio.h>

/*
 * Writes all numbers of status.  Each name gets the prefix msgfetchd_, a HELP and a TYPE line.
 * Leaves out single workers: each request would start new time series.
 */
void prometheus_write(FILE *stream, const struct status_text *status);

#endif
