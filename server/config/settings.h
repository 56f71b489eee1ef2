/* SPDX-License-Identifier: ISC */
/*
 * settings: what the daemon is told to do, by its files and its command line.
 *
 * Owns which of the two wins.  Must not know how files are spelled (parser), nor act on
 * any of it.
 */
#ifndef MSGFETCH_SERVER_CONFIG_SETTINGS_H
#define MSGFETCH_SERVER_CONFIG_SETTINGS_H

#include "common/log.h"
#include "server/access/exports.h"
#include "server/config/options.h"
#include "server/config/setting_sources.h"
#include "server/request/limits.h"
#include "server/sandbox/sandbox.h"

#include <stdbool.h>
#include <sys/types.h>

#define SETTINGS_WORKERS_MAX 32768
#define SETTINGS_WAITING_MAX 65536

struct settings {
	key_t key;
	char *user;  /* NULL: stay who we are */
	char *group; /* NULL: every user may ask */
	struct limits limits;
	unsigned drain_limit;        /* seconds */
	unsigned orphan_age;         /* seconds */
	bool access_log;             /* a line for each transfer */
	int log_level;               /* LOG_ERR to LOG_DEBUG */
	struct id_list status_users; /* who may ask for the status, besides root and us */
	bool classic_clients;
	bool as_requester; /* workers become the client they serve */
	enum sandbox_mode sandbox;
	struct exports exports;         /* not opened */
	struct setting_sources sources; /* where each was given */
};

/*
 * Reads options->config and its fragments, where there is one, and lays the command line
 * over it.
 * Returns 0 and *settings, to be given to settings_free(); or -EINVAL after it
 * told log what is wrong, with file and line; -ENOMEM.
 */
int settings_load(const struct options *options, const struct log *log,
		  struct settings *settings);

void settings_free(struct settings *settings);

#endif
