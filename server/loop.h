/* SPDX-License-Identifier: ISC */
/*
 * loop: the main loop of msgfetchd, from start to stop.
 *
 * Owns the reactions to messages and signals: reaping, reloading, draining.  Must not know how
 * a request is decoded (dispatch) or served (serve).
 */
#ifndef MSGFETCH_SERVER_LOOP_H
#define MSGFETCH_SERVER_LOOP_H

#include "server/daemon.h"

/*
 * Starts the group lookups if the settings need them and they do not run yet.  Lets the
 * settings' exports use them.  Returns 0, or a negative errno after it logged the error.
 */
int loop_equip(struct daemon *daemon, struct settings *settings);

/*
 * Serves until a signal stops the daemon.  The caller has opened the listener and the worker
 * table, and catches signals.  Returns 0 after a clean stop, or a negative errno if the daemon
 * could not go on.  At the return no worker runs and no request waits.
 */
int loop_run(struct daemon *daemon);

#endif
