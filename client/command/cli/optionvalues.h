/* SPDX-License-Identifier: ISC */
/*
 * optionvalues: what the values of options have to look like.
 */
#ifndef MSGFETCH_COMMAND_CLI_OPTIONVALUES_H
#define MSGFETCH_COMMAND_CLI_OPTIONVALUES_H

#include "client/command/cli/options.h"

/* One value on its way into the options. */
struct optionvalue {
	struct options *options;
	const char *what; /* "option --key" and the like: how a usage_error begins */
	const char *text; /* NULL: none was given, and the option needs none */
	char **error;     /* where a usage_error goes */
};

/* Each returns 0; -EINVAL and *error, to be freed by the caller; or -ENOMEM. */
typedef int optionvalue_take(const struct optionvalue *value);

optionvalue_take optionvalue_digest;
optionvalue_take optionvalue_exclude;
optionvalue_take optionvalue_format;
optionvalue_take optionvalue_include;
optionvalue_take optionvalue_jobs;
optionvalue_take optionvalue_key;
optionvalue_take optionvalue_max_size;
optionvalue_take optionvalue_progress;
optionvalue_take optionvalue_range;
optionvalue_take optionvalue_remote_name;
optionvalue_take optionvalue_retry;
optionvalue_take optionvalue_ring;
optionvalue_take optionvalue_stall_timeout;
optionvalue_take optionvalue_timeout;
optionvalue_take optionvalue_transport;

#endif
