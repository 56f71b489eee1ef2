/* SPDX-License-Identifier: ISC */
/*
 * settings: the daemon's configuration.
 *
 * Owns the table of settings: names, kinds, bounds, defaults, and the ones that need a
 * restart.  A new setting is one row, one field and one entry in msgfetchd.conf(5).  Must not
 * know where values come from (load) nor act on them.
 */
#ifndef MSGFETCH_SERVER_CONFIG_SETTINGS_H
#define MSGFETCH_SERVER_CONFIG_SETTINGS_H

#include "common/log.h"
#include "server/access/exports.h"
#include "server/config/setting_sources.h"
#include "server/config/value.h"
#include "server/request/limits.h"

#include <stdbool.h>
#include <sys/types.h>

#define SETTINGS_WORKERS_MAX 32768
#define SETTINGS_WAITING_MAX 65536

struct settings {
	key_t key;
	char *user;  /* NULL: the daemon keeps its user */
	char *group; /* NULL: every user can send requests */
	struct limits limits;
	unsigned drain_limit;        /* seconds */
	unsigned orphan_age;         /* seconds */
	int access_log;              /* enum audit_wanted */
	int log_level;               /* LOG_ERR to LOG_DEBUG */
	struct id_list status_users; /* can read the status, like root and the daemon's user */
	bool classic_clients;
	bool as_requester;              /* workers become the client they serve */
	int sandbox;                    /* enum sandbox_mode */
	struct exports exports;         /* not opened */
	struct setting_sources sources; /* file and line of each setting */
};

extern const struct setting settings_table[];
extern const size_t settings_count;

/* Sets all defaults.  Returns 0 or -ENOMEM; either way settings_free() frees *settings. */
int settings_init(struct settings *settings);

/* Replaces "half" by half of the total, and 0 or more than the total by the total. */
void settings_resolve_shares(struct settings *settings);

/* Moves the values that only a restart changes from old to fresh.  Logs each difference. */
void settings_keep_fixed(struct settings *old, struct settings *fresh, const struct log *log);

void settings_free(struct settings *settings);

#endif
