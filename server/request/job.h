/* SPDX-License-Identifier: ISC */
/*
 * job: a request that was validated and whose sender is known.
 *
 * Owns the vocabulary that dispatch, the waiting line, the workers and serve
 * share.  Has no code.
 */
#ifndef MSGFETCH_SERVER_REQUEST_JOB_H
#define MSGFETCH_SERVER_REQUEST_JOB_H

#include "common/protocol.h"

#include <sys/types.h>

/* How the client speaks: this decides the layout of all that is sent to it. */
enum dialect {
	DIALECT_CURRENT,       /* common/protocol.h */
	DIALECT_CLASSIC_LARGE, /* 4100-byte requests, replies of up to 8192 bytes */
	DIALECT_CLASSIC_SMALL, /* 260-byte requests, replies of up to 4096 bytes */
};

/* Who gets the answer.  uid and gid are the queue's creator's, so the kernel's word. */
struct client {
	enum dialect dialect;
	int queue;
	uint32_t serial;
	uid_t uid;
	gid_t gid;
	pid_t pid; /* who last sent to the queue; 0: in another PID namespace */
};

struct job {
	struct client client;
	struct request request; /* .paths points into the received message */
};

#endif
