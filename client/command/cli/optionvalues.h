/* SPDX-License-Identifier: ISC */
/*
 * optionvalues: parses the values of options, and words usage errors.
 *
 * Must not know the table of options.
 */
#ifndef MSGFETCH_COMMAND_CLI_OPTIONVALUES_H
#define MSGFETCH_COMMAND_CLI_OPTIONVALUES_H

#include "client/command/cli/optionset.h"

/*
 * Sets *error to a formatted line, which the caller frees.  Returns -EINVAL, or -ENOMEM
 * with *error untouched.
 */
int usage_error(char **error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same with the line `NAME: "VALUE" REASON`.  name: "--key" and the like, or NULL. */
int usage_error_value(char **error, const char *name, const char *value, const char *reason);

/* One value, and the options to store it in. */
struct optionvalue {
	struct options *options;
	const char *name; /* "--key" and the like, for usage errors */
	const char *text; /* NULL: an optional value was left out */
	char **error;
};

/* Parses and stores a value.  Returns 0, -ENOMEM, or -EINVAL with *error set. */
typedef int optionvalue_take(const struct optionvalue *value);

optionvalue_take optionvalue_digest;
optionvalue_take optionvalue_exclude;
optionvalue_take optionvalue_exclude_from;
optionvalue_take optionvalue_format;
optionvalue_take optionvalue_include;
optionvalue_take optionvalue_include_from;
optionvalue_take optionvalue_jobs;
optionvalue_take optionvalue_key;
optionvalue_take optionvalue_lines;
optionvalue_take optionvalue_max_size;
optionvalue_take optionvalue_min_size;
optionvalue_take optionvalue_modify_window;
optionvalue_take optionvalue_progress;
optionvalue_take optionvalue_range;
optionvalue_take optionvalue_remote_name;
optionvalue_take optionvalue_retry;
optionvalue_take optionvalue_ring;
optionvalue_take optionvalue_sort;
optionvalue_take optionvalue_stall_timeout;
optionvalue_take optionvalue_timeout;
optionvalue_take optionvalue_transport;

#endif
