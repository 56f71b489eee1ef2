/* SPDX-License-Identifier: ISC */
/*
 * usage_error: what is wrong with a command line, as one line for people.
 */
#ifndef MSGFETCH_COMMAND_CLI_USAGE_ERROR_H
#define MSGFETCH_COMMAND_CLI_USAGE_ERROR_H

/* Returns -EINVAL and *error, the line, to be freed; or -ENOMEM. */
int usage_error(char **error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same for "WHAT: "VALUE" REASON".  what: "option --key" and the like, or NULL. */
int usage_error_value(char **error, const char *what, const char *value, const char *reason);

#endif
