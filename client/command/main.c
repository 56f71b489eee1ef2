/* SPDX-License-Identifier: ISC */
/*
 * main: the msgfetch command, from argv to exit status.
 *
 * Owns the standard descriptors, and the output of --help, --version and usage errors.
 * command performs the other actions.
 */
#include "config.h"

#include "client/command/base/report.h"
#include "client/command/cli/help.h"
#include "client/command/cli/option_rules.h"
#include "client/command/cli/options.h"
#include "client/command/command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/*
 * Opens /dev/null under each closed standard descriptor.  Otherwise a file opened later could
 * become standard error and receive messages.  The mode is the opposite of the expected one,
 * so that reading standard input or writing standard output still fails with EBADF.  Returns
 * 0 or -1.
 */
static int fill_standard_descriptors(void)
{
	struct pollfd standard[] = {
		{.fd = STDIN_FILENO}, {.fd = STDOUT_FILENO}, {.fd = STDERR_FILENO}};

	/* poll() reports POLLNVAL for closed descriptors. */
	if (poll(standard, STDERR_FILENO + 1, 0) < 0 && errno != EINTR)
		return -1;
	for (int descriptor = 0; descriptor <= STDERR_FILENO; descriptor++) {
		int flags = descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY;

		if ((standard[descriptor].revents & POLLNVAL) != 0 &&
		    open("/dev/null", flags) != descriptor)
			return -1;
	}
	return 0;
}

/* Closes standard output.  Returns code, or MSGFETCH_OUTPUT if writing failed after success. */
static int finish_stdout(int code)
{
	int flushed = fflush(stdout);

	if (flushed == 0 && (close(STDOUT_FILENO) == 0 || errno == EINTR))
		return code;
	if (code != MSGFETCH_OK)
		return code;
	(void)fprintf(stderr, "msgfetch: cannot write standard output: %m\n");
	return MSGFETCH_OUTPUT;
}

static int run(const struct options *options)
{
	switch (options->action) {
	case OPTIONS_HELP:
		(void)fputs(help_text, stdout);
		return finish_stdout(MSGFETCH_OK);
	case OPTIONS_VERSION:
		printf("msgfetch %s\n", PACKAGE_VERSION);
		return finish_stdout(MSGFETCH_OK);
	case OPTIONS_LIST:
	case OPTIONS_STAT:
		return finish_stdout(command_browse(options));
	case OPTIONS_PING:
		return finish_stdout(command_ping(options));
	case OPTIONS_STATUS:
		return finish_stdout(command_status(options));
	case OPTIONS_TOP:
		return finish_stdout(command_top(options));
	case OPTIONS_DOCTOR:
		return finish_stdout(command_doctor(options));
	case OPTIONS_FETCH:
		break;
	}
	return finish_stdout(command_fetch(options));
}

int main(int argc, char *argv[])
{
	struct options options;
	char *error = NULL;
	int result;

	if (fill_standard_descriptors() != 0)
		return MSGFETCH_ERROR;
	result = options_parse(&options, argc, argv, getenv("MSGFETCH_KEY"), &error);
	if (result == 0)
		result = option_rules_check(&options, &error);
	if (result == -ENOMEM) {
		report_line(stderr, NULL, "out of memory");
		result = MSGFETCH_ERROR;
	} else if (result < 0) {
		report_line(stderr, NULL, error);
		(void)fprintf(stderr, "Try 'msgfetch --help'.\n");
		free(error);
		result = REPORT_USAGE;
	} else {
		result = run(&options);
	}
	options_free(&options);
	return result;
}
