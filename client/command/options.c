/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/command/options.h"

#include "client/command/target.h"
#include "client/command/text.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
	MOST_RETRIES = 1000000,
	/* As msgfetch.h says. */
	RING_MOST_SLOTS = 64,
	RING_MOST_BYTES = 64 * 1024 * 1024,
	RING_SIZE_STEP = 16 * 1024,
};

/* Options without a letter. */
enum {
	LONG_PROGRESS = UCHAR_MAX + 1,
	LONG_STALL_TIMEOUT,
	LONG_RETRY,
	LONG_RING,
	LONG_SERVER_USER,
	LONG_TRANSPORT,
};

static const char letters[] = ":o:OD:rpqvw:k:PhV";
static const struct option names[] = {
	{"output", required_argument, NULL, 'o'},
	{"remote-name", no_argument, NULL, 'O'},
	{"output-dir", required_argument, NULL, 'D'},
	{"recursive", no_argument, NULL, 'r'},
	{"preserve", no_argument, NULL, 'p'},
	{"progress", required_argument, NULL, LONG_PROGRESS},
	{"quiet", no_argument, NULL, 'q'},
	{"verbose", no_argument, NULL, 'v'},
	{"timeout", required_argument, NULL, 'w'},
	{"stall-timeout", required_argument, NULL, LONG_STALL_TIMEOUT},
	{"retry", required_argument, NULL, LONG_RETRY},
	{"key", required_argument, NULL, 'k'},
	{"server-user", required_argument, NULL, LONG_SERVER_USER},
	{"transport", required_argument, NULL, LONG_TRANSPORT},
	{"ring", required_argument, NULL, LONG_RING},
	{"ping", no_argument, NULL, 'P'},
	{"help", no_argument, NULL, 'h'},
	{"version", no_argument, NULL, 'V'},
	{NULL, 0, NULL, 0},
};

/* Returns -EINVAL with the text in *error, or -ENOMEM. */
static int refuse(char **error, const char *format, ...) __attribute__((format(printf, 2, 3)));

static int refuse(char **error, const char *format, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vasprintf(error, format, arguments);
	va_end(arguments);
	return length < 0 ? -ENOMEM : -EINVAL;
}

/* what: "option --key" and the like, or NULL. */
static int refuse_value(char **error, const char *what, const char *value, const char *reason)
{
	char *quoted = text_quote(value);
	int result;

	if (quoted == NULL)
		return -ENOMEM;
	if (what != NULL)
		result = refuse(error, "%s: \"%s\" %s", what, quoted, reason);
	else
		result = refuse(error, "\"%s\" %s", quoted, reason);
	free(quoted);
	return result;
}

static const char *long_name(int option)
{
	for (const struct option *entry = names; entry->name != NULL; entry++) {
		if (entry->val == option)
			return entry->name;
	}
	return NULL;
}

/* What getopt_long() returned '?' for: argument is the one that it stopped at. */
static int refuse_option(char **error, int option, const char *argument)
{
	const char *name = long_name(option);
	const char letter[] = {'-', (char)option, '\0'};

	if (option == 0)
		return refuse_value(error, NULL, argument,
				    "is not an option, or is short for several");
	if (name != NULL)
		return refuse(error, "option --%s takes no value", name);
	return refuse_value(error, NULL, letter, "is not an option");
}

/* Milliseconds, at least 1 where text is above zero: 0 stands for no limit. */
static int parse_seconds(char **error, const char *what, const char *text,
			 unsigned *milliseconds)
{
	char *end = NULL;
	double value;

	if (text[0] == '\0' || text[strspn(text, "0123456789.")] != '\0' ||
	    strpbrk(text, "0123456789") == NULL)
		return refuse_value(error, what, text, "is not a number of seconds");
	value = strtod(text, &end) * 1000;
	if (*end != '\0')
		return refuse_value(error, what, text, "is not a number of seconds");
	if (value > UINT_MAX)
		return refuse_value(error, what, text, "is too many seconds; 0 means no limit");
	*milliseconds = (unsigned)value;
	if (*milliseconds == 0 && value > 0)
		*milliseconds = 1;
	return 0;
}

static int parse_retries(struct options *options, char **error, const char *text)
{
	const char *problem = NULL;
	long long number = strtonum(text, 0, MOST_RETRIES, &problem);

	if (problem != NULL || text[0] < '0' || text[0] > '9')
		return refuse_value(error, "option --retry", text,
				    "is not a whole number from 0 to 1000000");
	options->session.retries = (unsigned)number;
	options->session.retry_no_daemon = true;
	return 0;
}

static int parse_key(struct options *options, char **error, const char *what, const char *text)
{
	int result = msgfetch_key(text, &options->session.key);
	char reason[128];

	if (result == 0)
		return 0;
	if (result == -EINVAL || result == -ERANGE)
		return refuse_value(error, what, text,
				    "is not a key, such as 0x1aaaaaa1 or ftok:PATH:ID");
	(void)snprintf(reason, sizeof(reason), "cannot be used: %s", strerror(-result));
	return refuse_value(error, what, text, reason);
}

static int parse_progress(struct options *options, char **error, const char *text)
{
	if (strcmp(text, "auto") == 0)
		options->progress = PROGRESS_SUITABLE;
	else if (strcmp(text, "always") == 0)
		options->progress = PROGRESS_ALWAYS;
	else if (strcmp(text, "never") == 0)
		options->progress = PROGRESS_NEVER;
	else
		return refuse_value(error, "option --progress", text,
				    "is not auto, always or never");
	return 0;
}

static int parse_transport(struct options *options, char **error, const char *text)
{
	if (strcmp(text, "auto") == 0)
		options->session.transport = MSGFETCH_AUTO;
	else if (strcmp(text, "inline") == 0)
		options->session.transport = MSGFETCH_INLINE;
	else if (strcmp(text, "ring") == 0)
		options->session.transport = MSGFETCH_RING;
	else
		return refuse_value(error, "option --transport", text,
				    "is not auto, inline or ring");
	return 0;
}

/* A whole number at *text, up to most; moves *text behind it.  0: there is none. */
static unsigned take_number(const char **text, unsigned most)
{
	unsigned number = 0;

	for (; **text >= '0' && **text <= '9'; (*text)++) {
		if (number > most)
			return 0;
		number = 10 * number + (unsigned)(**text - '0');
	}
	return number <= most ? number : 0;
}

/* SLOTSxSIZE: size in bytes, or with K or M behind it. */
static int parse_ring(struct options *options, char **error, const char *text)
{
	const char *at = text;
	unsigned slots = take_number(&at, RING_MOST_SLOTS);
	unsigned size = 0, unit = 1;

	if (*at == 'x') {
		at++;
		size = take_number(&at, RING_MOST_BYTES);
	}
	if (*at == 'K' || *at == 'k')
		unit = 1024;
	else if (*at == 'M' || *at == 'm')
		unit = 1024 * 1024;
	at += unit > 1;
	if (slots == 0 || size == 0 || *at != '\0')
		return refuse_value(error, "option --ring", text,
				    "is not SLOTSxSIZE, such as 2x1M, with 1 to 64 slots");
	if (size > RING_MOST_BYTES / unit / slots)
		return refuse_value(error, "option --ring", text, "is more than 64M in all");
	if (size * unit % RING_SIZE_STEP != 0)
		return refuse_value(error, "option --ring", text,
				    "has a SIZE that is not a multiple of 16K");
	options->session.ring_slots = slots;
	options->session.ring_slot_bytes = size * unit;
	return 0;
}

/* An option with a value. */
static int take_value(struct options *options, char **error, int option, const char *value)
{
	switch (option) {
	case 'o':
		options->output = value;
		break;
	case 'D':
		options->directory = value;
		break;
	case 'w':
		return parse_seconds(error, "option --timeout", value,
				     &options->session.timeout_ms);
	case LONG_STALL_TIMEOUT:
		return parse_seconds(error, "option --stall-timeout", value,
				     &options->session.stall_timeout_ms);
	case LONG_RETRY:
		return parse_retries(options, error, value);
	case LONG_PROGRESS:
		return parse_progress(options, error, value);
	case LONG_TRANSPORT:
		return parse_transport(options, error, value);
	case LONG_RING:
		return parse_ring(options, error, value);
	case 'k':
		return parse_key(options, error, "option --key", value);
	case LONG_SERVER_USER:
		options->session.server_user = value;
		break;
	}
	if (value[0] == '\0')
		return refuse(error, "option --%s: the value is empty", long_name(option));
	return 0;
}

/* An option without one.  Returns whether what follows still counts. */
static bool take_switch(struct options *options, int option)
{
	switch (option) {
	case 'O':
		if (options->directory == NULL)
			options->directory = ".";
		break;
	case 'r':
		options->recursive = true;
		break;
	case 'p':
		options->preserve = true;
		break;
	case 'q':
		options->quiet = true;
		break;
	case 'v':
		options->verbose = true;
		break;
	case 'P':
		options->action = OPTIONS_PING;
		break;
	case 'h':
		options->action = OPTIONS_HELP;
		return false;
	case 'V':
		options->action = OPTIONS_VERSION;
		return false;
	}
	return true;
}

static int check_remote_names(const struct options *options, char **error)
{
	const char *first, *second;
	char *one, *other;
	int result;

	for (size_t i = 0; i < options->path_count; i++) {
		const char *path = options->paths[i];
		size_t length;
		const char *name = target_name(path, &length);

		if (name == NULL || (name[length] == '/' && !options->recursive))
			return refuse_value(error, NULL, path,
					    "does not end in the name of a file");
	}
	if (target_find_twins(options->paths, options->path_count, &first, &second) != 0)
		return -ENOMEM;
	if (first == NULL)
		return 0;
	one = text_quote(first);
	other = text_quote(second);
	if (one == NULL || other == NULL)
		result = -ENOMEM;
	else
		result = refuse(error, "\"%s\" and \"%s\" would be written to the same file",
				one, other);
	free(one);
	free(other);
	return result;
}

static int check(const struct options *options, char **error)
{
	if (options->quiet && options->verbose)
		return refuse(error, "--quiet excludes --verbose");
	if (options->output != NULL && options->directory != NULL)
		return refuse(error, "--output excludes --remote-name and --output-dir");
	if (options->action == OPTIONS_PING) {
		if (options->path_count > 0)
			return refuse(error, "--ping takes no PATH");
		if (options->output != NULL || options->directory != NULL ||
		    options->recursive || options->preserve)
			return refuse(error, "--ping fetches nothing to write to a file");
		return 0;
	}
	if (options->path_count == 0)
		return refuse(error, "no PATH given");
	if (options->recursive && options->directory == NULL && options->output == NULL)
		return refuse(error, "--recursive needs --remote-name, --output-dir or "
				     "--output: a directory cannot go to standard output");
	if (options->preserve && options->directory == NULL && options->output == NULL)
		return refuse(error, "--preserve needs --remote-name, --output-dir or "
				     "--output: standard output keeps no mode and no time");
	if (options->output != NULL && options->path_count > 1)
		return refuse(error,
			      "--output names one file for %zu paths; "
			      "use --output-dir, or --output - for all in a row",
			      options->path_count);
	return options->directory != NULL ? check_remote_names(options, error) : 0;
}

/* All of argv's options.  key_given: whether --key was among them. */
static int take_options(struct options *options, int argc, char *argv[], bool *key_given,
			char **error)
{
	int result = 0;

	optind = 0; /* glibc: start over, whatever was parsed before */
	opterr = 0;
	while (result == 0) {
		int option = getopt_long(argc, argv, letters, names, NULL);

		if (option < 0)
			break;
		if (option == ':')
			return refuse(error, "option --%s needs a value", long_name(optopt));
		if (option == '?')
			return refuse_option(error, optopt, argv[optind - 1]);
		if (optarg != NULL)
			result = take_value(options, error, option, optarg);
		else if (!take_switch(options, option))
			return 0;
		*key_given = *key_given || option == 'k';
	}
	return result;
}

int options_parse(struct options *options, int argc, char *argv[], const char *key,
		  char **error)
{
	bool key_given = false;
	int result;

	*options = (struct options){.action = OPTIONS_FETCH};
	msgfetch_options_init(&options->session);
	result = take_options(options, argc, argv, &key_given, error);
	if (result != 0 || options->action == OPTIONS_HELP ||
	    options->action == OPTIONS_VERSION)
		return result;
	if (!key_given && key != NULL && key[0] != '\0')
		result = parse_key(options, error, "MSGFETCH_KEY", key);
	if (result != 0)
		return result;
	options->paths = argv + optind;
	options->path_count = (size_t)(argc - optind);
	if (options->output != NULL && strcmp(options->output, "-") == 0 &&
	    options->directory == NULL)
		options->output = NULL;
	return check(options, error);
}

void options_help(FILE *stream)
{
	static const char help[] =
		"Usage: msgfetch [OPTION]... PATH...\n"
		"       msgfetch [OPTION]... --ping\n"
		"Fetch files from msgfetchd.  PATH is EXPORT/RELATIVE/PATH.\n"
		"\n"
		"Where the files go:\n"
		"  -o, --output FILE            to FILE; - is standard output, the default\n"
		"  -O, --remote-name            to the last part of PATH, in this directory\n"
		"  -D, --output-dir DIR         to the last part of PATH, in DIR\n"
		"  -r, --recursive              directories, too, with all that is in them\n"
		"  -p, --preserve               keep modes and modification times\n"
		"\n"
		"What is said meanwhile:\n"
		"      --progress WHEN          auto (on a terminal), always or never\n"
		"  -q, --quiet                  errors only\n"
		"  -v, --verbose                each file's size and time, and what went "
		"wrong\n"
		"\n"
		"Whom to ask:\n"
		"  -k, --key KEY                0x1aaaaaa1 by default; a number, or "
		"ftok:PATH:ID\n"
		"      --server-user USER       trust a daemon of USER, by name or uid, "
		"besides\n"
		"                               root and yourself; msgfetchd by default\n"
		"  -P, --ping                   print the daemon's version and its response "
		"time\n"
		"\n"
		"How bytes travel:\n"
		"      --transport HOW          auto; inline, in messages alone; or ring, "
		"through\n"
		"                               shared memory alone\n"
		"      --ring SLOTSxSIZE        that memory: 2x1M; 64 slots and 64M at "
		"most\n"
		"\n"
		"How long to wait:\n"
		"  -w, --timeout SECONDS        for the first answer: 30; 0 is no limit\n"
		"      --stall-timeout SECONDS  for the next bytes: 60; 0 is no limit\n"
		"      --retry N                times to ask again when busy or cut off: 5;\n"
		"                               given, also when there is no daemon at first\n"
		"\n"
		"  -h, --help                   print this\n"
		"  -V, --version                print the version\n"
		"\n"
		"Environment: MSGFETCH_KEY is the key where --key is not given; NO_COLOR.\n"
		"\n"
		"Exit status: 0 all fetched; 1 paths failed differently, or another error;\n"
		"2 usage; 3 no daemon; 4 daemon not trusted; 5 not found; 6 permission "
		"denied;\n"
		"7 cut short or changed meanwhile; 8 timed out; 9 cannot write the output;\n"
		"10 busy or shutting down.\n";

	(void)fputs(help, stream);
}
