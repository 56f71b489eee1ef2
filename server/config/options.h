/* SPDX-License-Identifier: ISC */
/*
 * options: the daemon's command line.
 *
 * Owns how it is spelled.  Must not know what the values lead to: that a
 * directory exists or a key is free is found out elsewhere.
 */
#ifndef MSGFETCH_SERVER_CONFIG_OPTIONS_H
#define MSGFETCH_SERVER_CONFIG_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

struct options {
	const char *config; /* NULL: none */
	const char *key;    /* NULL: as configured */
	const char *user;
	const char *pid_file;
	const char *sandbox;
	const char **exports; /* NAME=DIR, as given; the array is owned */
	size_t export_count;
	bool background;
	bool test_config;
	bool dump_config;
	bool clean;
	bool dry_run; /* of clean */
	bool verbose;
};

enum options_result {
	OPTIONS_RUN,   /* go on */
	OPTIONS_DONE,  /* --help or --version was answered: exit 0 */
	OPTIONS_WRONG, /* said why on stderr: exit EX_USAGE */
	OPTIONS_NO_MEMORY,
};

/* Reads the command line.  Strings in *options point into arguments. */
enum options_result daemon_options_parse(int count, char *arguments[], struct options *options);

void daemon_options_free(struct options *options);

#endif
