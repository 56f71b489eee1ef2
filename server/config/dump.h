/* SPDX-License-Identifier: ISC */
/*
 * dump: writes the settings as a configuration file.
 *
 * Owns the layout: each setting on a line, with its source in a comment.  Loading the file
 * gives the same settings again.
 */
#ifndef MSGFETCH_SERVER_CONFIG_DUMP_H
#define MSGFETCH_SERVER_CONFIG_DUMP_H

#include "server/config/settings.h"

#include <stdio.h>

/* Returns 0, or -EIO: out has failed. */
int dump(const struct settings *settings, FILE *out);

#endif
