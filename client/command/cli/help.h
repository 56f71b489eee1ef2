/* SPDX-License-Identifier: ISC */
/*
 * help: the text of --help.
 */
#ifndef MSGFETCH_COMMAND_CLI_HELP_H
#define MSGFETCH_COMMAND_CLI_HELP_H

extern const char help_text[];

#endif
