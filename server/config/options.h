/* SPDX-License-Identifier: ISC */
/*
 * options: the daemon's command line.
 *
 * Owns the options and which of them go together.  Must not know what their values mean
 * (load).
 */
#ifndef MSGFETCH_SERVER_CONFIG_OPTIONS_H
#define MSGFETCH_SERVER_CONFIG_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

struct options {
	const char *config; /* a file; NULL: none */
	const char *key;    /* these are texts; NULL: not given */
	const char *user;
	const char *pid_file;
	const char *sandbox;
	const char **exports; /* NAME=DIR, as given; only the array is owned */
	size_t export_count;
	bool background;
	bool test_config;
	bool dump_config;
	bool clean;
	bool dry_run; /* with clean */
	bool force;   /* with clean: also removes a queue without a lease */
	bool verbose;
};

enum options_result {
	OPTIONS_RUN,   /* the command line is complete */
	OPTIONS_DONE,  /* --help or --version has printed: exit 0 */
	OPTIONS_WRONG, /* stderr has the usage error: exit EX_USAGE */
	OPTIONS_NO_MEMORY,
	OPTIONS_NO_OUTPUT, /* stdout has failed: exit EX_IOERR */
};

/* Reads the command line.  The texts in *options point into arguments. */
enum options_result daemon_options_parse(int count, char *arguments[], struct options *options);

void daemon_options_free(struct options *options);

#endif
