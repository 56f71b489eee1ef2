/* SPDX-License-Identifier: ISC */
/*
 * help: the summary of all options.
 */
#ifndef MSGFETCH_COMMAND_CLI_HELP_H
#define MSGFETCH_COMMAND_CLI_HELP_H

/* The whole text of --help. */
extern const char help_text[];

#endif
