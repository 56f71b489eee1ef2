/* SPDX-License-Identifier: ISC */
/*
 * option_rules: decides which options, values and paths go together.
 */
#ifndef MSGFETCH_COMMAND_CLI_OPTION_RULES_H
#define MSGFETCH_COMMAND_CLI_OPTION_RULES_H

#include "client/command/cli/options.h"

/*
 * Checks options that options_parse() accepted.  Returns 0, -ENOMEM, or -EINVAL with *error
 * set to a line for people, which the caller frees.  After 0, every option given has a
 * meaning with the action, FETCH and STAT have a path, remote names differ, and options
 * that need a target file or directory have one.
 */
int option_rules_check(const struct options *options, char **error);

#endif
