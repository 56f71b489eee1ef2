/* SPDX-License-Identifier: ISC */
/*
 * daemon: the state of msgfetchd.
 *
 * Owns no code: main fills the struct, loop and dispatch work on it.
 */
#ifndef MSGFETCH_SERVER_DAEMON_H
#define MSGFETCH_SERVER_DAEMON_H

#include "common/door.h"
#include "common/log.h"
#include "server/access/groups.h"
#include "server/config/options.h"
#include "server/config/settings.h"
#include "server/process/identity.h"
#include "server/process/notify.h"
#include "server/request/junk.h"
#include "server/request/limited_log.h"
#include "server/request/wait_queue.h"
#include "server/sandbox/sandbox.h"
#include "server/stats/transfer_log.h"
#include "server/workers/reaper.h"
#include "server/workers/workers.h"

#include <stdbool.h>
#include <stdint.h>

struct daemon {
	struct log log;
	struct limited_log lines; /* written to log */
	pid_t pid;
	const struct options *options; /* applied again at SIGHUP */
	struct settings settings;      /* in force; its exports are open */
	const char *refused;           /* FILE:LINE of the last reload's error, or NULL */
	char refused_at[512];          /* FILE:LINE of an export without a directory */
	struct workers workers;
	struct groups groups;     /* started if exports or identity need it */
	struct identity identity; /* set if workers become their clients */
	struct wait_queue waiting;
	struct reaper reaper;
	struct junk junk;
	struct transfer_log transfer_log;
	struct door door;
	struct sandbox sandbox;
	struct notify notify;
	unsigned told_running; /* counts in the status that the service manager shows */
	size_t told_waiting;
	uint64_t told_at;     /* ms */
	unsigned watchdog_ms; /* period of watchdog pings; 0: none */
	unsigned tick_ms;     /* period of SIGALRM; 0: none */
	unsigned failures;    /* consecutive failures to receive */
	bool stopping;
	uint64_t stop_by; /* end of the drain, in ms of clock_ms() */
};

#endif
