/* SPDX-License-Identifier: ISC */
/*
 * junk: messages in the request queue that are not requests.
 *
 * Owns the reasons to drop a message and the lookup of a sender's uid.  Must not log, nor
 * decide whether a message is junk.
 */
#ifndef MSGFETCH_SERVER_REQUEST_JUNK_H
#define MSGFETCH_SERVER_REQUEST_JUNK_H

#include "server/request/line_limit.h"

#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/types.h>

/* Minimum interval between two lookups; messages in between count for the same sender. */
#define JUNK_LOOK_MS 5u

/* Number of reasons to drop a message.  The last one stands for all other errors. */
#define JUNK_REASONS 14u

/* PIDFD_GET_INFO of Linux 6.13 (<linux/pidfd.h>), for its first layout. */
#define JUNK_PIDFD_GET_INFO _IOC(_IOC_READ | _IOC_WRITE, 0xff, 11, 64)

struct junk_reason {
	int error;        /* a negative errno: the reason's number in the code */
	const char *name; /* in the status: stable, lower case with dashes */
	const char *text; /* for people */
};

/* Returns the reason at index, which must be below JUNK_REASONS. */
const struct junk_reason *junk_reason(unsigned index);

/* Returns the index of the reason for a negative errno. */
unsigned junk_reason_of(int error);

struct junk {
	struct line_limit lines; /* each with a reason, a negative errno, as its detail */
	uint64_t looked_at;      /* time of the last lookup of a sender, in ms */
	uid_t uid;               /* the sender found then */
	pid_t pid;
};

/*
 * Returns the effective uid of process pid, or LINE_LIMIT_UNKNOWN if the process has ended or
 * is hidden.  Good for a log line only: a sender can end, and its pid be reused, before this.
 */
uid_t junk_sender_uid(pid_t pid);

#endif
