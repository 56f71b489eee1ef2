/* SPDX-License-Identifier: ISC */
/*
 * parser: reads a configuration file and its fragments.
 *
 * Owns the syntax, and libconfuse, which no other file uses.  Takes the names and bounds of
 * settings from their tables (settings, rules).  Must not know the command line (load).
 */
#ifndef MSGFETCH_SERVER_CONFIG_PARSER_H
#define MSGFETCH_SERVER_CONFIG_PARSER_H

#include "common/log.h"

struct settings;

/*
 * Reads FILE and then its fragments, FILE.d/NAME.conf, in the order of their names' bytes.
 * Skips names that begin with a dot, and directories.  A later setting replaces an earlier
 * one; exports add up, after those already in settings, which win.  Notes the source of each
 * setting.  Returns 0; -ENOMEM; or -EINVAL after it logged all errors with file and line.
 */
int parser_read(const char *file, const struct log *log, struct settings *settings);

/*
 * Returns "FILE:LINE" of the first error of the last parser_read(), or NULL.  The text is valid
 * until the next parser_read().
 */
const char *parser_first_error(void);

/*
 * Prepares text for libconfuse 3.3: overwrites comments with blanks, because libconfuse counts
 * their lines more than once, and finds a cut file, which libconfuse accepts.  Line ends and
 * strings stay.  Returns NULL, or the kind of the thing without an end ("section", "string",
 * "comment" or "variable"), and its first byte in *start.
 */
const char *parser_prepare(char *text, const char **start);

#endif
