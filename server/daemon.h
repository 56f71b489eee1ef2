/* SPDX-License-Identifier: ISC */
/*
 * daemon: the life of msgfetchd between its start and its stop.
 *
 * Owns the loop, and what signals lead to: reaping, reloading, draining.  Must not
 * know how a request is decoded (dispatch) or served (serve).
 */
#ifndef MSGFETCH_SERVER_DAEMON_H
#define MSGFETCH_SERVER_DAEMON_H

#include "common/log.h"
#include "server/access/groups.h"
#include "server/config/options.h"
#include "server/config/settings.h"
#include "server/process/identity.h"
#include "server/process/notify.h"
#include "server/request/junk.h"
#include "server/request/listener.h"
#include "server/request/queue_scan.h"
#include "server/request/wait_queue.h"
#include "server/sandbox/sandbox.h"
#include "server/stats/transfer_log.h"
#include "server/workers/reaper.h"
#include "server/workers/workers.h"

#include <stdbool.h>
#include <stdint.h>

struct daemon {
	struct log log;
	pid_t pid;
	const struct options *options; /* for SIGHUP */
	struct settings settings;      /* in force; its exports are open */
	struct listener listener;
	struct workers workers;
	struct groups groups;     /* started where exports or identity want it */
	struct identity identity; /* known where workers become their clients */
	struct wait_queue line;
	struct reaper reaper;
	struct junk junk;
	struct transfer_log transfer_log;
	struct queue_scan scan;
	struct sandbox sandbox;
	struct notify notify;
	unsigned watchdog_ms; /* 0: nobody watches */
	unsigned tick_ms;     /* how often SIGALRM comes now; 0: never */
	unsigned failures;    /* to receive, one after the other */
	bool stopping;
	uint64_t stop_by; /* ms: the end of the drain */
};

/*
 * Gives settings' exports what decides on clients: starts the look-ups of groups where
 * they are wanted and do not run yet.  Returns 0 or a negative errno, after it was logged.
 */
int daemon_equip(struct daemon *daemon, struct settings *settings);

/*
 * Serves until it is told to stop.  The listener is open, the table too, and
 * signals are caught.  Returns 0 after a clean stop, or a negative errno when it
 * could not go on; either way nothing runs and nothing waits any more.
 */
int daemon_run(struct daemon *daemon);

#endif
