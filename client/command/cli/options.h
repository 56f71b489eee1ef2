/* SPDX-License-Identifier: ISC */
/*
 * options: parses the command line into struct options.
 *
 * Owns the table of options and the command line's grammar.  optionvalues parses values,
 * option_rules checks combinations, help holds the text of --help.  Prints nothing.
 */
#ifndef MSGFETCH_COMMAND_CLI_OPTIONS_H
#define MSGFETCH_COMMAND_CLI_OPTIONS_H

#include "client/command/cli/optionset.h"

#include <stdbool.h>

/*
 * Parses argv, which may be reordered, and reads the file of --files-from.  key: the value
 * of MSGFETCH_KEY, or NULL.  Returns 0, -ENOMEM, or -EINVAL with *error set to a line for
 * people, which the caller frees.  The caller frees options with options_free() in any
 * case.  Combinations are left to option_rules_check().
 */
int options_parse(struct options *options, int argc, char *argv[], const char *key,
		  char **error);

/* Returns the long name of the option with this letter or number; NULL: no such option. */
const char *options_name(int option);

/* Returns whether the option has a meaning with the action. */
bool options_apply(int option, enum options_action action);

/* Frees all that options owns. */
void options_free(struct options *options);

#endif
