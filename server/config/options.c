/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/config/options.h"

#include "common/suggest.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Options without a letter. */
enum {
	OPTION_CLEAN = 256,
	OPTION_DRY_RUN,
	OPTION_FORCE,
	OPTION_DUMP_CONFIG,
};

static const struct option long_options[] = {
	{"config", required_argument, NULL, 'c'},
	{"key", required_argument, NULL, 'k'},
	{"export", required_argument, NULL, 'e'},
	{"user", required_argument, NULL, 'u'},
	{"sandbox", required_argument, NULL, 's'},
	{"background", no_argument, NULL, 'b'},
	{"pid-file", required_argument, NULL, 'p'},
	{"test-config", no_argument, NULL, 't'},
	{"dump-config", no_argument, NULL, OPTION_DUMP_CONFIG},
	{"clean", no_argument, NULL, OPTION_CLEAN},
	{"dry-run", no_argument, NULL, OPTION_DRY_RUN},
	{"force", no_argument, NULL, OPTION_FORCE},
	{"verbose", no_argument, NULL, 'v'},
	{"help", no_argument, NULL, 'h'},
	{"version", no_argument, NULL, 'V'},
	{NULL, 0, NULL, 0},
};

static void print_help(void)
{
	fputs("usage: msgfetchd [options]\n"
	      "Serve files out of chosen directories over System V message queues.\n"
	      "\n"
	      "  -c, --config FILE      read the configuration FILE\n"
	      "  -e, --export NAME=DIR  serve the files beneath DIR as NAME/...; repeatable\n"
	      "  -k, --key KEY          serve under KEY: 0x1aaaaaa1, 447392417, ftok:PATH:ID\n"
	      "  -u, --user USER        become USER for good, if started as root\n"
	      "  -s, --sandbox MODE     strict, best-effort or off\n"
	      "  -b, --background       detach once ready; log to syslog\n"
	      "  -p, --pid-file FILE    write the process id to FILE, and lock FILE\n"
	      "  -t, --test-config      check the configuration and exit\n"
	      "      --dump-config      show all settings and their sources, and exit\n"
	      "      --clean            remove the queues of a dead daemon, and exit\n"
	      "      --dry-run          with --clean: only list the queues\n"
	      "      --force            with --clean: also remove a queue without a lease\n"
	      "  -v, --verbose          log each request\n"
	      "  -h, --help             show this help\n"
	      "  -V, --version          show the version\n"
	      "\n"
	      "The command line wins over the file.  See msgfetchd(8), msgfetchd.conf(5).\n",
	      stdout);
}

static bool add_export(struct options *options, const char *text)
{
	const char **grown = reallocarray(options->exports, options->export_count + 1,
					  sizeof(*options->exports));

	if (grown == NULL)
		return false;
	options->exports = grown;
	options->exports[options->export_count++] = text;
	return true;
}

static enum options_result usage_error(const char *why)
{
	fprintf(stderr, "msgfetchd: %s\nTry 'msgfetchd --help'.\n", why);
	return OPTIONS_WRONG;
}

/* Writes stdout's buffer, because the end of the program would hide an error. */
static enum options_result end_output(void)
{
	if (fflush(stdout) == 0)
		return OPTIONS_DONE;
	fprintf(stderr, "msgfetchd: standard output: %s\n", strerror(errno));
	return OPTIONS_NO_OUTPUT;
}

/* Prints the long option that a misspelled argument most likely means. */
static void print_suggestion(const char *argument)
{
	char name[64];
	const char *meant;

	if (strncmp(argument, "--", 2) != 0)
		return;
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(argument + 2, "="), argument + 2);
	meant = suggest(name, long_options, sizeof(long_options) / sizeof(long_options[0]),
			sizeof(long_options[0]));
	if (meant != NULL && strcmp(meant, name) != 0)
		fprintf(stderr, "Did you mean '--%s'?\n", meant);
}

/* Takes one option.  Returns OPTIONS_RUN unless the option ends the parsing. */
static enum options_result take(int option, const char *argument, struct options *options)
{
	switch (option) {
	case 'c':
		options->config = optarg;
		return OPTIONS_RUN;
	case 'k':
		options->key = optarg;
		return OPTIONS_RUN;
	case 'e':
		return add_export(options, optarg) ? OPTIONS_RUN : OPTIONS_NO_MEMORY;
	case 'u':
		options->user = optarg;
		return OPTIONS_RUN;
	case 's':
		options->sandbox = optarg;
		return OPTIONS_RUN;
	case 'b':
		options->background = true;
		return OPTIONS_RUN;
	case 'p':
		options->pid_file = optarg;
		return OPTIONS_RUN;
	case 't':
		options->test_config = true;
		return OPTIONS_RUN;
	case OPTION_DUMP_CONFIG:
		options->dump_config = true;
		return OPTIONS_RUN;
	case OPTION_CLEAN:
		options->clean = true;
		return OPTIONS_RUN;
	case OPTION_DRY_RUN:
		options->dry_run = true;
		return OPTIONS_RUN;
	case OPTION_FORCE:
		options->force = true;
		return OPTIONS_RUN;
	case 'v':
		options->verbose = true;
		return OPTIONS_RUN;
	case 'h':
		print_help();
		return end_output();
	case 'V':
		puts("msgfetchd " PACKAGE_VERSION);
		return end_output();
	default: /* getopt_long() has printed the error */
		print_suggestion(argument);
		fputs("Try 'msgfetchd --help'.\n", stderr);
		return OPTIONS_WRONG;
	}
}

/* In the background the working directory is /, and SIGHUP opens all paths again. */
static bool paths_absolute(const struct options *options)
{
	const char *single[] = {options->config, options->pid_file};

	for (size_t i = 0; i < sizeof(single) / sizeof(single[0]); i++)
		if (single[i] != NULL && single[i][0] != '/')
			return false;
	for (size_t i = 0; i < options->export_count; i++)
		if (strstr(options->exports[i], "=/") == NULL)
			return false;
	return true;
}

enum options_result daemon_options_parse(int count, char *arguments[], struct options *options)
{
	enum options_result result = OPTIONS_RUN;
	int option;

	*options = (struct options){0};
	while (result == OPTIONS_RUN &&
	       (option = getopt_long(count, arguments, "c:k:e:u:s:bp:tvhV", long_options,
				     NULL)) != -1)
		result = take(option, arguments[optind - 1], options);
	if (result != OPTIONS_RUN)
		return result;
	if (optind < count)
		return usage_error("msgfetchd takes options only, no other arguments");
	if (options->dry_run && !options->clean)
		return usage_error("--dry-run needs --clean");
	if (options->force && !options->clean)
		return usage_error("--force needs --clean");
	if (options->dump_config && (options->background || options->test_config ||
				     options->clean || options->pid_file != NULL))
		return usage_error("--dump-config cannot be combined with --background, "
				   "--test-config, --clean or "
				   "--pid-file");
	if (options->clean &&
	    (options->background || options->test_config || options->pid_file != NULL))
		return usage_error("--clean cannot be combined with --background, "
				   "--test-config or --pid-file");
	if (options->config == NULL && options->export_count == 0 && !options->clean)
		return usage_error("nothing to serve: give --config FILE or --export NAME=DIR");
	if (options->background && !paths_absolute(options))
		return usage_error("--background needs absolute paths");
	return OPTIONS_RUN;
}

void daemon_options_free(struct options *options)
{
	free(options->exports);
	*options = (struct options){0};
}
