/* SPDX-License-Identifier: ISC */
/*
 * main: the msgfetch command from argv to exit status.
 *
 * Owns the state that a process starts with (standard descriptors, locale) and
 * the words for help, version and usage errors.  What a run does is command's.
 */
#include "config.h"

#include "client/command.h"
#include "client/options.h"
#include "client/report.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/*
 * A file opened later must not become standard error, and swallow messages.  Each
 * gap is filled the wrong way round, so that using it still fails with EBADF.
 */
static int fill_standard_descriptors(void)
{
	for (int descriptor = 0; descriptor <= STDERR_FILENO; descriptor++) {
		int flags = descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY;

		if (fcntl(descriptor, F_GETFD) < 0 && open("/dev/null", flags) != descriptor)
			return -1;
	}
	return 0;
}

/* Returns code, or REPORT_OUTPUT where what stdout was given did not arrive. */
static int finish_stdout(int code)
{
	int flushed = fflush(stdout);

	if (flushed == 0 && (close(STDOUT_FILENO) == 0 || errno == EINTR))
		return code;
	if (code != REPORT_OK)
		return code;
	(void)fprintf(stderr, "msgfetch: cannot write standard output: %m\n");
	return REPORT_OUTPUT;
}

static int run(const struct options *options)
{
	switch (options->action) {
	case OPTIONS_HELP:
		options_help(stdout);
		return REPORT_OK;
	case OPTIONS_VERSION:
		printf("msgfetch %s\n", PACKAGE_VERSION);
		return REPORT_OK;
	case OPTIONS_PING:
		return command_ping(options);
	case OPTIONS_FETCH:
		break;
	}
	return command_fetch(options);
}

int main(int argc, char *argv[])
{
	struct options options;
	char *error = NULL;
	int result;

	if (fill_standard_descriptors() != 0)
		return REPORT_ERROR;
	/* Character types only: numbers keep their dot. */
	(void)setlocale(LC_CTYPE, "");
	result = options_parse(&options, argc, argv, getenv("MSGFETCH_KEY"), &error);
	if (result == -ENOMEM) {
		report_line(stderr, NULL, "out of memory");
		return REPORT_ERROR;
	}
	if (result < 0) {
		report_line(stderr, NULL, error);
		(void)fprintf(stderr, "Try 'msgfetch --help'.\n");
		free(error);
		return REPORT_USAGE;
	}
	return finish_stdout(run(&options));
}
