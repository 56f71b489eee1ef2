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

#include <sys/types.h>
#include <time.h>

/* The client's protocol: it decides the layout of every reply. */
enum dialect {
	DIALECT_CURRENT,       /* common/protocol.h */
	DIALECT_CLASSIC_LARGE, /* replies of up to 8192 bytes */
	DIALECT_CLASSIC_SMALL, /* replies of up to 4096 bytes */
	DIALECT_CLASSIC_OTHER, /* the client's buffer is not known: replies of up to 512 bytes
				*/
};

/* The receiver of the replies. */
struct client {
	enum dialect dialect;
	int queue;
	uint32_t serial;
	uid_t uid; /* of the queue's creator, as the kernel recorded it; so is gid */
	gid_t gid;
	uid_t account;  /* the user whose limits count; see limits.h for unknown users */
	time_t changed; /* of the queue, as in struct queue_info: differs for a reused id */
	pid_t pid; /* the last sender to the queue; 0: a process of another PID namespace */
};

struct job {
	struct client client;
	struct request request; /* .paths points into the received message */
};

#endif
