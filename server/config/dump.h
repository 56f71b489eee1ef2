/* SPDX-License-Identifier: ISC */
/*
 * dump: the settings in force, as a configuration file.
 *
 * Owns how they are written so that reading them gives the same again, with where each came
 * from in a comment.
 */
#ifndef MSGFETCH_SERVER_CONFIG_DUMP_H
#define MSGFETCH_SERVER_CONFIG_DUMP_H

#include "server/config/settings.h"

#include <stdio.h>

/* Returns 0, or a negative errno: out could not be written to. */
int dump(const struct settings *settings, FILE *out);

#endif
