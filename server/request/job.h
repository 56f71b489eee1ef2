/* SPDX-License-Identifier: ISC */
/*
 * job: a validated request, and the client that sent it.
 *
 * Owns the vocabulary that dispatch, the wait queue, the workers and serve share.
 * Has no code.
 */
#ifndef MSGFETCH_SERVER_REQUEST_JOB_H
#define MSGFETCH_SERVER_REQUEST_JOB_H

#include "common/protocol.h"
#include "common/transport.h"

struct job {
	struct client client;
	struct request request; /* .paths points into the received message */
};

#endif
