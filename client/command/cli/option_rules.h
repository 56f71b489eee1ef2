/* SPDX-License-Identifier: ISC */
/*
 * option_rules: which options, values and paths go together.  Decides only.
 */
#ifndef MSGFETCH_COMMAND_CLI_OPTION_RULES_H
#define MSGFETCH_COMMAND_CLI_OPTION_RULES_H

#include "client/command/cli/options.h"

/*
 * Checks options once all are known.  Returns 0; -EINVAL and *error, a line for people to
 * be freed by the caller; or -ENOMEM.  With 0: every option given has a meaning with the
 * action; FETCH and STAT have at least one path; what keeps remote names has different
 * ones; and what needs a file or directory to go to has one.
 */
int option_rules_check(const struct options *options, char **error);

#endif
