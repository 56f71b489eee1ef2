/* SPDX-License-Identifier: ISC */
/*
 * door: the state behind struct transport_door.
 *
 * Owns no code.  The daemon has one door; nobody above the seam touches its parts.
 */
#ifndef MSGFETCH_COMMON_DOOR_H
#define MSGFETCH_COMMON_DOOR_H

#include "common/sysv/listener.h"
#include "common/sysv/queue_scan.h"
#include "common/transport.h"

#include <stdbool.h>

struct door {
	const struct transport_door *calls;
	bool classic; /* take the requests of classic clients */
	struct {
		struct listener listener;
		struct queue_scan scan;
	} sysv;
};

#endif
