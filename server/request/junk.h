/* SPDX-License-Identifier: ISC */
/*
 * junk: messages in the request queue that are not requests.
 *
 * Owns the reasons to drop a message, the counts that limit the log to one line per
 * sender and second, and the lookup of a sender's uid.  Must not log, nor decide whether
 * a message is junk.
 */
#ifndef MSGFETCH_SERVER_REQUEST_JUNK_H
#define MSGFETCH_SERVER_REQUEST_JUNK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/types.h>

#define JUNK_SENDERS 16 /* further senders replace the one whose window is oldest */
#define JUNK_WINDOW_MS 1000u

/* Minimum interval between two lookups; messages in between count for the same sender. */
#define JUNK_LOOK_MS 5u

#define JUNK_UID_UNKNOWN ((uid_t)-1)

/* Number of reasons to drop a message.  The last one stands for all other errors. */
#define JUNK_REASONS 12u

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

struct junk_sender {
	uid_t uid;
	pid_t pid;      /* the last process seen */
	uint64_t since; /* start of the window, in ms */
	unsigned held;  /* messages since the last log line */
	int error;      /* the last reason: a negative errno */
	bool used;
};

struct junk {
	struct junk_sender senders[JUNK_SENDERS];
	uint64_t looked_at; /* time of the last lookup of a sender, in ms */
	uid_t uid;          /* the sender found then */
	pid_t pid;
};

/*
 * Counts one message from uid and pid.  Returns true if the caller should log the message
 * now.  Otherwise junk_due() reports the message later.  now: ms.
 */
bool junk_note(struct junk *junk, uid_t uid, pid_t pid, int error, uint64_t now);

/*
 * Copies a sender whose window has ended, and who has unreported messages, to *sender and
 * starts the next window.  Returns false if no sender is due.
 */
bool junk_due(struct junk *junk, uint64_t now, struct junk_sender *sender);

/* Returns true while messages are unreported: the caller must call junk_due() again. */
bool junk_held(const struct junk *junk);

/*
 * Returns the effective uid of process pid, or JUNK_UID_UNKNOWN if the process has ended or
 * is hidden.  Good for a log line only: a sender can end, and its pid be reused, before this.
 */
uid_t junk_sender_uid(pid_t pid);

#endif
